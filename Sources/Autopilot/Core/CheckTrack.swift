import FleetModel

/// The recent results of one check of one machine, and the level they confirm (semantics 3.1, 3.3).
struct CheckTrack: Hashable, Sendable {
  /// The level in force.
  private(set) var hard = Severity.healthy
  private(set) var hardSince: Instant?
  private(set) var last: Severity?
  private(set) var measuredAt: Instant?
  private(set) var isFlapping = false
  var reason = ""
  /// Latest result in the two lowest bits; 3 is "none".
  private var recent = UInt64.max
  private var scheduled = UInt64.max
  /// Since when results have been worse than `hard` without a break.
  private var worseSince: Instant?

  /// How many latest results in a row are worse than the level in force, at most `limit`.
  func streak(limit: Int) -> Int { run(limit: limit) { $0 > hard } }

  /// Takes one result; nil is unknown: it neither counts nor resets.
  /// - Parameters:
  ///   - confirm: bad results in a row that make it hard, 1–10.
  ///   - sustain: how long results must have been bad besides.
  ///   - isScheduled: re-checks and probes around remedies do not count for flapping.
  /// - Returns: whether the level in force changed.
  mutating func absorb(
    _ result: Severity?, reason: String, at now: Instant, confirm: Int, sustain: Duration = .zero,
    isScheduled: Bool
  ) -> Bool {
    self.reason = reason
    last = result
    guard let result else { return false }
    measuredAt = now
    recent = recent << 2 | UInt64(result.rawValue)
    if isScheduled {
      scheduled = scheduled << 2 | UInt64(result.rawValue)
      judgeFlapping()
    }
    if result > hard {
      let since = worseSince ?? now
      worseSince = since
      if streak(limit: confirm) >= confirm, now - since >= sustain { return settle(mildest(of: confirm), at: now) }
    } else {
      worseSince = nil
      if result < hard, run(limit: 2, where: { $0 < hard }) >= 2 { return settle(worst(of: 2), at: now) }
    }
    return false
  }

  /// Forgets what is not confirmed (semantics 2.7: after a gap).
  mutating func dropSoft() {
    recent = UInt64.max
    worseSince = nil
    last = nil
  }

  private mutating func settle(_ level: Severity, at now: Instant) -> Bool {
    guard level != hard else { return false }
    hard = level
    hardSince = now
    worseSince = nil
    return true
  }

  private func result(_ back: Int) -> Severity? { Severity(rawValue: Int(recent >> UInt64(2 * back) & 3)) }

  private func run(limit: Int, where holds: (Severity) -> Bool) -> Int {
    var length = 0
    while length < min(limit, 32), let severity = result(length), holds(severity) { length += 1 }
    return length
  }

  private func mildest(of count: Int) -> Severity {
    (0..<count).compactMap(result).min() ?? hard
  }

  private func worst(of count: Int) -> Severity {
    (0..<count).compactMap(result).max() ?? hard
  }

  /// Of the last 20 scheduled results more than 30 % changes enters; fewer than 25 %, or 5 equal results, leaves.
  private mutating func judgeFlapping() {
    var changes = 0
    var seen = 0
    var equal = 1
    var stillEqual = true
    var later: UInt64 = 3
    for back in 0..<20 {
      let value = scheduled >> UInt64(2 * back) & 3
      if value == 3 { break }
      seen += 1
      if back > 0 {
        if value != later {
          changes += 1
          stillEqual = false
        } else if stillEqual {
          equal += 1
        }
      }
      later = value
    }
    guard seen >= 10 else {
      isFlapping = false
      return
    }
    let share = Double(changes) / Double(seen - 1)
    if share > 0.3 { isFlapping = true }
    if share < 0.25 || equal >= 5 { isFlapping = false }
  }
}
