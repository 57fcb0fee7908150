import Autopilot
import Azure
import FleetModel
import Simulator
import Testing

@testable import ARMSimulator

@Suite("Asking Azure about one machine, against the simulated Azure")
struct InspectionTests {
  private let cloud = SimulatedCloud()

  private func order(_ isThorough: Bool = true, log: Bool = false) -> InspectionOrder {
    InspectionOrder(askedAt: cloud.now, isThorough: isThorough, wantsSerialLog: log)
  }

  @Test("A quick look is one call: power, agent, provisioning, identity, each with its time")
  func quick() async throws {
    let client = SimulatedClient(cloud)
    let machine = try #require(try await client.listed("vm-web-01"))
    let before = cloud.simulator.counters.total
    let report = await client.session.control.inspect(machine, order(false))
    #expect(cloud.simulator.counters.total == before + 1)
    #expect(report.power == .value(.running))
    let agent = try #require(report.agent.value)
    #expect(agent.isReady)
    let age = cloud.now - (try #require(agent.at))
    #expect(age >= .zero && age <= .seconds(15))
    #expect(report.provisioning.value?.state == "succeeded")
    #expect(try #require(report.provisioning.value?.at) < cloud.now)
    #expect(report.incarnation == machine.incarnation)
    #expect(try #require(report.createdAt) < cloud.now - .days(1))
    #expect(report.host == .notMeasured(.notYet))
    #expect(report.cpu == .notMeasured(.notYet))
    #expect(report.serialLog == nil)
  }

  @Test("A thorough one also has the host's health, processors, memory, and the end of the serial log")
  func thorough() async throws {
    let client = SimulatedClient(cloud)
    let machine = try #require(try await client.listed("vm-web-01"))
    cloud.simulator.inject(.hung, on: cloud.machine().id)
    cloud.pass(.minutes(12))
    let report = await client.session.control.inspect(machine, order(log: true))
    #expect(report.host == .value(.available))
    #expect(try #require(report.cpu.value) < 0.1)
    #expect((1..<100).contains(try #require(report.memory.value)))
    #expect(report.agent.value?.isReady == false)
    let log = try #require(report.serialLog)
    #expect(log.contains("soft lockup"))
    #expect(log.utf8.count <= 4096)
  }

  @Test("The host's word: at fault by Azure's own, stopped by a person, nothing known of a crash")
  func host() async throws {
    let client = SimulatedClient(cloud)
    let names = ["vm-web-01", "vm-web-02", "vm-db-01"]
    for (name, fault) in zip(names, [SimulatedFault.platformUnavailable, .stoppedByUser, .stopped]) {
      cloud.simulator.inject(fault, on: cloud.machine(name).id)
    }
    var words: [HostWord?] = []
    for name in names {
      let machine = try #require(try await client.listed(name))
      words.append(await client.session.control.inspect(machine, order()).host.value)
    }
    guard case .platformFault(let why) = words[0] else { return #expect(words[0] == .platformFault("")) }
    #expect(why.contains("host server"))
    #expect(
      words[1] == .userInitiated("This virtual machine is stopped as requested by an authorized user or process."))
    #expect(words[2] == .unknown)
  }

  @Test("What one service does not answer leaves the others' words standing; no answer at all is the monitor's trouble")
  func partial() async throws {
    let client = SimulatedClient(cloud)
    let machine = try #require(try await client.listed("vm-web-01"))
    client.transport.cut.withLock { $0 = ["/availabilityStatuses/"] }
    let report = await client.session.control.inspect(machine, order())
    #expect(report.power == .value(.running))
    #expect(report.cpu.value != nil)
    guard case .notMeasured(.monitor(let why)) = report.host else { return #expect(report.host.value == nil) }
    #expect(!why.isEmpty)
    client.transport.cut.withLock { $0 = ["/"] }
    let nothing = await client.session.control.inspect(machine, order(log: true))
    guard case .notMeasured(.monitor) = nothing.power, case .notMeasured(.monitor) = nothing.agent else {
      Issue.record("\(nothing.power)")
      return
    }
    #expect(nothing.serialLog == nil)
  }

  @Test("A machine that is gone is not reported, by Azure's own word")
  func gone() async throws {
    let client = SimulatedClient(cloud)
    var machine = try #require(try await client.listed("vm-web-01"))
    machine = VirtualMachine(
      id: MachineID(machine.id.rawValue + "-gone"), name: machine.name + "-gone", group: machine.group,
      provider: .azure, abilities: machine.abilities)
    let report = await client.session.control.inspect(machine, order())
    guard case .notMeasured(.notReported) = report.power, case .notMeasured(.notReported) = report.host else {
      Issue.record("\(report.power), \(report.host)")
      return
    }
  }

  @Test("azlin's own look is nobody else's change: the provisioning word stands as before it")
  func ownScripts() async throws {
    let client = SimulatedClient(cloud)
    let machine = try #require(try await client.listed("vm-web-01"))
    let before = await client.session.control.inspect(machine, order(false)).provisioning.value
    let look = await client.session.control.look(at: machine, LookOrder(sshPort: 22, timeout: .minutes(5)))
    guard case .done = look.outcome else {
      Issue.record("\(look.outcome)")
      return
    }
    #expect(await client.session.control.inspect(machine, order(false)).provisioning.value == before)
    cloud.pass(.minutes(1))
    _ = try cloud.finish(cloud.post(cloud.path(cloud.machine()) + "/reapply"))
    let after = await client.session.control.inspect(machine, order(false)).provisioning.value
    let (earlier, later) = (try #require(before?.at), try #require(after?.at))
    #expect(later > earlier)
  }
}
