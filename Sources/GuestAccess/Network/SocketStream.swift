import FleetModel
import Glibc

/// Whole messages over a non-blocking socket, with deadlines; never reads a byte more than asked.
package struct SocketStream: Sendable {
  /// Why a message did not go or come whole.
  package enum Interruption: Error, Hashable, Sendable {
    /// The peer closed, or reset, the connection.
    case closed
    case timedOut
    /// This machine noticed the deadline too late to blame the peer.
    case late(Duration)
    case cancelled
    case failed(Int32)

    /// The failure where the monitor is to blame; nil: the peer.
    package func monitorFailure(while doing: String) -> MonitorFailure? {
      switch self {
      case .closed, .timedOut: nil
      case .late(let lag): MonitorFailure("\(doing): azlin itself was held up for \(Int(lag.inSeconds)) s")
      case .cancelled: MonitorFailure("\(doing): the probe was cancelled")
      case .failed(let code): MonitorFailure(code, while: doing)
      }
    }
  }

  private let descriptor: Int32
  private let loop: EpollExecutor

  /// - Parameter descriptor: stays the caller's, who keeps it open meanwhile.
  package init(_ descriptor: Int32, on loop: EpollExecutor) {
    self.descriptor = descriptor
    self.loop = loop
  }

  /// Reads exactly `count` bytes.
  package func read(_ count: Int, until deadline: ContinuousClock.Instant) async throws(Interruption) -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: count)
    var filled = 0
    while filled < count {
      let got = buffer.withUnsafeMutableBytes { bytes in
        bytes.baseAddress.map { recv(descriptor, $0 + filled, count - filled, Int32(MSG_DONTWAIT)) } ?? 0
      }
      if got > 0 {
        filled += got
      } else if got == 0 {
        throw .closed
      } else {
        try await overcome(errno, .readable, until: deadline)
      }
    }
    return buffer
  }

  /// Writes all bytes.
  package func write(_ bytes: [UInt8], until deadline: ContinuousClock.Instant) async throws(Interruption) {
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes { buffer in
        buffer.baseAddress.map {
          send(descriptor, $0 + sent, bytes.count - sent, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
        } ?? 0
      }
      if count >= 0 { sent += count } else { try await overcome(errno, .writable, until: deadline) }
    }
  }

  private func overcome(
    _ code: Int32, _ readiness: EpollExecutor.Readiness, until deadline: ContinuousClock.Instant
  ) async throws(Interruption) {
    switch code {
    case EINTR: return
    case EPIPE, ECONNRESET, ENOTCONN: throw .closed
    case EAGAIN: break
    default: throw .failed(code)
    }
    switch await loop.wait(for: descriptor, readiness, until: deadline) {
    case .ready: return
    case .timedOut: throw .timedOut
    case .late(let lag): throw .late(lag)
    case .cancelled: throw .cancelled
    case .failed(let code): throw .failed(code)
    }
  }
}
