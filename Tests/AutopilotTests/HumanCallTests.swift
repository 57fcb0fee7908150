import Autopilot
import FleetModel
import Testing

@Suite("Incidents that call a person, and how they end")
struct HumanCallTests {
  @Test("an incident whose attempts are used up calls a person at once, not after two hours")
  func attempts() {
    var rig = Rig(policy: { _, policy in policy.healing.maxAttempts = 1 })
    rig.run(.minutes(5))
    rig.world.change("a") {
      $0.hung = true
      $0.cures = false
    }
    rig.run(.minutes(50))
    #expect(rig.world.acts.map(\.remedy) == [.restart])
    #expect(rig.calls().count == 1)
    #expect(rig.calls().first?.contains("1 of 1 attempts") == true)
  }

  @Test("each long hold of one incident calls: the rung after the one that was tried is held anew")
  func heldTwice() {
    var rig = Rig()
    rig.run(.minutes(5))
    rig.world.change("a") {
      $0.hung = true
      $0.cures = false
    }
    for round in 1...2 {
      rig.driver.send(.command(CommandID(number: UInt64(2 * round)), .pause(.all, for: nil)))
      rig.run(.hours(5))
      #expect(rig.world.acts.count == round - 1)
      let calls = rig.driver.snapshot().events.filter { $0.text.hasPrefix("needs a human: held for 2 h by paused") }
      #expect(calls.count == round)
      rig.driver.send(.command(CommandID(number: UInt64(2 * round + 1)), .resume(.all)))
      for _ in 1...60 where rig.world.acts.count < round { rig.run(.minutes(1)) }
    }
    #expect(Set(rig.records("a").map(\.incident)).count == 1)
  }

  @Test("what a person tries in vain neither counts as a rung nor opens a ladder that has ended")
  func triedByHand() {
    var rig = Rig(policy: { _, policy in policy.healing.networkReset = false })
    rig.run(.minutes(5))
    rig.world.change("a") {
      $0.networkBroken = true
      $0.cures = false
    }
    rig.run(.minutes(10))
    #expect(rig.world.acts.isEmpty)
    #expect(rig.calls().count == 1)
    for outcome: RemedyReport.Outcome in [.done, .failed("it did not start"), .busy("one at a time"), .refused("no")] {
      rig.world.change("a") { $0.remedyOutcome = outcome }
      let before = rig.world.acts.count
      rig.driver.send(
        .command(
          CommandID(number: UInt64(before + 1)),
          .recover(ScriptedWorld.id("a"), remedy: .restartSSH, overriding: Guard.allCases)))
      rig.run(.hours(3))
      #expect(rig.world.acts.count == before + 1)
    }
    #expect(rig.world.acts.allSatisfy { $0.remedy == .restartSSH })
    #expect(rig.calls().count == 1)
  }

  @Test("a moment of health rearms nothing: bad again within 15 minutes, it still waits for a person")
  func wellForAMoment() {
    var rig = Rig(policy: { _, policy in policy.healing.maxAttempts = 1 })
    rig.run(.minutes(5))
    rig.world.change("a") {
      $0.ssh = .portRefused
      $0.cures = false
    }
    rig.run(.minutes(30))
    #expect(rig.calls().count == 1)
    rig.world.change("a") { $0.ssh = nil }
    rig.run(.minutes(8))
    rig.world.change("a") { $0.ssh = .portRefused }
    rig.run(.hours(1))
    #expect(rig.world.acts.count == 1)
    guard case .needsHuman? = rig.status("a")?.incident?.phase else {
      Issue.record("\(String(describing: rig.status("a")?.incident))")
      return
    }
  }

  @Test("what waited for a person and is well closes, though azlin starts anew meanwhile")
  func closesAfterRestart() {
    var rig = Rig(policy: { _, policy in policy.healing.maxAttempts = 1 })
    rig.run(.minutes(5))
    rig.world.change("a") {
      $0.ssh = .portRefused
      $0.cures = false
    }
    rig.run(.minutes(30))
    rig.world.change("a") { $0.ssh = nil }
    rig.run(.minutes(5))
    var next = Rig(rig.world, restored: rig.journal(), at: rig.driver.now)
    next.run(.minutes(20))
    #expect(next.status("a")?.incident == nil)
    #expect(next.status("a")?.verdict == .healthy)
  }

  @Test("an incident closes when a probe at the end of its 15 minutes says so too")
  func closing() throws {
    var rig = Rig(policy: { _, policy in policy.monitoring.interval = .minutes(5) })
    rig.run(.minutes(11))
    rig.world.change("a") { $0.ssh = .portRefused }
    for _ in 0..<3600 where rig.records("a").last?.outcome.success != true { rig.run(.seconds(1)) }
    // Bad again before the 15 minutes are over, and after the last probe in them.
    rig.run(.minutes(14) + .seconds(50))
    #expect(rig.status("a")?.incident != nil)
    rig.world.change("a") { $0.ssh = .portRefused }
    rig.run(.minutes(3))
    #expect(rig.records("a").first?.outcome == .relapsed)
    #expect(rig.records("a").count == 2 || rig.status("a")?.incident != nil)
  }
}
