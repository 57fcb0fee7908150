import CLibSSH
import CLinux
import FleetModel
import Glibc
import GuestAccess

/// The sshd of one simulated guest on one connection: libssh's server side, without blocking a thread.
actor GuestSSHServer {
  nonisolated let loop: EpollExecutor
  nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
  private let guest: ServedGuest
  private let handle: ssh_session
  private let event: ssh_event
  private let socket: Int32
  private let inode: UInt64
  private let desk: SSHServerDesk
  private var hasExchangedKeys = false
  /// The boot in which the connection was made: another one knows nothing of it.
  private var bootID: String?
  /// Of the key that was shown: a guest with another one is another installation.
  private let keyMark: String

  /// sshd's LoginGraceTime.
  private static let loginGrace = Duration.seconds(120)

  /// Takes over a connection on which nothing of SSH was said.
  /// - Throws: where libssh gives no session.
  init(
    taking descriptor: Descriptor, guest: ServedGuest, contact: GuestContact, loop: EpollExecutor
  ) throws {
    let hostKey = try guest.hostKey(contact)
    guard let handle = ssh_new() else { throw MonitorFailure("libssh gives no session: out of memory") }
    guard let event = ssh_event_new() else {
      ssh_free(handle)
      throw MonitorFailure("libssh gives no event: out of memory")
    }
    let number = descriptor.value
    guard Self.prepare(handle, on: number, hostKey.text, contact.banner) else {
      ssh_event_free(event)
      ssh_free(handle)
      throw MonitorFailure("libssh does not serve this connection")
    }
    _ = descriptor.release()
    self.guest = guest
    keyMark = contact.keyMark
    self.handle = handle
    self.event = event
    self.loop = loop
    socket = number
    inode = clinux_inode(number)
    desk = SSHServerDesk(user: guest.user) { guest.contact().acceptsKeys }
    ssh_set_blocking(handle, 0)
    desk.attend(handle)
  }

  private static func prepare(_ handle: ssh_session, on number: Int32, _ key: String, _ banner: String) -> Bool {
    guard number >= 0, let bind = ssh_bind_new() else { return false }
    defer { ssh_bind_free(bind) }
    var no = false
    ssh_bind_options_set(bind, SSH_BIND_OPTIONS_PROCESS_CONFIG, &no)
    if !banner.isEmpty { ssh_bind_options_set(bind, SSH_BIND_OPTIONS_BANNER, banner) }
    var hostKey: ssh_key?
    guard ssh_pki_import_privkey_base64(key, nil, nil, nil, &hostKey) == SSH_OK, let hostKey else { return false }
    // The key is the bind's from here on, and goes with it; the session has a copy of its own.
    guard ssh_bind_options_set(bind, SSH_BIND_OPTIONS_IMPORT_KEY, UnsafeRawPointer(hostKey)) == SSH_OK else {
      ssh_key_free(hostKey)
      return false
    }
    return ssh_bind_accept_fd(bind, handle, number) == SSH_OK
  }

  isolated deinit {
    if hasExchangedKeys { ssh_event_remove_session(event, handle) }
    ssh_event_free(event)
    desk.leave()
    if ssh_get_fd(handle) == socket { ssh_disconnect(handle) }
    ssh_free(handle)
    if inode != 0, clinux_inode(socket) == inode { close(socket) }
  }

  /// Serves until one side ends the connection, or the guest's kernel forgets it.
  func serve() async {
    let graceEnd = ContinuousClock.now + Self.loginGrace
    while !Task.isCancelled {
      let contact = guest.contact()
      if contact.isStuck {
        // What the client sends reaches nobody; it waits in the socket.
        if await isLeft(within: .seconds(1)) { return }
        continue
      }
      if let now = contact.bootID {
        if let bootID, bootID != now { return }
        bootID = now
      }
      guard contact.door != .open || contact.keyMark == keyMark else { return }
      guard process() else { return }
      let due = answer(isBooting: contact.isBooting)
      if !desk.isLoggedIn, ContinuousClock.now >= graceEnd { return }
      let isWriting = ssh_get_poll_flags(handle) & SSH_WRITE_PENDING != 0
      let limit = desk.isLoggedIn ? ContinuousClock.now + .hours(1) : graceEnd
      switch await loop.wait(for: socket, isWriting ? .either : .readable, until: min(due ?? limit, limit)) {
      case .ready, .timedOut, .late: continue
      case .cancelled, .failed: return
      }
    }
  }

  private func isLeft(within time: Duration) async -> Bool {
    switch await loop.wait(for: socket, .closing, until: .now + time) {
    case .timedOut, .late: false
    case .ready, .cancelled, .failed: true
    }
  }

  /// Lets libssh work on what has come.
  /// - Returns: whether the connection goes on.
  private func process() -> Bool {
    if !hasExchangedKeys {
      switch ssh_handle_key_exchange(handle) {
      case SSH_AGAIN: return isConnected
      case SSH_OK: break
      default: return false
      }
      guard ssh_event_add_session(event, handle) == SSH_OK else { return false }
      hasExchangedKeys = true
    }
    return ssh_event_dopoll(event, 0) != SSH_ERROR && isConnected && !desk.hasRefusedTooOften
  }

  private var isConnected: Bool { ssh_get_fd(handle) == socket && ssh_is_connected(handle) == 1 }

  /// Runs the commands that are complete, and gives the answers that are due.
  /// - Returns: when the next answer is due; nil: none waits for its time.
  private func answer(isBooting: Bool) -> ContinuousClock.Instant? {
    var next: ContinuousClock.Instant?
    for channel in desk.channels {
      if let script = channel.takeScript() {
        if isBooting {
          channel.give(Self.bootingWords, status: 1, at: .now)
        } else {
          let result = guest.run(script)
          channel.give(
            result, at: .now + guest.time.wait(until: result.finishedAt))
        }
      }
      if let due = channel.answer() { next = min(next ?? due, due) }
      if channel.isDone { desk.close(channel) }
    }
    return next
  }

  /// pam_nologin's.
  private static let bootingWords =
    "System is booting up. Unprivileged users are not permitted to log in yet. Please come back later. For technical "
    + "details, see pam_nologin(8).\n"
}
