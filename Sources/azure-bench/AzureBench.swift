import ARMSimulator
import Autopilot
import Azure
import FleetModel
import Glibc
import Journal
import Simulator

/// Measures what a large Azure fleet costs: the first list, by azlin and by Microsoft's own SDK on the same server, then
/// a steady state, judged by the counters of the simulated Resource Manager, whose quotas are the recorded ones.
///
/// `swift run -c release azure-bench [VMS [MINUTES [SPEED]]]`: by default 10,000 VMs, 20 minutes at 20 times the pace of
/// the wall.
@main
enum AzureBench {
  static func main() async throws {
    let words = CommandLine.arguments.dropFirst().compactMap { Int($0) }
    let machines = words.first ?? 10_000
    let minutes = words.count > 1 ? words[1] : 20
    let speed = words.count > 2 ? words[2] : 20
    print("\(machines) simulated VMs behind the quotas of the Resource Manager")
    try await Discovery.measure(machines: machines)
    try await SteadyState.measure(machines: machines, minutes: minutes, speed: Double(speed))
    fflush(nil)
    // Threads of libraries may still be at work.
    _exit(0)
  }
}

/// The first list of the whole fleet, from a server in a process of its own.
enum Discovery {
  static func measure(machines: Int) async throws {
    guard let server = try await ServedAzure.start(machines: machines) else {
      return print("discovery         not measured: the program azlin is not built beside this one")
    }
    defer { server.stop() }
    let before = ResidentMemory.now
    let began = ContinuousClock.now
    let session = AzureSession(
      caller: AzureConnection.caller(
        environment: server.environment, cloud: nil, tenant: nil, subscription: nil, clock: SystemClock()),
      scope: AzureScope(subscriptions: [server.subscription], usesPrivateAddresses: true), clock: SystemClock())
    let found = try await session.inventory.list()
    let took = began.duration(to: .now).inSeconds
    print(
      "discovery         \(found.count) VMs in \(rounded(took)) s, token and cloud included; "
        + "+\(rounded(Double(ResidentMemory.now - before) / 1_048_576)) MiB resident")
    guard let peer = try await server.listByPeer() else {
      return print("discovery, SDK    not measured: see .ci/python for Microsoft's SDK")
    }
    print(
      "discovery, SDK    \(peer.count) VMs in \(rounded(peer.seconds)) s (azure-mgmt-resourcegraph, same query and server)"
    )
    print("ratio             \(rounded(took / max(peer.seconds, 0.001))) of the SDK's time")
  }
}

/// A watched fleet for some minutes: the real engine and client, guests in memory.
enum SteadyState {
  static func measure(machines: Int, minutes: Int, speed: Double) async throws {
    let origin = SystemClock().now()
    let clock = ScaledClock(origin: origin, speed: speed)
    var parameters = SimulatedFleet.Parameters(
      machines: machines, seed: 1, startAt: origin, faults: .random(perMachineDay: 0.5, perSubnetDay: 0))
    let settings = ARMSettings()
    parameters.subscription = settings.subscription
    let fleet = SimulatedFleet(parameters)
    let server = try await ARMServer.start(fleet: fleet, settings: settings, clock: clock)
    let session = AzureSession(
      caller: AzureConnection.caller(
        environment: [
          "AZLIN_ARM_ENDPOINT": server.arm, "IDENTITY_ENDPOINT": server.token, "IDENTITY_HEADER": server.identityHeader,
        ], cloud: nil, tenant: nil, subscription: nil, clock: clock),
      scope: AzureScope(subscriptions: [server.subscription], usesPrivateAddresses: true), clock: clock)
    let probe = MemoryGuests(guests: SimulatedProvider(world: fleet, clock: clock), power: session.control)
    let runtime = AutopilotRuntime(
      engine: Engine(settings: EngineSettings(mode: .observing, context: "benchmark", seed: 1)),
      providers: [AzureProvider.make(session, probe: probe)],
      ports: RuntimePorts(
        journal: try JournalStore(inMemoryWith: JournalRetention(), now: { clock.now() }), hooks: NoHooks(),
        policies: EveryTwoMinutes(), clock: clock, processID: getpid()))
    let cpu = CPUTime.ofThisProcess
    let life = Task { try await runtime.run() }
    await clock.sleep(until: origin + .minutes(minutes))
    let counters = server.simulator.counters
    let calls = fleet.calls
    let spent = CPUTime.ofThisProcess - cpu
    life.cancel()
    _ = await life.result
    await server.stop()
    print("steady state      \(minutes) min at ×\(Int(speed)), full checks every 2 min, some VMs off, some failing")
    print("checks            \(calls.probes) full, \(calls.rechecks) re-checks")
    print("calls to ARM      \(counters.total), \(rounded(Double(counters.total) / Double(minutes))) a minute")
    for (name, count) in counters.operations.sorted(by: { $0.value > $1.value }).prefix(6) {
      print("                  \(count) \(name)")
    }
    print("throttled         \(counters.throttled)")
    print("CPU               \(rounded(spent)) s, server and guests included")
    print("resident memory   \(rounded(Double(ResidentMemory.now) / 1_048_576)) MiB, server and guests included")
    guard counters.throttled == 0 else { exit(1) }
  }
}

struct NoHooks: HookRunner {
  func run(_ occasion: HookOccasion, _ hooks: [HookRegistration]) async -> [HookRun] { [] }
  func problem(with hook: HookRegistration) -> String? { nil }
}

/// Everything is watched, at the level for critical services.
struct EveryTwoMinutes: PolicySource {
  func policies(for machines: [VirtualMachine]) async -> [MachineID: EffectivePolicy] {
    var policy = Policy()
    policy.monitoring.enabled = true
    policy.monitoring.level = .advanced
    policy.monitoring.checks = MonitoringLevel.advanced.checks
    policy.monitoring.interval = .minutes(2)
    return Dictionary(machines.map { ($0.id, EffectivePolicy(policy: policy)) }) { first, _ in first }
  }
  func changeStamp() async -> UInt64 { 1 }
  func apply(_ edits: [PolicyEdit], to machine: VirtualMachine) async throws -> String {
    throw CommandRefusal("nothing is edited in a benchmark")
  }
}

func rounded(_ value: Double) -> Double { (value * 100).rounded() / 100 }

/// Seconds of CPU that this process has used.
enum CPUTime {
  static var ofThisProcess: Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}

/// Bytes of this process that are in memory.
enum ResidentMemory {
  static var now: Int {
    guard let file = fopen("/proc/self/statm", "r") else { return 0 }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 256)
    guard fgets(&line, Int32(line.count), file) != nil else { return 0 }
    let words = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self).split(
      separator: " ")
    return (words.count > 1 ? Int(words[1]) ?? 0 : 0) * Int(sysconf(Int32(_SC_PAGESIZE)))
  }
}
