import Autopilot
import FleetModel

/// A simulated world as a provider for the living engine: each answer is held back until the clock has reached the
/// instant at which it would have come.
package struct SimulatedProvider: Inventory, GuestProbe, ControlPlane {
  private let world: any SimulatedWorld
  private let clock: any EngineClock

  package init(world: any SimulatedWorld, clock: any EngineClock) {
    self.world = world
    self.clock = clock
  }

  /// The bundle that an engine takes.
  package var provider: Provider {
    Provider(kind: .simulated, inventory: self, probe: self, control: self)
  }

  package func machines() async throws -> [VirtualMachine] { world.machines(at: clock.now()) }

  package func probe(_ machine: VirtualMachine, _ request: ProbeRequest) async -> ProbeReport {
    let start = clock.now()
    let report = world.probe(machine, request, at: start)
    await clock.sleep(until: report.finishedAt)
    guard clock.now() < report.finishedAt else { return report }
    // Cancelled before the answer came: a failure on the monitor's side, never the machine's (semantics 2.7).
    let why = Unmeasured.monitor("the probe was cancelled")
    return ProbeReport(
      startedAt: start, finishedAt: clock.now(), power: .notMeasured(why), echo: .notMeasured(why),
      tcp: .notMeasured(why), ssh: .notMeasured(why), guest: .notMeasured(why), path: report.path)
  }

  package func notices() async -> [String] { [] }

  package func look(at machine: VirtualMachine, _ order: LookOrder) async -> LookReport {
    let report = world.look(at: machine, order, at: clock.now())
    await clock.sleep(until: report.finishedAt)
    guard clock.now() < report.finishedAt else { return report }
    return LookReport(finishedAt: clock.now(), outcome: .silent("the look was cancelled"))
  }

  package func perform(_ order: RemedyOrder) async -> RemedyReport {
    let report = world.perform(order, at: clock.now())
    await clock.sleep(until: report.finishedAt)
    guard clock.now() < report.finishedAt else { return report }
    return RemedyReport(
      finishedAt: clock.now(), outcome: .unknown("azlin stopped waiting for the answer"), action: report.action)
  }

  package func inspect(_ machine: VirtualMachine, _ order: InspectionOrder) async -> PlatformReport {
    let report = world.inspect(machine, order, at: clock.now())
    await clock.sleep(until: report.finishedAt)
    return report
  }

  package func effect(of remedy: Remedy, on machine: VirtualMachine) -> String? {
    world.effect(of: remedy, on: machine)
  }
}
