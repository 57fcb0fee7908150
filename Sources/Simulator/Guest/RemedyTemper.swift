/// How often remedies go wrong for no reason of their own; each 0–1.
package struct RemedyTemper: Hashable, Sendable, Codable {
  /// Reported as failed, without effect.
  package var failure: Double
  /// Reported as done, without effect.
  package var lie: Double
  /// Nobody hears how it ended; half of them took effect.
  package var silence: Double
  /// Refused as busy or throttled.
  package var busy: Double

  package init(failure: Double = 0, lie: Double = 0, silence: Double = 0, busy: Double = 0) {
    self.failure = failure
    self.lie = lie
    self.silence = silence
    self.busy = busy
  }

  /// Everything works.
  package static let perfect = RemedyTemper()
  /// As in a cloud on an ordinary day.
  package static let realistic = RemedyTemper(failure: 0.02, lie: 0.01, silence: 0.004, busy: 0.01)

  /// As on a good day: a demo shows remedies that work, and now and then one that does not.
  package static let mild = RemedyTemper(failure: 0.006, lie: 0.004, silence: 0.002, busy: 0.01)

  enum Turn { case works, fails, lies, silent(hasEffect: Bool), busy }

  func turn(_ draw: inout Draw) -> Turn {
    let rolled = draw.unit()
    let hasEffect = draw.chance(0.5)
    var line = failure
    if rolled < line { return .fails }
    line += lie
    if rolled < line { return .lies }
    line += silence
    if rolled < line { return .silent(hasEffect: hasEffect) }
    line += busy
    return rolled < line ? .busy : .works
  }
}
