import FleetModel
import FoundationEssentials
import Glibc

/// Asks the operator's SSH agent which keys it holds (draft-ietf-sshm-ssh-agent), never waiting long.
package enum SSHAgent {
  /// A public key in the agent.
  package struct Key: Hashable, Sendable {
    package var type: String
    /// base64, as in a .pub file.
    package var blob: String

    /// Needs a touch or a device: nothing to do unattended in this process.
    package var isHardware: Bool { type.hasPrefix("sk-") || type.contains("-cert-") }
  }

  /// The keys of the agent behind a socket; nil: there is no agent, or it does not answer.
  package static func keys(
    socket path: String, until deadline: ContinuousClock.Instant, on loop: EpollExecutor
  ) async -> [Key]? {
    guard let descriptor = connect(path) else { return nil }
    // Length 1, SSH_AGENTC_REQUEST_IDENTITIES.
    let question: [UInt8] = [0, 0, 0, 1, 11]
    guard send(descriptor.value, question, question.count, Int32(MSG_NOSIGNAL)) == question.count else {
      return nil
    }
    var answer: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 16384)
    while true {
      if answer.count >= 4 {
        let length = Int(word(answer[0..<4]))
        guard length <= 256 * 1024 else { return nil }
        if answer.count >= 4 + length { return parse(answer[4..<(4 + length)]) }
      }
      let count = recv(descriptor.value, &buffer, buffer.count, Int32(MSG_DONTWAIT))
      if count > 0 {
        answer += buffer.prefix(count)
        continue
      }
      guard count < 0, errno == EAGAIN || errno == EINTR,
        case .ready = await loop.wait(for: descriptor.value, .readable, until: deadline)
      else { return nil }
    }
  }

  /// A connection to the agent; nil: nobody listens there.
  package static func connect(_ path: String) -> Descriptor? {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(path.utf8)
    guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { return nil }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    let number = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard number >= 0 else { return nil }
    let descriptor = Descriptor(number)
    // A full backlog is the one thing connecting to a Unix socket waits for.
    let flags = fcntl(number, F_GETFL)
    _ = fcntl(number, F_SETFL, flags | O_NONBLOCK)
    let connected = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.connect(number, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    _ = fcntl(number, F_SETFL, flags)
    return connected == 0 ? descriptor : nil
  }

  static func parse(_ body: ArraySlice<UInt8>) -> [Key]? {
    var rest = body
    // SSH_AGENT_IDENTITIES_ANSWER
    guard rest.popFirst() == 12, rest.count >= 4 else { return nil }
    let count = word(rest.prefix(4))
    rest = rest.dropFirst(4)
    var keys: [Key] = []
    for _ in 0..<min(count, 4096) {
      guard let blob = string(&rest), string(&rest) != nil else { return nil }
      var inner = blob
      guard let type = string(&inner) else { return nil }
      keys.append(
        Key(type: String(decoding: type, as: UTF8.self), blob: Data(blob).base64EncodedString()))
    }
    return keys
  }

  private static func string(_ bytes: inout ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    guard bytes.count >= 4 else { return nil }
    let length = Int(word(bytes.prefix(4)))
    guard bytes.count >= 4 + length else { return nil }
    defer { bytes = bytes.dropFirst(4 + length) }
    return bytes.dropFirst(4).prefix(length)
  }

  private static func word(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    bytes.reduce(0) { $0 << 8 | UInt32($1) }
  }
}
