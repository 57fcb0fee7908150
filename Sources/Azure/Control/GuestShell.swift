import Autopilot
import FleetModel

/// Runs a script in a guest over SSH: what a clean-up needs of a shell, where there is one.
package protocol GuestShell: Sendable {
  /// Feeds `script` to `/bin/sh -s` in the guest; returns within `timeout` plus a second.
  func run(
    _ script: String, on machine: VirtualMachine, request: ProbeRequest, timeout: Duration
  ) async -> GuestShellResult
}

/// What came of a script over SSH.
package enum GuestShellResult: Hashable, Sendable {
  /// It ran to its end; what it printed on standard output.
  case output(String)
  /// It never began.
  case notReached(String)
  /// It was handed over, but its end was not seen.
  case unknown(String)
}
