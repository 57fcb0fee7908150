import Autopilot
import FleetModel
import GuestAccess

/// Probes guests over the network, and where no way leads to one adds what the platform says of it (semantics 2.2): it
/// is judged by that alone.
package struct PlatformProbe: GuestProbe {
  /// What a reading's path says of such a machine.
  package static let path = "platform"
  private let network: any GuestProbe
  private let board: PlatformBoard
  private let guests: RunCommandProbe

  /// - Parameter network: for everything else, and for every machine that has a way.
  package init(_ network: any GuestProbe, control: AzureControlPlane) {
    self.network = network
    board = PlatformBoard(control: control)
    guests = RunCommandProbe(control: control)
  }

  package func notices() async -> [String] { await network.notices() }

  package func probe(_ machine: VirtualMachine, _ request: ProbeRequest) async -> ProbeReport {
    guard request.depth != .witnesses, SSHTarget(machine, request) == nil else {
      return await network.probe(machine, request)
    }
    let isSuspect = request.depth == .recheck
    let limit = request.connectivityTimeout + request.sshTimeout
    async let direct = network.probe(machine, request)
    // A suspect's power is read from its own view, which then serves here too.
    let began = ContinuousClock.now
    if isSuspect { _ = await direct }
    let left = max(.milliseconds(500), limit - began.duration(to: .now))
    let platform = await board.report(on: machine, isSuspect: isSuspect, within: left)
    var report = await direct
    report.platform = platform
    report.path = Self.path
    if request.depth == .full, request.usesRunCommand, case .notApplicable = report.guest {
      report.guest = await guests.reading(of: machine, request, platform)
      if report.guest.value != nil { report.path = RunCommandProbe.path }
    }
    report.finishedAt = max(report.finishedAt, platform.finishedAt)
    return report
  }
}
