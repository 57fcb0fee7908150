import ARMSimulator
import Autopilot
import Azure
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
    driver.send(.inventory(machines, of: .azure))
    driver.send(.policies(scenario.policies(for: machines)))
    driver.run(until: pictureAt)
  }

  /// The ladder of one machine as it stands.
  func plan(for machine: MachineID) -> RecoveryPlan? {
    driver.engine.plan(for: machine, at: driver.now) { AzureProvider.effect(of: $0, on: $1) }
  }

  /// The warmed-up engine goes on in real life: its machines are listed, asked and acted on through the simulated
  /// Resource Manager over HTTP, by the client that talks to Azure; only its guests are reached in memory. Its journal
  /// is in memory.
  func start(on clock: any EngineClock) async throws -> RunningEngine {
    var settings = ARMSettings()
    settings.subscription = DemoScenario.subscription
    let server = try await ARMServer.start(fleet: fleet, settings: settings, clock: clock)
    let caller = AzureConnection.caller(
      environment: [
        "AZLIN_ARM_ENDPOINT": server.arm, "IDENTITY_ENDPOINT": server.token, "IDENTITY_HEADER": server.identityHeader,
      ], cloud: nil, tenant: nil, subscription: nil, clock: clock)
    let scope = AzureScope(subscriptions: [server.subscription], usesPrivateAddresses: true)
    let session = AzureSession(caller: caller, scope: scope, clock: clock)
    let probe = MemoryGuests(guests: SimulatedProvider(world: fleet, clock: clock), power: session.control)
    let ports = RuntimePorts(
      journal: try JournalStore(inMemoryWith: JournalRetention(), now: { clock.now() }),
      hooks: DemoHookRunner(clock: clock), policies: DemoPolicySource(machines: machines), clock: clock,
      processID: getpid())
    let runtime = AutopilotRuntime(
      engine: driver.engine, providers: [AzureProvider.make(session, probe: probe)], ports: ports)
    return RunningEngine(runtime, underWay: driver.underWay) { await server.stop() }
  }
}
