import Autopilot
import FleetModel

/// The status of a machine, with the instant it stood at.
package struct AgedStatus: Hashable, Sendable {
  package var status: MachineStatus
  package var at: Instant

  /// How old it is at `now`; never negative.
  package func age(at now: Instant) -> Duration { max(now - at, .zero) }
}

/// A hook run with its place in the journal: a follower asks for those after the last it has seen.
package struct JournalledHookRun: Hashable, Sendable {
  package var sequence: Int64
  package var run: HookRun
}

/// The last sign of life of an engine.
package struct EngineSign: Hashable, Sendable {
  package var beat: EngineHeartbeat
  package var isAlive: Bool

  /// Whether it lives and heals by itself (semantics 1.4).
  package var isHealing: Bool { isAlive && beat.status.mode == .healing }
}
