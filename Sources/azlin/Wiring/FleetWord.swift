import Autopilot
import FleetModel
import Journal

/// What is known of the fleet by a command that is no engine: from the living engine's journal, else by asking.
struct FleetWord: Sendable {
  var statuses: [MachineStatus]
  /// When each word was given, where it comes from the journal.
  var at: [MachineID: Instant]
  /// A living engine gave it.
  var engine: EngineSign?

  /// Reads the journal, and adds machines of the inventory it does not know.
  static func read(_ site: Site, includesLocal: Bool = false) async throws -> FleetWord {
    let machines = try await site.machines(includesLocal: includesLocal)
    var word = FleetWord(statuses: [], at: [:], engine: nil)
    if let reader = try site.reader() {
      word.engine = try await reader.engine()
      for aged in try await reader.statuses() {
        word.statuses.append(aged.status)
        word.at[aged.status.machine.id] = aged.at
      }
    }
    let known = Set(machines.map(\.id))
    let isAlive = word.engine?.isAlive ?? false
    // An engine may watch hosts that this invocation was not told of.
    if !isAlive { word.statuses.removeAll { !known.contains($0.machine.id) } }
    let told = Set(word.statuses.map(\.machine.id))
    for machine in machines where !told.contains(machine.id) {
      guard machine.provider != .local || !isAlive || includesLocal else { continue }
      word.statuses.append(
        MachineStatus(machine: machine, watch: .observing, verdict: .unknown, reason: "not probed yet"))
    }
    word.statuses.sort { $0.machine.qualifiedName < $1.machine.qualifiedName }
    return word
  }
}
