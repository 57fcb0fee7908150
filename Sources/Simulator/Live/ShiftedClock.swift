import Autopilot
import FleetModel

/// A clock that is a fixed span off another one: a machine's whose time is wrong.
package struct ShiftedClock: EngineClock {
  private let base: any EngineClock
  /// How far it is ahead; negative: behind.
  private let offset: Duration

  package init(_ base: any EngineClock, offset: Duration) {
    self.base = base
    self.offset = offset
  }

  package func now() -> Instant { base.now() + offset }
  package func sleep(until deadline: Instant) async { await base.sleep(until: deadline - offset) }
}
