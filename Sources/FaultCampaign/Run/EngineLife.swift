import Autopilot
import FleetModel

/// One engine on one state directory, through all its lives.
package struct EngineLife: Sendable {
  let number: Int
  private let seed: UInt64
  package internal(set) var disk = SimulatedDisk()
  /// nil: nobody lives.
  private(set) var engine: Engine?
  private(set) var life = 0
  /// How far the monitor's clock is from the world's.
  var offset = Duration.zero
  var frozenUntil: Instant?
  /// When it last began to live, went on after a stop, or had its clock or its disk disturbed.
  var disturbedAt = Instant.distantPast
  var hasInventory = false
  /// The write point at which it dies next.
  var armed: TroubleKind?
  var armedNumber = 0
  var downtime = Duration.seconds(10)
  var unflushed: [JournalEntry] = []
  private(set) var unflushedSince: Instant?
  /// What guards an operator's own commands ran into.
  var refusals: [Guard: Int] = [:]
  /// The operator's pauses.
  var pauses: [OperatorPause] = []

  /// Ids of all incidents that it wrote down, or would have if its disk were not full.
  var incidents: Set<String> {
    unflushed.reduce(into: disk.tally.incidents) { ids, entry in
      if case .memory(let memory) = entry, let incident = memory.incident { ids.insert(incident.id) }
    }
  }

  init(number: Int, seed: UInt64) {
    self.number = number
    self.seed = seed
  }

  mutating func begin() {
    life += 1
    engine = Engine(settings: EngineSettings(mode: .healing, context: "campaign", seed: seed))
    frozenUntil = nil
    hasInventory = false
  }

  /// Killed: what was not on the disk is lost.
  mutating func end() {
    engine = nil
    unflushed = []
    unflushedSince = nil
    armed = nil
  }

  /// When it wants to be woken, in the world's time.
  var nextWake: Instant {
    guard let engine, let wake = engine.nextWake else { return .distantFuture }
    return max(wake - offset, frozenUntil ?? .distantPast)
  }

  mutating func step(_ event: Event, at now: Instant) -> [Effect]? { engine?.step(event, at: now + offset) }

  mutating func keep(_ entry: JournalEntry, at now: Instant) {
    switch entry {
    case .sample, .status, .hookRun: return
    default: break
    }
    unflushed.append(entry)
    if unflushedSince == nil { unflushedSince = now }
  }

  mutating func takeUnflushed() -> [JournalEntry] {
    unflushedSince = nil
    defer { unflushed = [] }
    return unflushed
  }
}

/// A stretch in which the operator holds automation.
package struct OperatorPause: Sendable {
  /// Empty: the fleet.
  package var places: [Int]
  package var from: Instant
  /// When he lifts it.
  package var until: Instant
  /// When it ends by itself, by the monitor's clock: stepped, that is another instant.
  package var expiresAt: Instant

  /// Lifting the fleet's lifts all; lifting a machine's leaves the fleet's.
  mutating func lift(_ lifted: [Int], at now: Instant) {
    guard lifted.isEmpty || (!places.isEmpty && Set(places).isSubset(of: lifted)) else { return }
    until = min(until, now)
  }

  /// Whether it should have kept the call from being made: a rung that had begun is not aborted.
  func forbids(_ call: FleetCall, intendedAt: Instant) -> Bool {
    (places.isEmpty || places.contains(call.place)) && call.at >= from && intendedAt > from && call.at < until
      && call.monitorAt < expiresAt
  }
}
