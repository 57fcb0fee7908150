import Autopilot
import FleetModel
import Glibc
import Journal

/// The engine of this process beside one that lives elsewhere on the same journal: commands that change what is
/// remembered go to the one that keeps it.
struct SharedService: FleetService {
  let engine: RunningEngine
  let reader: JournalReader?

  func snapshots() -> AsyncStream<FleetSnapshot> { engine.service.snapshots() }

  func submit(_ command: OperatorCommand) async throws -> String {
    if isKept(command), let reader, let sign = try await reader.engine(), sign.isAlive, sign.beat.processID != getpid()
    {
      switch try await reader.submit(command) {
      case .done(let text): return "\(text) (by the engine of process \(sign.beat.processID))"
      case .refused(let refusal): throw refusal
      }
    }
    return try await engine.service.submit(command)
  }

  func recoveryPlan(for machine: MachineID) async throws -> RecoveryPlan {
    try await engine.service.recoveryPlan(for: machine)
  }

  /// Checks and files are everybody's; remedies, pauses and acknowledgements belong to the journal's owner.
  private func isKept(_ command: OperatorCommand) -> Bool {
    switch command {
    case .recover, .pause, .resume, .acknowledge, .rearm, .mute, .acceptInventory: true
    case .checkNow, .edit, .reload: false
    }
  }
}
