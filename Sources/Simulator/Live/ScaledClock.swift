import Autopilot
import FleetModel

/// A clock that starts at an instant of one's choice and runs at another pace than the wall's: a demo's.
package struct ScaledClock: EngineClock {
  /// The instant at which it started.
  package let origin: Instant
  /// Seconds of this clock in a second of the wall; 0: frozen for ever.
  package let speed: Double
  private let startedAt: ContinuousClock.Instant

  /// Starts it now.
  /// - Parameter speed: 0–100,000; a negative one counts as 0.
  package init(origin: Instant, speed: Double = 1) {
    self.origin = origin
    self.speed = min(max(speed, 0), 100_000)
    startedAt = .now
  }

  package func now() -> Instant {
    guard speed > 0 else { return origin }
    return Instant(seconds: origin.seconds + (.now - startedAt).inSeconds * speed)
  }

  package func sleep(until deadline: Instant) async {
    while !Task.isCancelled {
      let left = (deadline - now()).inSeconds
      guard left > 0 else { return }
      do {
        // Frozen, or further away than a year: wait for the cancellation, a year at a time.
        let wall = speed > 0 ? min(left / speed, 31_536_000) : 31_536_000
        // A millisecond more: the wall clock's sleep is rounded, and instants are whole milliseconds.
        try await Task.sleep(for: .microseconds(Int64(wall * 1_000_000) + 1000))
      } catch {
        return
      }
    }
  }
}
