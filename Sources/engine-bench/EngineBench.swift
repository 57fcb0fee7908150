import Autopilot
import FleetModel
import Glibc
import Simulator
import Synchronization

/// Measures what the engine core costs: a fleet's day in virtual time, with the simulated world's own cost told apart.
///
/// `swift run -c release engine-bench [VMS [HOURS]]`, by default 1,000 VMs for 24 hours, a full check every 2 minutes.
@main
enum EngineBench {
  static func main() {
    let words = CommandLine.arguments.dropFirst().compactMap { Int($0) }
    let (machines, hours) = (words.first ?? 1000, words.dropFirst().first ?? 24)
    let start = Instant(seconds: 1_764_770_551)
    let fleet = SimulatedFleet(
      .init(machines: machines, seed: 1, startAt: start, faults: .random(perMachineDay: 0.5, perSubnetDay: 0)))
    let world = TimedWorld(fleet)
    var driver = VirtualTimeDriver(
      engine: Engine(settings: EngineSettings(mode: .healing, context: "benchmark", seed: 1)), world: world,
      startAt: start)
    let inventory = fleet.machines(at: start)
    let policies = Dictionary(uniqueKeysWithValues: inventory.map { ($0.id, EffectivePolicy(policy: policy)) })
    driver.send(.started(RestoredState()))
    driver.send(.inventory(inventory, of: .simulated))
    driver.send(.policies(policies))
    let began = CPUTime.ofThisThread
    driver.run(until: start + .hours(hours))
    let total = CPUTime.ofThisThread - began
    let engine = total - world.spent
    let perCheck = engine / Double(max(driver.probes, 1)) * 1e6
    print("\(machines) VMs, \(hours) h in virtual time, full checks every 2 min, about one fault per VM in 2 days")
    print("checks            \(driver.probes)")
    print("remedies          \(fleet.trace.count)")
    print("CPU, engine       \(rounded(engine)) s")
    print("CPU, simulator    \(rounded(world.spent)) s")
    print("CPU per check     \(rounded(perCheck)) µs (goal: at most 20 now, 5 later)")
  }

  private static var policy: Policy {
    var policy = Policy()
    policy.monitoring.enabled = true
    policy.monitoring.level = .advanced
    policy.monitoring.checks = MonitoringLevel.advanced.checks
    policy.monitoring.interval = .minutes(2)
    return policy
  }

  private static func rounded(_ value: Double) -> Double { (value * 100).rounded() / 100 }
}

/// Seconds of CPU that the calling thread has used.
enum CPUTime {
  static var ofThisThread: Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}

/// A world that knows how long its answers took.
final class TimedWorld: SimulatedWorld {
  private let world: SimulatedFleet
  private let time = Mutex(0.0)

  init(_ world: SimulatedFleet) { self.world = world }

  /// Seconds of CPU.
  var spent: Double { time.withLock { $0 } }

  private func timed<Answer>(_ body: () -> Answer) -> Answer {
    let began = CPUTime.ofThisThread
    let answer = body()
    let took = CPUTime.ofThisThread - began
    time.withLock { $0 += took }
    return answer
  }

  func machines(at now: Instant) -> [VirtualMachine] { world.machines(at: now) }
  func probe(_ machine: VirtualMachine, _ request: ProbeRequest, at now: Instant) -> ProbeReport {
    timed { world.probe(machine, request, at: now) }
  }
  func look(at machine: VirtualMachine, _ order: LookOrder, at now: Instant) -> LookReport {
    timed { world.look(at: machine, order, at: now) }
  }
  func perform(_ order: RemedyOrder, at now: Instant) -> RemedyReport { timed { world.perform(order, at: now) } }
  func inspect(_ machine: VirtualMachine, _ order: InspectionOrder, at now: Instant) -> PlatformReport {
    timed { world.inspect(machine, order, at: now) }
  }

  func effect(of remedy: Remedy, on machine: VirtualMachine) -> String? { world.effect(of: remedy, on: machine) }
}
