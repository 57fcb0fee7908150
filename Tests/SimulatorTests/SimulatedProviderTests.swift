import Autopilot
import FleetModel
import Testing

@testable import Simulator

@Suite("The simulated provider")
struct SimulatedProviderTests {
  @Test("Its answers are the world's, and come no sooner than the clock says", .timeLimit(.minutes(1)))
  func answersInTime() async throws {
    let stage = try Stage()
    let clock = ScaledClock(origin: midnight, speed: 2000)
    let provider = SimulatedProvider(world: stage.fleet, clock: clock).provider
    #expect(provider.kind == .simulated)
    #expect(try await provider.inventory.machines().count == 20)
    stage.inject(.sshHung, at: 0)
    let report = await provider.probe.probe(stage.machine, .full())
    #expect(report.ssh.value?.failure == .noBanner)
    #expect(clock.now() >= report.finishedAt && report.finishedAt - report.startedAt >= .seconds(15))
    let now = clock.now()
    let order = RemedyOrder(
      intent: IntentID("one"), machine: stage.machine, remedy: .restartSSH, bootID: nil,
      notAfter: now + .hours(2), request: .full())
    let remedy = await provider.control.perform(order)
    #expect(remedy.outcome == .done && clock.now() >= remedy.finishedAt)
    guard
      case .done(let findings) = await provider.control.look(
        at: stage.machine, LookOrder(sshPort: 22, timeout: .seconds(60))
      ).outcome
    else {
      Issue.record("no look")
      return
    }
    #expect(findings.localBanner == true)
    #expect(provider.control.effect(of: .restartSSH, on: stage.machine)?.contains("restart") == true)
    #expect(provider.control.effect(of: .redeploy, on: stage.machine) == nil)
  }

  @Test("A cancelled probe is the monitor's fault, never the machine's", .timeLimit(.minutes(1)))
  func cancelledProbe() async throws {
    let stage = try Stage()
    let provider = SimulatedProvider(world: stage.fleet, clock: ScaledClock(origin: midnight, speed: 0)).provider
    let machine = stage.machine
    let task = Task { await provider.probe.probe(machine, .full()) }
    task.cancel()
    let report = await task.value
    guard case .notMeasured(.monitor) = report.tcp, case .notMeasured(.monitor) = report.power else {
      Issue.record("\(report)")
      return
    }
  }
}
