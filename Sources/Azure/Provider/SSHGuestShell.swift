import Autopilot
import FleetModel
import GuestAccess

/// The shell of a clean-up: the same sessions that probes use.
package struct SSHGuestShell: GuestShell {
  private let shell: any RemoteShell

  package init(_ shell: any RemoteShell) { self.shell = shell }

  package func run(
    _ script: String, on machine: VirtualMachine, request: ProbeRequest, timeout: Duration
  ) async -> GuestShellResult {
    guard let target = SSHTarget(machine, request) else { return .notReached("no direct path") }
    switch await shell.run(script: script, on: target, timeout: timeout) {
    case .success(let output): return .output(output.output)
    case .failure(let failure):
      let why = SafeText.line(failure.description)
      return failure.mayHaveRun ? .unknown(why) : .notReached(why)
    }
  }
}
