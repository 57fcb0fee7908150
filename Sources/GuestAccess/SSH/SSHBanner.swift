import FleetModel
import Glibc

/// Reads a server's identification line from a fresh connection without consuming it (RFC 4253, 4.2).
package enum SSHBanner {
  package enum Outcome: Hashable, Sendable {
    /// `SSH-2.0-…`, at most 255 bytes. It and what follows still wait in the socket.
    case banner(String)
    case failed(SSHFailure)
    case monitor(MonitorFailure)
  }

  /// What a server may say before its identification, in bytes: longer talk is no SSH server.
  private static let patience = 8192

  /// Waits for the line. Other lines before it are allowed; those are consumed.
  package static func read(
    from descriptor: Int32, until deadline: ContinuousClock.Instant, on loop: EpollExecutor
  ) async -> Outcome {
    var buffer = [UInt8](repeating: 0, count: patience)
    // The kernel wakes us only when more has come than was seen before.
    defer { setLowWater(descriptor, 1) }
    while true {
      let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT))
      if count > 0 {
        switch judge(buffer.prefix(count)) {
        case .found(let banner, let offset):
          if offset > 0 { _ = recv(descriptor, &buffer, offset, Int32(MSG_DONTWAIT)) }
          return .banner(banner)
        case .wrong(let words): return .failed(words)
        case .more: setLowWater(descriptor, Int32(count) + 1)
        }
      }
      let code = count < 0 ? errno : 0
      if count == 0 { return .failed(.interrupted(.banner, "the server closed the connection at once")) }
      if count < 0, code != EAGAIN, code != EINTR {
        return .failed(.interrupted(.banner, MonitorFailure.text(of: code).lowercased()))
      }
      switch await loop.wait(for: descriptor, .readable, until: deadline) {
      case .ready:
        // A closed connection never passes the low-water mark: what is left is judged as final.
        if count > 0, isAtEnd(descriptor, seen: count) { return .failed(closing(buffer.prefix(count))) }
      case .timedOut: return .failed(.noBanner)
      case .late(let lag):
        return .monitor(MonitorFailure("azlin itself was held up for \(Int(lag.inSeconds)) s"))
      case .cancelled: return .monitor(MonitorFailure("the probe was cancelled"))
      case .failed(let code): return .monitor(MonitorFailure(code, while: "waiting for the SSH banner"))
      }
    }
  }

  private enum Judgement {
    case found(String, offset: Int)
    case wrong(SSHFailure)
    case more
  }

  private static func judge(_ bytes: ArraySlice<UInt8>) -> Judgement {
    var start = bytes.startIndex
    while let end = bytes[start...].firstIndex(of: 0x0a) {
      let line = bytes[start..<end]
      if line.starts(with: Array("SSH-".utf8)) {
        let text = words(line, limit: 255)
        return text.hasPrefix("SSH-2.0-") || text.hasPrefix("SSH-1.99-")
          ? .found(text, offset: start - bytes.startIndex)
          : .wrong(.interrupted(.banner, "the server speaks \(text) only"))
      }
      start = end + 1
    }
    let rest = bytes[start...]
    if rest.starts(with: Array("SSH-".utf8)) {
      return rest.count > 255 ? .wrong(.interrupted(.banner, "the identification line does not end")) : .more
    }
    return bytes.count >= patience ? .wrong(closing(bytes)) : .more
  }

  /// What came instead of a banner, such as `Exceeded MaxStartups`.
  private static func closing(_ bytes: ArraySlice<UInt8>) -> SSHFailure {
    let first = bytes.split(separator: 0x0a).first ?? bytes
    return .interrupted(.banner, "not an SSH banner: \(words(first, limit: 80))")
  }

  /// Printable ASCII, as the RFC wants it; the rest is shown as dots.
  private static func words(_ bytes: ArraySlice<UInt8>, limit: Int) -> String {
    let trimmed = bytes.last == 0x0d ? bytes.dropLast() : bytes
    return String(
      decoding: trimmed.prefix(limit).map { (0x20...0x7e).contains($0) ? $0 : 0x2e }, as: UTF8.self)
  }

  private static func isAtEnd(_ descriptor: Int32, seen: Int) -> Bool {
    var buffer = [UInt8](repeating: 0, count: patience)
    let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT))
    return count == seen
  }

  private static func setLowWater(_ descriptor: Int32, _ bytes: Int32) {
    var value = bytes
    setsockopt(descriptor, SOL_SOCKET, SO_RCVLOWAT, &value, socklen_t(MemoryLayout<Int32>.size))
  }

  /// Whether the server has said anything that still waits in the socket.
  package static func hasHeard(_ descriptor: Descriptor) -> Bool {
    var byte: UInt8 = 0
    return recv(descriptor.value, &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT)) > 0
  }

  /// Ends a connection that was only looked at as a client that hangs up does: an identification of our own, the end of
  /// what we say, and the server's last words heard out for at most 2 s. A server that still talks when the door is
  /// shut, or is told nothing, notes an error in its log, which the log check would then find.
  package static func leave(_ descriptor: Descriptor, on loop: EpollExecutor) {
    guard let number = descriptor.release() else { return }
    let greeting = Array("SSH-2.0-azlin\r\n".utf8)
    _ = send(number, greeting, greeting.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
    shutdown(number, Int32(SHUT_WR))
    Task {
      await hearOut(number, until: .now + .seconds(2), on: loop)
      close(number)
    }
  }

  private static func hearOut(_ number: Int32, until deadline: ContinuousClock.Instant, on loop: EpollExecutor) async {
    var buffer = [UInt8](repeating: 0, count: patience)
    // A key exchange offer is a packet or two: nobody is listened to for ever.
    for _ in 0..<16 {
      let count = recv(number, &buffer, buffer.count, Int32(MSG_DONTWAIT))
      if count == 0 { return }
      if count > 0 { continue }
      guard errno == EAGAIN || errno == EINTR,
        case .ready = await loop.wait(for: number, .readable, until: deadline)
      else { return }
    }
  }
}
