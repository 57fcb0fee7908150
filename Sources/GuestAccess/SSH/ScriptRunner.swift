import Autopilot
import FleetModel

/// Runs remedies' scripts in guests over SSH: what a control plane needs of a shell.
package protocol ScriptRunner: Sendable {
  /// Feeds `script` to `/bin/sh -s` in the guest; returns within `timeout` plus a second.
  func run(
    _ script: String, on machine: VirtualMachine, request: ProbeRequest, timeout: Duration
  ) async -> ScriptResult
}

/// What came of a script.
package enum ScriptResult: Hashable, Sendable {
  /// It ran to its end; what it printed on standard output.
  case output(String)
  /// It never began.
  case notReached(String)
  /// It was handed over, but its end was not seen.
  case unknown(String)
}

/// Scripts over the same sessions that probes use.
package struct RemoteShellRunner: ScriptRunner {
  private let shell: any RemoteShell

  package init(_ shell: any RemoteShell) { self.shell = shell }

  package func run(
    _ script: String, on machine: VirtualMachine, request: ProbeRequest, timeout: Duration
  ) async -> ScriptResult {
    guard let target = SSHTarget(machine, request) else { return .notReached("the machine has no address to dial") }
    switch await shell.run(script: script, on: target, timeout: timeout) {
    case .success(let done): return .output(done.output)
    case .failure(let failure):
      let why = SafeText.line(failure.description)
      return failure.mayHaveRun ? .unknown(why) : .notReached(why)
    }
  }
}
