import Autopilot
import FleetModel
import GuestAccess

/// Scripts over SSH, by the shell that also carries the probes.
package struct RemoteShellRunner: ScriptRunner {
  private let shell: any RemoteShell

  package init(_ shell: any RemoteShell) { self.shell = shell }

  package func run(
    _ script: String, on machine: VirtualMachine, request: ProbeRequest, timeout: Duration
  ) async -> ScriptResult {
    guard let target = SSHTarget(machine, request) else { return .notReached("the host has no address") }
    switch await shell.run(script: script, on: target, timeout: timeout) {
    case .success(let done): return .output(done.output)
    case .failure(let failure):
      let why = SafeText.line(failure.description)
      return failure.mayHaveRun ? .unknown(why) : .notReached(why)
    }
  }
}
