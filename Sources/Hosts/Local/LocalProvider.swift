import Autopilot
import FleetModel
import Glibc
import GuestAccess

/// The machine azlin runs on: its figures are real, it is never remedied.
package enum LocalProvider {
  /// The provider of this machine.
  /// - Parameter environment: where `PATH`, `HOME` and `LANG` are taken from.
  package static func make(environment: [String: String], clock: any EngineClock) -> Provider {
    let machine = LocalMachine()
    return Provider(
      kind: .local, inventory: machine,
      probe: LocalProbe(runner: CommandRunner(environment: environment), clock: clock),
      control: LocalControl(clock: clock))
  }
}

private struct LocalMachine: Inventory {
  func machines() async throws -> [VirtualMachine] {
    var buffer = [CChar](repeating: 0, count: 256)
    // One byte less, so that a name cut off still ends in a zero.
    gethostname(&buffer, buffer.count - 1)
    let name = String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    let shown = name.isEmpty ? "localhost" : SafeText.line(name)
    return [VirtualMachine(id: MachineID("local/\(shown)"), name: shown, provider: .local)]
  }
}

private struct LocalProbe: GuestProbe {
  let runner: CommandRunner
  let clock: any EngineClock

  func notices() async -> [String] { [] }

  func probe(_ machine: VirtualMachine, _ request: ProbeRequest) async -> ProbeReport {
    let startedAt = clock.now()
    let guest = request.depth == .full ? await guest(request) : .notMeasured(.notYet)
    let here = "this machine"
    return ProbeReport(
      startedAt: startedAt, finishedAt: clock.now(), power: .value(.running), echo: .notApplicable(here),
      tcp: .notApplicable(here), ssh: .notApplicable(here), guest: guest, path: "local")
  }

  private func guest(_ request: ProbeRequest) async -> Reading<GuestReport> {
    let outcome = await runner.run(
      ["/bin/sh", "-s"], input: ProbeScript.text(request), timeout: max(request.sshTimeout, .seconds(2)))
    guard case .exited(0) = outcome.ending else {
      return .notMeasured(.monitor("the probe script \(HostsControlPlane.ending(outcome))"))
    }
    do {
      return .value(try ProbeScript.parse(outcome.output))
    } catch {
      return .notMeasured(.monitor(error.description))
    }
  }
}

private struct LocalControl: ControlPlane {
  let clock: any EngineClock
  private let why = "azlin runs on this machine and never remedies it"

  init(clock: any EngineClock) { self.clock = clock }

  func look(at machine: VirtualMachine, _ order: LookOrder) async -> LookReport {
    LookReport(finishedAt: clock.now(), outcome: .impossible(why))
  }

  func perform(_ order: RemedyOrder) async -> RemedyReport {
    RemedyReport(finishedAt: clock.now(), outcome: .refused(why))
  }

  func effect(of remedy: Remedy, on machine: VirtualMachine) -> String? { nil }
}
