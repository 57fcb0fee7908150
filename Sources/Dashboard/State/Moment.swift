import FleetModel

/// The two times a screen lives by.
///
/// They differ in a demo that runs faster than life and where time stands still: ages and countdowns follow the
/// fleet, messages and key presses the operator.
package struct Moment: Hashable, Sendable {
  /// The fleet's time: what ages and countdowns count from.
  package var fleet: Instant
  /// The operator's time, from any fixed point; it never runs backwards.
  package var operatorTime: Instant

  /// Creates a moment; without an operator's time both are the same.
  package init(fleet: Instant, operatorTime: Instant? = nil) {
    self.fleet = fleet
    self.operatorTime = operatorTime ?? fleet
  }
}
