import FleetModel
import GuestAccess
import Simulator
import Testing

@testable import ARMSimulator
@testable import Autopilot
@testable import Azure

/// No network: a machine without a way is not asked over it.
private struct NoNetwork: GuestProbe {
  let power: AzureControlPlane
  func probe(_ machine: VirtualMachine, _ request: ProbeRequest) async -> ProbeReport {
    let now = power.clock.now()
    return ProbeReport(
      startedAt: now, finishedAt: now, power: await power.power(of: machine), echo: .notApplicable("no direct path"),
      tcp: .notApplicable("no direct path"), ssh: .notApplicable("no direct path"),
      guest: .notApplicable("no direct path"))
  }
  func notices() async -> [String] { [] }
}

@Suite("Machines that no way leads to, against the simulated Azure")
struct PlatformProbeTests {
  private let cloud: SimulatedCloud
  private let client: SimulatedClient
  private let probe: PlatformProbe

  init() { self.init(cloud: SimulatedCloud()) }

  private init(cloud: SimulatedCloud) {
    self.cloud = cloud
    client = SimulatedClient(cloud)
    probe = PlatformProbe(NoNetwork(power: client.session.control), control: client.session.control)
  }

  private func request(_ depth: ProbeRequest.Depth = .full, scripts: Bool = false) -> ProbeRequest {
    ProbeRequest(
      depth: depth, checks: Set(CheckKind.allCases), connectivityTimeout: .seconds(5), sshTimeout: .seconds(15),
      usesRunCommand: scripts)
  }

  /// Those that have no public address.
  private func hidden() async throws -> [VirtualMachine] {
    try await client.session.inventory.list().filter { $0.address == nil }
  }

  @Test("All of them cost one list of states, one of health and one question a region for metrics, not one call each")
  func bulk() async throws {
    let machines = try await hidden()
    #expect(machines.count > 8)
    let before = cloud.simulator.counters.operations
    for machine in machines {
      let report = await probe.probe(machine, request())
      let platform = try #require(report.platform)
      #expect(platform.power == .value(.running))
      #expect(platform.agent.value?.isReady == true)
      #expect(platform.host == .value(.available))
      #expect(platform.cpu.value != nil)
      #expect(platform.memory.value != nil)
      #expect(report.path == "platform")
      #expect(report.guest == .notApplicable("no direct path"))
    }
    func calls(_ name: String) -> Int { client.count(name) - (before[name] ?? 0) }
    #expect(calls("GET virtualMachines") == 1)
    #expect(calls("GET availabilityStatuses") == 1)
    #expect(calls("POST metrics") == Set(machines.map(\.region)).count)
    #expect(calls("GET virtualMachines/*") == 0)
    cloud.pass(.minutes(3))
    for machine in machines { _ = await probe.probe(machine, request()) }
    #expect(calls("GET virtualMachines") == 2)
    #expect(calls("GET availabilityStatuses") == 2)
    #expect(calls("POST metrics") == Set(machines.map(\.region)).count)
    cloud.pass(.minutes(3))
    _ = await probe.probe(machines[0], request())
    #expect(calls("POST metrics") == Set(machines.map(\.region)).count + 1)
  }

  @Test("A machine with an address, or one that a neighbour asks about, is none of the platform's affair")
  func direct() async throws {
    let machines = try await client.session.inventory.list()
    let reached = try #require(machines.first { $0.address != nil })
    #expect(await probe.probe(reached, request()).platform == nil)
    #expect(await probe.probe(try #require(machines.first { $0.address == nil }), request(.witnesses)).platform == nil)
    var bastion = request()
    bastion.proxy = "bastion"
    #expect(await probe.probe(try #require(machines.first { $0.address == nil }), bastion).platform == nil)
  }

  @Test("A suspect alone is asked about directly, and a storm of them within a budget")
  func suspects() async throws {
    let machines = try await hidden()
    let machine = try #require(machines.first)
    _ = await probe.probe(machine, request())
    let before = client.count("GET virtualMachines/*")
    cloud.simulator.inject(.agentNotReady, on: cloud.machine(machine.name).id)
    let report = await probe.probe(machine, request(.recheck))
    #expect(client.count("GET virtualMachines/*") == before + 1)
    #expect(report.platform?.agent.value?.isReady == false)
    var budget = SuspectBudget()
    let now = cloud.now
    let taken = (0..<500).count { budget.take(MachineID("vm-\($0)"), at: now) }
    #expect(taken == Int(SuspectBudget.burst))
    let tooSoon = budget.take(MachineID("vm-0"), at: now + .seconds(10))
    #expect(!tooSoon)
    let again = budget.take(MachineID("vm-0"), at: now + .seconds(40))
    #expect(again)
  }

  @Test("Without Azure the words are missing, and the last list stands for a few minutes")
  func unreachable() async throws {
    let machine = try #require(try await hidden().first)
    _ = await probe.probe(machine, request())
    // One list alone: whoever tries again moves the clock, and three of them could move it past the few minutes.
    client.transport.cut.withLock { $0 = ["statusOnly"] }
    cloud.pass(.minutes(2))
    let stale = try #require(await probe.probe(machine, request()).platform)
    #expect(stale.power == .value(.running))
    #expect(stale.askedAt < cloud.now)
    client.transport.cut.withLock { $0 = ["/"] }
    cloud.pass(.minutes(10))
    let none = try #require(await probe.probe(machine, request()).platform)
    guard case .notMeasured(.monitor) = none.agent, case .notMeasured(.monitor) = none.host,
      case .notMeasured(.monitor) = none.cpu
    else {
      Issue.record("\(none)")
      return
    }
  }

  @Test("The probe script goes by Run Command at most once in 30 minutes, and its figures are told once")
  func scripts() async throws {
    let machine = try #require(try await hidden().first { $0.name.contains("-db-") })
    let wanted = request(scripts: true)
    #expect(await probe.probe(machine, wanted).guest == .notMeasured(.notYet))
    var told = Reading<GuestReport>.notMeasured(.notYet)
    let deadline = ContinuousClock.now + .seconds(10)
    while told == .notMeasured(.notYet), ContinuousClock.now < deadline {
      await Task.yield()
      told = await probe.probe(machine, wanted).guest
    }
    let report = try #require(told.value, "\(told)")
    #expect(report.mounts.value?.isEmpty == false)
    #expect(report.memory.value != nil)
    #expect(report.earlierCPU != nil)
    #expect(client.count("POST runCommand") == 1)
    let began = cloud.now
    while cloud.now - began < .minutes(25) {
      #expect(await probe.probe(machine, wanted).guest == .notMeasured(.notYet))
      cloud.pass(.minutes(2))
    }
    #expect(client.count("POST runCommand") == 1)
    cloud.pass(.minutes(6))
    _ = await probe.probe(machine, wanted)
    let client = client
    #expect(await eventually { client.count("POST runCommand") == 2 })
    #expect(await probe.probe(machine, request()).guest == .notApplicable("no direct path"))
  }

  @Test(
    "A silent agent is a warning, a kernel that hangs and a host in trouble are critical, ten minutes on",
    arguments: [
      (SimulatedFault.agentNotReady, Severity.warning), (.hung, .critical), (.platformUnavailable, .critical),
    ])
  func judged(_ fault: SimulatedFault, _ severity: Severity) async throws {
    let machine = try #require(try await hidden().first { $0.name.contains("-db-") })
    cloud.simulator.inject(fault, on: cloud.machine(machine.name).id)
    cloud.pass(.minutes(12))
    let report = await probe.probe(machine, request())
    let baseline = Baseline(MachineMemory(machine: machine.id, incarnation: ""), path: report.path, now: cloud.now)
    let result = CheckRules.connectivity(report, baseline: baseline)
    #expect(result.severity == severity, "\(result.reason)")
    #expect(result.reason.hasPrefix("platform / "))
    cloud.fleet.heal(cloud.machine(machine.name).id, at: cloud.now)
    cloud.pass(.minutes(12))
    let healed = CheckRules.connectivity(await probe.probe(machine, request()), baseline: baseline)
    #expect(healed.severity == .healthy, "\(healed.reason)")
  }

  @Test("A machine under a lock is asked once in 30 minutes, and its figures say why they are missing")
  func locked() async throws {
    var settings = ARMSettings()
    settings.hasShields = true
    let rig = PlatformProbeTests(cloud: SimulatedCloud(settings: settings))
    let machine = try #require(try await rig.hidden().first { $0.name.contains("-queue-") })
    #expect(
      await eventually {
        guard
          case .notMeasured(.notReported(let why)) = await rig.probe.probe(machine, rig.request(scripts: true)).guest
        else { return false }
        return why.contains("locked")
      })
    for _ in 0..<10 {
      rig.cloud.pass(.minutes(2))
      _ = await rig.probe.probe(machine, rig.request(scripts: true))
    }
    #expect(rig.client.count("POST runCommand") == 1)
  }

  @Test("No script is sent to Windows, to a silent agent, to a machine that is off or being changed")
  func noScript() async throws {
    let machines = try await hidden()
    let (silent, off, busy) = (machines[0], machines[1], machines[2])
    cloud.simulator.inject(.agentNotReady, on: cloud.machine(silent.name).id)
    cloud.simulator.inject(.stopped, on: cloud.machine(off.name).id)
    var windows = machines[3]
    windows.system = .windows
    _ = cloud.post(cloud.path(busy) + "/reapply")
    let wanted = request(scripts: true)
    for machine in [silent, off, busy, windows] {
      let report = await probe.probe(machine, wanted)
      #expect(report.guest.value == nil)
      #expect(report.guest != .notMeasured(.notYet), "\(machine.name)")
    }
    #expect(client.count("POST runCommand") == 0)
  }

  @Test("Two thousand of them, every two minutes, stay far inside Azure's quotas: pages and regions, nothing else")
  func quota() async throws {
    let fleet = PlatformProbeTests(cloud: SimulatedCloud(machines: 2000))
    let machines = try await fleet.hidden()
    #expect(machines.count > 1000)
    let before = fleet.cloud.simulator.counters.operations
    let pages = 2000 / fleet.cloud.simulator.settings.pageSize
    for _ in 0..<3 {
      for part in stride(from: 0, to: machines.count, by: 200) {
        await withTaskGroup(of: Bool.self) { group in
          for machine in machines[part..<min(part + 200, machines.count)] {
            group.addTask { await fleet.probe.probe(machine, fleet.request()).platform?.agent.value?.isReady == true }
          }
          for await isReady in group { #expect(isReady) }
        }
      }
      fleet.cloud.pass(.seconds(121))
    }
    func calls(_ name: String) -> Int { fleet.client.count(name) - (before[name] ?? 0) }
    // A refused page would be asked again: there was none.
    #expect(fleet.cloud.simulator.counters.throttled == 0)
    #expect(calls("GET availabilityStatuses") == 3 * pages)
    #expect(calls("GET virtualMachines/*") == 0)
    #expect(calls("POST metrics") <= 2 * Set(machines.map(\.region)).count)
  }
}
