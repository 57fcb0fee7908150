import FleetModel
import Glibc

/// The beginning of one stream of a hook: all of it is read, so that the hook never blocks, and the first 64 KiB are
/// kept.
struct CapturedOutput: Sendable {
  /// Bytes kept (semantics 8.2).
  static let limit = 64 << 10

  private var kept: [UInt8] = []
  private(set) var total: Int64 = 0

  mutating func take(_ bytes: some Collection<UInt8>) {
    total += Int64(bytes.count)
    kept.append(contentsOf: bytes.prefix(Self.limit - kept.count))
  }

  /// The text, safe for a screen, and how much of it is missing.
  var text: String {
    var bytes = kept[...]
    if total > bytes.count {
      // A character cut in two by the limit is no part of the text.
      while let last = bytes.last, last & 0xC0 == 0x80, kept.count - bytes.count < 3 { bytes.removeLast() }
      if let last = bytes.last, last >= 0xC0 { bytes.removeLast() }
    }
    let missing = total - Int64(bytes.count)
    let text = SafeText.lines(bytes: bytes)
    guard missing > 0 else { return text }
    return text + (text.hasSuffix("\n") ? "" : "\n") + "… \(missing) bytes more"
  }

  /// Reads what is there without waiting.
  /// - Parameter limit: bytes at most, so that a stream that never dries up does not hold up the clock.
  /// - Returns: whether the stream is still open.
  mutating func drain(_ descriptor: Int32, limit: Int = 1 << 20) -> Bool {
    var taken = 0
    return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 1 << 16) { buffer in
      while taken < limit {
        let count = read(descriptor, buffer.baseAddress, buffer.count)
        if count > 0 {
          take(buffer[..<count])
          taken += count
        } else if count == 0 {
          return false
        } else if errno != EINTR {
          return errno == EAGAIN || errno == EWOULDBLOCK
        }
      }
      return true
    }
  }
}
