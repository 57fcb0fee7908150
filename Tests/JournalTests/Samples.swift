import Autopilot
import FleetModel
import Foundation
import Synchronization

@testable import Journal

/// A directory that goes with the test.
final class TemporaryDirectory: Sendable {
  let path: String

  init() {
    path = NSTemporaryDirectory() + "azlin-journal-\(UUID().uuidString)"
    try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  var journal: String { path + "/journal.db" }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// A wall clock that a test moves.
final class HandClock: Sendable {
  private let instant: Mutex<Instant>
  init(_ instant: Instant) { self.instant = Mutex(instant) }
  var now: Instant { instant.withLock { $0 } }
  func advance(by duration: Duration) { instant.withLock { $0 = $0 + duration } }
}

let noon = Instant(seconds: 1_764_763_200)

func machine(_ name: String) -> VirtualMachine {
  VirtualMachine(id: MachineID("hosts/web/\(name)"), name: name, group: "web", provider: .hosts)
}

func record(
  _ id: String, of name: String = "web-1", at: Instant = noon, outcome: RecoveryOutcome = .running
) -> RecoveryRecord {
  RecoveryRecord(
    id: IntentID(id), machine: machine(name).id, machineName: name, incarnation: "i-1", incident: "incident-\(name)",
    diagnosis: .sshDown, remedy: .restartSSH, initiator: .autopilot, issue: "SSH connection refused (port 22)",
    startedAt: at, outcome: outcome, attempt: 1)
}

func hookRun(
  _ path: String, of name: String = "web-1", at: Instant = noon, result: HookResult = .exited(0), output: String = ""
) -> HookRun {
  HookRun(
    machine: machine(name).id, machineName: name, event: .onFailure, path: path, startedAt: at,
    elapsed: .milliseconds(1200), result: result, output: output)
}

func memory(_ name: String) -> MachineMemory {
  var memory = MachineMemory(machine: machine(name).id, incarnation: "i-1")
  memory.baselineAt = noon
  memory.path = "10.0.0.4"
  memory.attempts = [noon, noon + .minutes(1)]
  memory.incident = IncidentMemory(id: "incident-\(name)", openedAt: noon, diagnosis: .sshDown, issue: "refused")
  return memory
}

func beat(
  process: Int32 = getpid(), at: Instant = noon, mode: EngineStatus.Mode = .healing
) -> EngineHeartbeat {
  EngineHeartbeat(
    processID: process, startedAt: noon, at: at, status: EngineStatus(mode: mode, context: "hosts"))
}

/// Waits for a condition; false when `deadline` has passed.
func eventually(within deadline: Duration = .seconds(10), _ condition: () async throws -> Bool) async throws -> Bool {
  let end = ContinuousClock.now + deadline
  while ContinuousClock.now < end {
    if try await condition() { return true }
    try await Task.sleep(for: .milliseconds(5))
  }
  return try await condition()
}

/// Runs a program to its end.
/// - Returns: its exit code.
func run(_ program: String, _ arguments: String...) -> Int32 {
  let process = Process()
  process.executableURL = URL(fileURLWithPath: program)
  process.arguments = arguments
  process.standardError = FileHandle.nullDevice
  guard (try? process.run()) != nil else { return -1 }
  process.waitUntilExit()
  return process.terminationStatus
}
