import Autopilot
import Azure
import FleetModel
import Testing

@testable import ARMSimulator

@Suite("Machines that power remedies are not for, against the simulated Azure")
struct ShieldTests {
  private let cloud: SimulatedCloud

  init() {
    var settings = ARMSettings()
    settings.hasShields = true
    cloud = SimulatedCloud(settings: settings)
  }

  private func traits(_ machines: [VirtualMachine], _ role: String) -> [MachineTraits?] {
    machines.filter { $0.name.contains("-\(role)-") }.map(\.traits)
  }

  private func expectShields(_ machines: [VirtualMachine]) {
    #expect(traits(machines, "mail") == [MachineTraits(shields: [.managed])])
    #expect(
      traits(machines, "batch") == Array(repeating: MachineTraits(shields: [.scaleSet], isSpot: true), count: 2))
    #expect(traits(machines, "build") == Array(repeating: MachineTraits(hasEphemeralDisk: true), count: 2))
    #expect(traits(machines, "web").allSatisfy { $0 == nil })
  }

  @Test("Resource Graph tells what they are")
  func graph() async throws {
    let client = SimulatedClient(cloud)
    expectShields(try await client.session.inventory.list())
    #expect(client.count("POST resources") > 0)
  }

  @Test("So does the list API, where there is no Resource Graph")
  func lists() async throws {
    let client = SimulatedClient(cloud)
    client.transport.absent.withLock { $0 = ["Microsoft.ResourceGraph"] }
    expectShields(try await client.session.inventory.list())
    #expect(await client.session.inventory.notice() != nil)
  }

  @Test("A ReadOnly lock is known with the second list, a CanNotDelete lock is none; asked once an hour")
  func locks() async throws {
    let client = SimulatedClient(cloud)
    @Sendable func locked() async throws -> [String] {
      try await client.session.permitted.machines().filter { $0.shields.contains(.locked) }.map(\.name)
    }
    #expect(await eventually { (try? await locked().isEmpty) == false })
    let found = try await locked()
    #expect(found == cloud.fleet.machines(at: cloud.now).map(\.name).filter { $0.contains("-queue-") })
    let asked = client.count("GET locks")
    #expect(asked == 1)
    _ = try await locked()
    #expect(client.count("GET locks") == asked)
  }

  @Test("A restart that a lock forbids is refused, not tried again")
  func refused() async throws {
    let client = SimulatedClient(cloud)
    let machine = try #require(try await client.listed("vm-queue-01"))
    let report = await client.session.control.perform(
      RemedyOrder(
        intent: IntentID("i-1"), machine: machine, remedy: .restart, bootID: nil, notAfter: cloud.now + .minutes(10),
        request: ProbeRequest(
          depth: .full, checks: [], connectivityTimeout: .seconds(5), sshTimeout: .seconds(10))))
    guard case .refused(let why) = report.outcome else {
      Issue.record("\(report.outcome)")
      return
    }
    #expect(why.contains("locked"))
    #expect(client.count("POST restart") == 1)
  }
}
