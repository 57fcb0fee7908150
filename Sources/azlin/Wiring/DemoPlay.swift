import Autopilot
import FleetModel
import Glibc
import Journal
import Simulator

/// A simulated fleet whose engine has already lived one hour.
struct DemoPlay {
  var driver: VirtualTimeDriver
  private let fleet: SimulatedFleet
  private let machines: [VirtualMachine]

  init(machines count: Int, seed: UInt64, pictureAt: Instant) {
    let scenario = DemoScenario(machines: count, seed: seed, pictureAt: pictureAt)
    fleet = scenario.makeFleet()
    machines = fleet.machines(at: scenario.startAt)
    driver = VirtualTimeDriver(
      engine: Engine(settings: EngineSettings(mode: .healing, context: "demo", seed: seed)), world: fleet,
      startAt: scenario.startAt,
      hooks: { occasion, hooks, now in DemoHookRunner.runs(occasion, hooks, at: now) })
    driver.send(.started(RestoredState()))
    driver.send(.inventory(machines, of: .simulated))
    driver.send(.policies(scenario.policies(for: machines)))
    driver.run(until: pictureAt)
  }

  /// The ladder of one machine as it stands.
  func plan(for machine: MachineID) -> RecoveryPlan? {
    driver.engine.plan(for: machine, at: driver.now) { fleet.effect(of: $0, on: $1) }
  }

  /// The warmed-up engine goes on in real life, with a journal in memory.
  func start(on clock: ScaledClock) throws -> RunningEngine {
    let ports = RuntimePorts(
      journal: try JournalStore(inMemoryWith: JournalRetention(), now: { clock.now() }),
      hooks: DemoHookRunner(clock: clock), policies: DemoPolicySource(machines: machines), clock: clock,
      processID: getpid())
    let runtime = AutopilotRuntime(
      engine: driver.engine, providers: [SimulatedProvider(world: fleet, clock: clock).provider], ports: ports)
    return RunningEngine(runtime, underWay: driver.underWay)
  }
}
