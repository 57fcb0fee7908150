import FleetModel
import Foundation

@testable import Hooks

/// A configuration directory of its own for a test, with scripts in it; it goes with the test.
final class Scene: Sendable {
  let path: String

  init() {
    path = NSTemporaryDirectory() + "azlin-hooks-\(UUID().uuidString)"
    try? FileManager.default.createDirectory(
      atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func surroundings(home: String? = nil) -> HookSurroundings {
    HookSurroundings(
      configDirectory: path, context: "prod-weu", azureConfigDirectory: "/home/ops/.azure", home: home ?? path,
      programDirectory: "/opt/azlin/bin", searchPath: "/usr/local/bin::relative:/usr/bin:/bin:/usr/bin",
      language: "C.UTF-8", timeZone: "Europe/Berlin")
  }

  func runner(atOnce: Int = ScriptHookRunner.atOnce, accounts: Accounts = .live) -> ScriptHookRunner {
    ScriptHookRunner(
      surroundings: surroundings(), inspection: HookInspection(accounts: accounts), atOnce: atOnce, now: { noon })
  }

  /// Writes a script.
  /// - Returns: its registration.
  func script(
    _ name: String, _ body: String, interpreter: String = "#!/bin/sh", mode: Int = 0o700,
    timeout: Duration = .seconds(30), veto: Bool = true, isGlobal: Bool = false
  ) throws -> HookRegistration {
    let place = path + "/" + name
    try FileManager.default.createDirectory(
      atPath: FilePlace.directory(of: place), withIntermediateDirectories: true,
      attributes: [.posixPermissions: 0o700])
    try Data("\(interpreter)\n\(body)\n".utf8).write(to: URL(fileURLWithPath: place))
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: place)
    return HookRegistration(path: place, timeout: timeout, veto: veto, isGlobal: isGlobal)
  }

  func text(_ name: String) -> String? { try? String(contentsOfFile: path + "/" + name, encoding: .utf8) }
}

let noon = Instant(seconds: 1_764_763_200)

func occasion(
  _ event: HookEvent = .onFailure, name: String = "web-1", reason: String = "SSH connection refused (port 22)"
) -> HookOccasion {
  HookOccasion(
    event: event,
    machine: VirtualMachine(
      id: MachineID("/subscriptions/s/resourceGroups/web/virtualMachines/web-1"), name: name, group: "web",
      region: "westeurope", provider: .azure),
    reason: reason, at: noon, verdict: .critical, attempt: 2)
}

/// Whether a process runs (one that is dead but not waited for does not).
func runs(_ process: Int32) -> Bool {
  guard let text = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8),
    let close = text.lastIndex(of: ")")
  else { return false }
  return text[close...].dropFirst(2).first != "Z"
}

/// Waits for a condition; false when `deadline` has passed.
func eventually(within deadline: Duration = .seconds(20), _ condition: () async throws -> Bool) async throws -> Bool {
  let end = ContinuousClock.now + deadline
  while ContinuousClock.now < end {
    if try await condition() { return true }
    try await Task.sleep(for: .milliseconds(5))
  }
  return try await condition()
}
