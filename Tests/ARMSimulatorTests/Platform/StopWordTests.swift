import Autopilot
import Azure
import FleetModel
import Simulator
import Testing

@testable import ARMSimulator

@Suite("Who turned a machine off, against the simulated Azure")
struct StopWordTests {
  private let cloud = SimulatedCloud()

  private func reason(
    _ client: SimulatedClient, _ machine: VirtualMachine, off: Instant, ours: [ClosedRange<Instant>] = []
  ) async -> StopReport.Reason {
    await client.session.control.stopReason(
      of: machine,
      StopQuestion(askedAt: cloud.now, offSince: off, runningAt: SimulatedCloud.start, ours: ours)
    ).reason
  }

  @Test("azlin's own stop is nobody's, a person's is theirs, however the platform words it")
  func whose() async throws {
    let client = SimulatedClient(cloud)
    let machine = try #require(try await client.listed("vm-web-01"))
    let began = cloud.now
    let report = await client.session.control.perform(
      RemedyOrder(
        intent: IntentID("i"), machine: machine, remedy: .stop, bootID: nil, notAfter: cloud.now + .minutes(10),
        request: ProbeRequest(depth: .full, checks: [], connectivityTimeout: .seconds(5), sshTimeout: .seconds(10))))
    #expect(report.outcome == .done)
    let ours = began...cloud.now
    cloud.pass(.minutes(15))
    guard case .nobody = await reason(client, machine, off: ours.upperBound, ours: [ours]) else {
      Issue.record("\(await reason(client, machine, off: ours.upperBound, ours: [ours]))")
      return
    }
    #expect(await reason(client, machine, off: ours.upperBound) == .asked(by: Identity.objectID))

    let other = try #require(try await client.listed("vm-web-02"))
    cloud.simulator.inject(.stoppedByUser, on: cloud.machine("vm-web-02").id)
    let off = cloud.now
    cloud.pass(.minutes(15))
    guard case .asked(let who) = await reason(client, other, off: off, ours: [ours]) else {
      Issue.record("nobody")
      return
    }
    #expect(ARMSimulator.people.contains(who))
  }
}
