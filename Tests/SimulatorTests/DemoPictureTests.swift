import Autopilot
import FleetModel
import Testing

@testable import Simulator

@Suite("The demo's first picture, made by the real engine")
struct DemoPictureTests {
  private func play(_ demo: DemoScenario, until end: Instant) -> (FleetSnapshot, SimulatedFleet) {
    let fleet = demo.makeFleet()
    let machines = fleet.machines(at: demo.startAt)
    let engine = Engine(settings: EngineSettings(mode: .healing, context: "demo", seed: demo.seed))
    var driver = VirtualTimeDriver(
      engine: engine, world: fleet, startAt: demo.startAt, hooks: { DemoHookRunner.runs($0, $1, at: $2) })
    driver.send(.started(RestoredState()))
    driver.send(.policies(demo.policies(for: machines)))
    driver.send(.inventory(machines, of: .simulated))
    driver.run(until: end)
    return (driver.snapshot(), fleet)
  }

  @Test("Something of every kind is open, and history exists", arguments: [1, 2, 3] as [UInt64])
  func firstPicture(seed: UInt64) throws {
    let demo = DemoScenario(seed: seed)
    let (picture, fleet) = play(demo, until: demo.pictureAt)
    #expect(picture.machines.count == 20)
    let verdicts = Dictionary(grouping: picture.machines, by: \.verdict).mapValues(\.count)
    #expect(verdicts[.healthy, default: 0] >= 10, "\(verdicts)")
    #expect(verdicts[.warning, default: 0] >= 2, "\(verdicts)")
    #expect(verdicts[.critical, default: 0] >= 2, "\(verdicts)")
    #expect(verdicts[.off, default: 0] >= 2, "\(verdicts)")
    let incidents = picture.machines.compactMap(\.status.incident)
    #expect(incidents.contains { if case .needsHuman = $0.phase { true } else { false } })
    #expect(incidents.contains { if case .settling = $0.phase { true } else { false } })
    #expect(picture.machines.contains { $0.status.checks.contains { $0.isFlapping } })
    let verified = Set(picture.recoveries.filter { $0.outcome.success == true }.map(\.remedy))
    #expect(verified.isSuperset(of: [.restartSSH, .cleanDisk, .start]))
    // The engine has remedied nothing that was not broken.
    #expect(fleet.trace.allSatisfy { $0.wasCalledFor })
    #expect(picture.recoveries.count == fleet.trace.count)
  }

  @Test("The picture is the same every time")
  func pictureIsReproducible() {
    let demo = DemoScenario(seed: 5)
    let one = play(demo, until: demo.startAt + .minutes(20)).0
    let other = play(demo, until: demo.startAt + .minutes(20)).0
    #expect(one.machines.map(\.status) == other.machines.map(\.status))
    #expect(one.machines.map(\.history) == other.machines.map(\.history))
    #expect(one.recoveries == other.recoveries && one.events == other.events)
  }
}
