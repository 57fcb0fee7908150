import FleetModel

/// When a machine is probed next: a fixed grid of `interval`, shifted by a hash of its id, so that starts are spread
/// and the plan never drifts (semantics 2.6).
struct Schedule: Sendable {
  private(set) var interval: Duration
  /// The next planned start.
  private(set) var next: Instant
  private let phase: UInt64

  /// The first probe comes within `spread` of `now`; the grid is joined after it.
  init(id: MachineID, interval: Duration, now: Instant, spread: Duration) {
    self.interval = interval
    phase = StableHash.of(id.rawValue)
    next = now + .milliseconds(Int64(StableHash.share(phase) * Double(spread.milliseconds)))
  }

  /// Moves the plan past `now`.
  /// - Returns: how many planned starts were missed (0 when on time).
  mutating func advance(past now: Instant) -> Int {
    let late = next
    next = Self.gridPoint(after: now, interval: interval, phase: phase)
    let missed = (now - late).milliseconds / max(interval.milliseconds, 1)
    return Int(max(missed, 0))
  }

  /// A new interval holds from now on.
  mutating func change(interval: Duration, now: Instant) {
    guard interval != self.interval else { return }
    self.interval = interval
    next = Self.gridPoint(after: now, interval: interval, phase: phase)
  }

  /// Brings the next start forward (a check asked for by hand, a fresh cycle after a gap).
  mutating func bringForward(to instant: Instant) { next = min(next, instant) }

  private static func gridPoint(after now: Instant, interval: Duration, phase: UInt64) -> Instant {
    let step = max(interval.milliseconds, 1)
    let offset = Int64(phase % UInt64(step))
    let periods = (now.milliseconds - offset).flooredDivision(by: step)
    return Instant(milliseconds: (periods + 1) * step + offset)
  }
}

extension Int64 {
  fileprivate func flooredDivision(by divisor: Int64) -> Int64 {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? quotient - 1 : quotient
  }
}

/// Limits re-checks fleet-wide to max(1 a second, 20 % of the scheduled rate) (semantics 2.6).
struct RecheckBudget: Sendable {
  private var nextSlot = Instant.distantPast

  /// Takes the next free slot at or after `wanted`.
  /// - Parameter scheduledRate: planned probes a second, fleet-wide.
  mutating func slot(atOrAfter wanted: Instant, scheduledRate: Double) -> Instant {
    let slot = max(wanted, nextSlot)
    nextSlot = slot + .milliseconds(Int64(1000 / max(1, scheduledRate * 0.2)))
    return slot
  }
}
