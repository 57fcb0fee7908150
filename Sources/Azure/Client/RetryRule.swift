import FleetModel
import HTTPTypes

/// When a request is sent again, and after how long.
///
/// The statuses and the back-off are those of Azure's own clients (azure-core 1.41: 0.8 · 2ⁿ seconds, at most 120).
/// What may have taken effect is never sent again here: whoever ordered it must look first.
enum RetryRule {
  static let base: Duration = .milliseconds(800)
  static let cap: Duration = .seconds(120)
  /// Up to this try the service's word on when to come back is taken alone; after it we slow down by ourselves.
  static let trusting = 5

  /// Whether an answer of this status to this request may be followed by the same request.
  static func mayRepeat(status: Int, isRead: Bool) -> Bool {
    switch status {
    // Refused before anything was done.
    case 429: true
    case 408, 500, 502, 503, 504: isRead
    default: false
    }
  }

  static func mayRepeat(_ failure: TransportFailure, isRead: Bool) -> Bool {
    switch failure.kind {
    case .notSent: true
    case .lost: isRead
    case .cancelled: false
    }
  }

  /// - Parameters:
  ///   - tries: made so far, at least 1.
  ///   - asked: `Retry-After` in one of its forms; goes before the back-off.
  ///   - share: 0..<1, by chance: so that many callers do not come back at the same moment.
  static func delay(tries: Int, asked: Duration?, share: Double) -> Duration {
    let step = min(cap, base * Double(1 << min(max(tries - 1, 0), 10)))
    let own = step * (0.8 + 0.4 * share)
    guard let asked, asked > .zero else { return own }
    return tries <= trusting ? asked : max(asked, own)
  }

  /// `Please try again after '6' seconds.`: some services say it in words only (recorded).
  static func asked(inWords message: String) -> Duration? {
    guard let match = message.firstMatch(of: /after '?(\d{1,6})'? second/.ignoresCase()) else { return nil }
    return Int(match.1).map { .seconds($0) }
  }
}
