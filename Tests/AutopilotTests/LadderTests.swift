import Autopilot
import FleetModel
import Testing

@Suite("Ladders of machines that nobody reaches")
struct LadderTests {
  /// A fleet in which one machine may be power-acted, all of it asked every minute.
  private func rig(_ policy: @escaping (inout Policy) -> Void = { _ in }) -> Rig {
    var rig = Rig(policy: { _, it in policy(&it) })
    rig.run(.minutes(5))
    return rig
  }

  @Test("a hung machine is restarted once its outage is power_after old, and not before")
  func hung() throws {
    var rig = rig()
    let began = rig.driver.now
    rig.world.change("a") { $0.hung = true }
    rig.run(.minutes(9))
    #expect(rig.world.acts.map(\.remedy) == [.restart])
    let first = try #require(rig.world.acts.first)
    #expect(first.at - began >= .minutes(5))
    #expect(rig.records("a").last?.diagnosis == .hung)
    #expect(rig.records("a").last?.outcome.success == true)
    #expect(rig.status("a")?.verdict == .healthy)
  }

  @Test("a hung machine that a restart does not bring back is power-cycled, and no sooner than boot_timeout")
  func hungTwice() throws {
    var rig = rig()
    rig.world.change("a") {
      $0.hung = true
      $0.cures = false
    }
    rig.run(.hours(2))
    #expect(rig.world.acts.map(\.remedy) == [.restart, .powerCycle])
    let acts = rig.world.acts
    #expect(acts[1].at - acts[0].at >= .minutes(10))
    #expect(rig.driver.snapshot().events.count { $0.text.hasPrefix("needs a human") } == 1)
  }

  @Test("one silent look is not enough to call a machine hung; an answer in between begins anew")
  func silentOnce() {
    var rig = rig()
    rig.world.change("a") {
      $0.reachable = false
      $0.runAnswers = false
    }
    for _ in 0..<180 where rig.world.looks < 1 { rig.run(.seconds(1)) }
    rig.run(.seconds(61))
    rig.world.change("a") { $0.runAnswers = true }
    rig.run(.hours(1))
    #expect(rig.world.acts.isEmpty)
    #expect(rig.status("a")?.diagnosis == .pathBlocked)
  }

  @Test("a guest that has lost its network gets its network service restarted, and only that without Azure")
  func networkDown() {
    var rig = rig()
    rig.world.change("b") { $0.networkBroken = true }
    rig.run(.minutes(4))
    #expect(rig.world.acts.map(\.remedy) == [.restartNetwork])
    #expect(rig.records("b").last?.outcome.success == true)
    rig.world.change("c") {
      $0.networkBroken = true
      $0.cures = false
    }
    rig.run(.hours(2))
    #expect(rig.world.acts.map(\.remedy) == [.restartNetwork, .restartNetwork])
  }

  @Test("a fleet of one whose path is cut is never power-acted, whatever its guest agent says")
  func fleetOfOne() {
    var rig = Rig(["a"])
    rig.run(.minutes(5))
    rig.world.change("a") { $0.hung = true }
    rig.run(.hours(3))
    #expect(rig.world.acts.isEmpty)
    #expect(rig.driver.snapshot().events.contains { $0.text.hasPrefix("needs a human: held for 2 h") })
  }

  @Test("a canary that the operator named is a witness for a fleet of one; the gateway is none")
  func namedCanary() {
    for (named, acts) in [(false, 0), (true, 1)] {
      var rig = Rig(["a"])
      rig.world.answer(
        canaries: ["gateway 10.0.0.1": true, "jump.example": true], named: named ? ["jump.example"] : [])
      rig.run(.minutes(5))
      rig.world.change("a") { $0.hung = true }
      rig.run(.minutes(12))
      #expect(rig.world.acts.count == acts)
    }
  }

  @Test("sshd that does not come back by its restart is a person's, unless policy allows a restart of the VM")
  func restartForSSH() {
    for allowed in [false, true] {
      var rig = rig { $0.healing.allowRestartForSSH = allowed }
      rig.world.change("a") { $0.ssh = .portRefused }
      rig.world.change("a") { $0.cures = false }
      rig.run(.hours(1))
      #expect(rig.world.acts.map(\.remedy) == (allowed ? [.restartSSH, .restart] : [.restartSSH]))
    }
  }

  @Test("a machine whose power nobody tells is never power-acted")
  func untoldPower() {
    var rig = rig()
    rig.world.change("a") {
      $0.hung = true
      $0.tellsPower = false
    }
    rig.run(.hours(1))
    #expect(rig.world.acts.isEmpty)
  }

  @Test("a hard power-off whose start failed is started again, whatever else holds remedies back")
  func owedStart() throws {
    var rig = rig()
    rig.world.change("a") {
      $0.hung = true
      $0.cures = false
      $0.staysOff = true
    }
    for _ in 0..<3600 where !rig.world.acts.contains(where: { $0.remedy == .powerCycle }) { rig.run(.seconds(1)) }
    rig.world.change("a") { $0.cures = true }
    rig.driver.send(.command(CommandID(number: 1), .pause(.all, for: nil)))
    rig.run(.minutes(30))
    #expect(rig.world.acts.map(\.remedy) == [.restart, .powerCycle, .start])
  }

  @Test(
    "an owed start whose fate is not known is not sent again before the platform says that it has ended",
    arguments: [true, false])
  func owedStartUnknown(_ hasPlatform: Bool) {
    var rig = poweredOff(hasPlatform: hasPlatform)
    func platform(_ state: String) -> PlatformReport? {
      guard hasPlatform else { return nil }
      var report = PlatformReport(askedAt: .distantPast, finishedAt: .distantPast)
      report.provisioning = .value(ProvisioningWord(state: state, at: state == "updating" ? nil : rig.driver.now))
      return report
    }
    let updating = platform("updating")
    rig.world.change("a") {
      $0.remedyOutcome = .unknown("still under way at its deadline")
      $0.platform = updating
    }
    rig.run(.minutes(30))
    let starts = rig.world.acts.count { $0.remedy == .start }
    // A host has nobody to ask: it is told to start again.
    #expect(hasPlatform ? starts == 1 : starts > 1)
    let ended = platform("failed")
    rig.world.change("a") {
      ($0.remedyOutcome, $0.cures, $0.hung) = (.done, true, false)
      $0.platform = ended
    }
    rig.run(.minutes(30))
    #expect(rig.status("a")?.verdict == .healthy)
    #expect(rig.world.acts.count { $0.remedy == .start } > starts || !hasPlatform)
  }

  /// A fleet, one machine of which azlin has just powered off.
  private func poweredOff(hasPlatform: Bool) -> Rig {
    let abilities: ControlAbilities = [.power, .start, .stop, .restart, .run]
    var rig = Rig(
      ScriptedWorld(
        ["a", "b", "c", "d"].map {
          ScriptedWorld.machine($0, abilities: hasPlatform ? abilities.union(.reapply) : abilities)
        }))
    rig.run(.minutes(5))
    rig.world.change("a") {
      $0.hung = true
      $0.cures = false
      $0.staysOff = true
    }
    for _ in 0..<3600 where !rig.world.acts.contains(where: { $0.remedy == .powerCycle }) { rig.run(.seconds(1)) }
    rig.run(.seconds(10))
    return rig
  }

  /// The same on a platform, and what became of its start is not known.
  private func halfCycled() -> Rig {
    var rig = poweredOff(hasPlatform: true)
    rig.world.change("a") { $0.remedyOutcome = .unknown("the connection was lost") }
    for _ in 0..<3600 where !rig.world.acts.contains(where: { $0.remedy == .start }) { rig.run(.seconds(1)) }
    return rig
  }

  @Test("an owed start that was lost is sent again after a quarter of an hour, also when a person has been called")
  func owedStartLost() {
    for isHopeless in [false, true] {
      var rig = halfCycled()
      if isHopeless {
        rig.world.change("a") { $0.remedyOutcome = .failed("AllocationFailed") }
        rig.run(.minutes(30))
        rig.world.change("a") { $0.remedyOutcome = .unknown("the connection was lost") }
        rig.run(.minutes(10))
      }
      let before = rig.world.acts.count
      rig.run(.minutes(20))
      #expect(rig.world.acts.count - before == 1)
      #expect(rig.world.acts.last?.remedy == .start)
    }
  }

  @Test("an owed start that was seen to work is owed no more: who stops the machine later is left alone")
  func owedStartSeen() {
    var rig = halfCycled()
    rig.world.change("a") {
      ($0.power, $0.hung, $0.cures) = (.running, false, true)
      $0.remedyOutcome = .done
    }
    rig.run(.minutes(30))
    #expect(rig.status("a")?.verdict == .healthy)
    let before = rig.world.acts
    rig.world.change("a") {
      $0.power = .stopped
      $0.stop = .asked(by: "jo@x")
    }
    rig.run(.hours(3))
    #expect(rig.world.acts == before)
  }

  @Test("a machine that nobody watches gets the start that an operator's power cycle owes it")
  func owedStartUnwatched() {
    var rig = Rig(policy: { name, policy in policy.monitoring.enabled = name != "a" })
    rig.run(.minutes(5))
    rig.world.change("a") {
      $0.staysOff = true
      $0.cures = false
      $0.remedyOutcome = .failed("it was told to power off, and its start was not accepted")
    }
    rig.driver.send(
      .command(CommandID(number: 1), .recover(ScriptedWorld.id("a"), remedy: .powerCycle, overriding: Guard.allCases)))
    rig.run(.seconds(20))
    // The first start comes to nothing.
    #expect(rig.world.acts.map(\.remedy) == [.powerCycle, .start])
    rig.world.change("a") {
      $0.cures = true
      $0.remedyOutcome = .done
    }
    rig.run(.minutes(10))
    #expect(rig.world.acts.map(\.remedy) == [.powerCycle, .start, .start])
    let probes = rig.world.probes(of: "a").count
    rig.run(.hours(1))
    #expect(rig.world.probes(of: "a").count == probes)
  }

  @Test("an owed start survives the death of azlin")
  func owedStartAfterDeath() {
    var rig = rig()
    rig.world.change("a") {
      $0.hung = true
      $0.cures = false
      $0.staysOff = true
    }
    for _ in 0..<3600 where !rig.world.acts.contains(where: { $0.remedy == .powerCycle }) { rig.run(.seconds(1)) }
    let (world, journal, now) = (rig.world, rig.journal(), rig.driver.now)
    world.change("a") {
      $0.cures = true
      $0.hung = false
      $0.staysOff = false
    }
    var next = Rig(world, restored: journal, at: now + .minutes(1))
    next.run(.minutes(20))
    #expect(world.acts.map(\.remedy) == [.restart, .powerCycle, .start])
    #expect(next.status("a")?.verdict == .healthy)
  }

  @Test("an operator's stop cancels an owed start")
  func cancelled() {
    var rig = rig()
    rig.world.change("a") {
      $0.hung = true
      $0.cures = false
      $0.staysOff = true
    }
    for _ in 0..<3600 where !rig.world.acts.contains(where: { $0.remedy == .powerCycle }) { rig.run(.seconds(1)) }
    rig.world.change("a") { $0.power = .running }
    rig.run(.seconds(4))
    rig.driver.send(
      .command(CommandID(number: 1), .recover(ScriptedWorld.id("a"), remedy: .stop, overriding: Guard.allCases)))
    rig.world.change("a") { $0.cures = true }
    rig.run(.hours(2))
    #expect(!rig.world.acts.contains { $0.remedy == .start })
  }
}
