import FleetModel

/// The fleet's time as the screen has it.
package enum DashboardClock: Sendable {
  /// Runs: the wall clock, or that of a demo faster than life.
  case running(@Sendable () -> Instant)
  /// Stands still at the newest snapshot: nothing on the screen changes by itself.
  case frozen
}
