import FleetModel

/// The time the runtime lives by: the wall clock, or one that a demo or a test drives.
package protocol EngineClock: Sendable {
  func now() -> Instant
  /// Returns at `deadline`, or earlier when the task is cancelled.
  func sleep(until deadline: Instant) async
}
