import CLibSSH
import CLinux
import FleetModel
import Glibc

/// One libssh session: everything that touches its handle runs on one network thread.
package actor SSHSession {
  /// Why a session cannot go on.
  package enum Failure: Error, Hashable, Sendable {
    case timedOut
    /// The server, or the network, ended it.
    case closed(String)
    /// The two sides know no common algorithm: the system's `ssh` may still get in.
    case noCommonAlgorithm(String)
    case monitor(MonitorFailure)
  }

  package nonisolated let loop: EpollExecutor
  package nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
  package nonisolated let openedAt = ContinuousClock.now
  /// Where it leads.
  package nonisolated let address: SocketAddress
  let handle: ssh_session
  private let socket: Int32
  private let inode: UInt64
  /// A call was given up half-way, or a channel was left open: not to be used again.
  private(set) var isSpent = false
  /// The key pair being offered, while a login is under way.
  var candidate: SSHKeyPair?

  /// Takes over a connection on which the server's banner waits.
  /// - Throws: `MonitorFailure` where libssh gives no session.
  package init(
    taking descriptor: Descriptor, to address: SocketAddress, user: String, host: String, hostKeyTypes: [String],
    loop: EpollExecutor
  ) throws(MonitorFailure) {
    guard let handle = ssh_new() else { throw MonitorFailure("libssh gives no session: out of memory") }
    guard let number = descriptor.release() else {
      ssh_free(handle)
      throw MonitorFailure("the connection was closed before SSH could begin")
    }
    self.loop = loop
    self.address = address
    self.handle = handle
    socket = number
    inode = clinux_inode(number)
    // 30 s of silence, then 3 probes 10 s apart: a peer that vanished does not hold its session for hours.
    _ = clinux_keep_alive(number, 30, 10, 3, 60_000)
    var (no, yes, descriptorNumber) = (Int32(0), Int32(1), number)
    ssh_options_set(handle, SSH_OPTIONS_PROCESS_CONFIG, &no)
    ssh_options_set(handle, SSH_OPTIONS_NODELAY, &yes)
    ssh_options_set(handle, SSH_OPTIONS_HOST, host)
    ssh_options_set(handle, SSH_OPTIONS_USER, user)
    ssh_options_set(handle, SSH_OPTIONS_FD, &descriptorNumber)
    // Host keys are judged by `HostKeyJudge`; libssh shall not look at files of its own.
    ssh_options_set(handle, SSH_OPTIONS_KNOWNHOSTS, "/dev/null")
    ssh_options_set(handle, SSH_OPTIONS_GLOBAL_KNOWNHOSTS, "/dev/null")
    ssh_options_set(handle, SSH_OPTIONS_HOSTKEYS, Self.algorithms(preferring: hostKeyTypes))
    ssh_set_blocking(handle, 0)
  }

  isolated deinit {
    // What libssh does with a descriptor it was given differs by version and by how the session ended (0.10.6
    // closes it in ssh_free, not after ssh_disconnect): the inode tells whether the number is still our socket.
    if ssh_get_fd(handle) == socket { ssh_disconnect(handle) }
    ssh_free(handle)
    if inode != 0, clinux_inode(socket) == inode { close(socket) }
  }

  /// Exchanges keys.
  /// - Returns: the host key the server proved to hold.
  package func handshake(until deadline: ContinuousClock.Instant) async throws(Failure) -> KnownHosts.Key {
    let result = try await complete(until: deadline) { ssh_connect(handle) }
    guard result == SSH_OK else {
      let words = complaint
      // libssh: "kex error : no match for method %s: server [%s], client [%s]"
      throw words.contains("no match for method") ? .noCommonAlgorithm(words) : .closed(words)
    }
    var key: ssh_key?
    guard ssh_get_server_publickey(handle, &key) == SSH_OK, let key else {
      throw .closed("the server showed no host key")
    }
    defer { ssh_key_free(key) }
    var text: UnsafeMutablePointer<CChar>?
    guard ssh_pki_export_pubkey_base64(key, &text) == SSH_OK, let text else {
      throw .closed("the server's host key cannot be read")
    }
    defer { ssh_string_free_char(text) }
    let type = ssh_key_type_to_char(ssh_key_type(key)).map { String(cString: $0) } ?? "unknown"
    return KnownHosts.Key(type: type, blob: String(cString: text))
  }

  /// Whether the connection still stands, after the packets that waited have been read.
  package var isAlive: Bool {
    guard !isSpent, ssh_get_fd(handle) == socket, ssh_is_connected(handle) == 1 else { return false }
    clibssh_process_pending(handle)
    return ssh_get_fd(handle) == socket && ssh_is_connected(handle) == 1
  }

  /// Not to be used again.
  func spend() { isSpent = true }

  /// Repeats a libssh call until it no longer says "again".
  func complete(
    until deadline: ContinuousClock.Instant, again: Int32 = SSH_AGAIN, _ call: () -> Int32
  ) async throws(Failure) -> Int32 {
    while true {
      let result = call()
      guard result == again else { return result }
      try await waitForPeer(until: deadline)
    }
  }

  /// Waits until the server has sent something, or takes more.
  func waitForPeer(until deadline: ContinuousClock.Instant) async throws(Failure) {
    // A session the server ended says "again" for ever, and its descriptor's number may be another's by now.
    guard ssh_get_fd(handle) == socket, ssh_is_connected(handle) == 1 else {
      isSpent = true
      throw .closed(complaint)
    }
    let isWriting = ssh_get_poll_flags(handle) & SSH_WRITE_PENDING != 0
    switch await loop.wait(for: socket, isWriting ? .either : .readable, until: deadline) {
    case .ready: return
    case .timedOut:
      isSpent = true
      throw .timedOut
    case .late(let lag):
      isSpent = true
      throw .monitor(MonitorFailure("azlin itself was held up for \(Int(lag.inSeconds)) s"))
    case .cancelled:
      isSpent = true
      throw .monitor(MonitorFailure("the probe was cancelled"))
    case .failed(let code):
      isSpent = true
      throw .monitor(MonitorFailure(code, while: "waiting for SSH"))
    }
  }

  /// libssh's last words on this session, in one line of printable text.
  var complaint: String {
    // ssh_get_error takes the session as an untyped pointer and returns a string it owns.
    let words = ssh_get_error(UnsafeMutableRawPointer(handle)).map { String(cString: $0) } ?? ""
    return words.isEmpty ? "the connection ended" : SafeText.line(String(words.prefix(200)))
  }

  /// The host key algorithms to offer: those that can be compared with known_hosts first.
  private static func algorithms(preferring types: [String]) -> String {
    let all = [
      "ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "rsa-sha2-512",
      "rsa-sha2-256",
    ]
    let known = types.flatMap { $0 == "ssh-rsa" ? ["rsa-sha2-512", "rsa-sha2-256"] : [$0] }.filter(all.contains)
    return (known + all.filter { !known.contains($0) }).joined(separator: ",")
  }
}
