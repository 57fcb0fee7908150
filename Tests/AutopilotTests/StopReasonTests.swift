import Autopilot
import FleetModel
import Testing

@Suite("A machine that is off, where a log knows who turned it off")
struct StopReasonTests {
  /// Five machines of Azure, healthy for five minutes; then one is off.
  private func rig(_ reason: StopReport.Reason?) -> Rig {
    let names = ["a", "b", "c", "d", "e"]
    var rig = Rig(ScriptedWorld(names.map { ScriptedWorld.machine($0, provider: .azure) }))
    rig.run(.minutes(5))
    rig.world.change("a") {
      $0.power = .stopped
      $0.stop = reason
    }
    return rig
  }

  @Test("is started when the log names nobody")
  func nobody() {
    var rig = rig(.nobody("the Activity Log names nobody"))
    rig.run(.minutes(6))
    #expect(rig.world.acts.map(\.remedy) == [.start])
    #expect(rig.records("a").last?.outcome.success == true)
  }

  @Test("is left alone when a person turned it off, and says who")
  func asked() {
    var rig = rig(.asked(by: "ops@contoso.example"))
    rig.run(.hours(3))
    #expect(rig.world.acts.isEmpty)
    #expect(rig.status("a")?.verdict == .off)
    #expect(rig.status("a")?.reason == "turned off by ops@contoso.example")
    #expect(rig.status("a")?.incident == nil)
    #expect(rig.world.questions.count == 1)
    // Running again, whoever did that, it is watched as before.
    rig.world.change("a") { $0.power = .running }
    rig.run(.minutes(3))
    #expect(rig.status("a")?.verdict == .healthy)
  }

  @Test("waits while the log may be behind, and is asked about again when it need not be any more")
  func pending() {
    var rig = rig(nil)
    let readable = rig.driver.now + .minutes(20)
    rig.world.change("a") { $0.stop = .pending("the log may be behind", until: readable) }
    rig.run(.minutes(19))
    #expect(rig.world.acts.isEmpty)
    #expect(rig.status("a")?.verdict == .critical)
    rig.world.change("a") { $0.stop = .nobody("the Activity Log names nobody") }
    rig.run(.minutes(4))
    #expect(rig.world.acts.map(\.remedy) == [.start])
    #expect(rig.world.acts.first.map { $0.at >= readable } == true)
  }

  @Test("is never started where the log cannot be read, or the platform heals it itself")
  func untold() {
    for reason in [StopReport.Reason.notTold("403"), .platform("host fault")] {
      var rig = rig(reason)
      rig.run(.hours(3))
      #expect(rig.world.acts.isEmpty)
      #expect(rig.status("a")?.verdict == .critical)
    }
  }

  @Test("is told since when it is off, when it last ran, and when azlin itself acted on its power")
  func question() throws {
    var rig = rig(.nobody("the Activity Log names nobody"))
    let off = rig.driver.now
    rig.run(.minutes(6))
    rig.world.change("a") { $0.power = .stopped }
    rig.run(.hours(30))
    let first = try #require(rig.world.questions.first)
    #expect(first.offSince >= off && first.offSince < off + .minutes(2))
    #expect(first.runningAt.map { $0 < off } == true)
    #expect(first.ours.isEmpty)
    let later = try #require(rig.world.questions.last)
    #expect(later.ours.count >= 1)
    #expect(later.isOurs(rig.world.acts[0].at + .seconds(2)))
    #expect(!later.isOurs(off - .minutes(5)))
  }

  @Test("a deallocated Spot machine may have been evicted: always-start does not start it against start_evicted")
  func spotAlways() {
    for spot in [false, true] {
      var machine = ScriptedWorld.machine("a")
      machine.traits = MachineTraits(isSpot: spot)
      var rig = Rig(
        ScriptedWorld([machine, ScriptedWorld.machine("b"), ScriptedWorld.machine("c")]),
        policy: { _, policy in policy.healing.startStopped = .always })
      rig.run(.minutes(5))
      rig.world.change("a") { $0.power = .deallocated }
      rig.run(.hours(1))
      #expect(rig.world.acts.map(\.remedy) == (spot ? [] : [.start]))
    }
  }

  @Test("a machine that azlin turned off for its operator is no finding")
  func turnedOff() {
    var rig = Rig()
    rig.run(.minutes(5))
    rig.driver.send(
      .command(CommandID(number: 1), .recover(ScriptedWorld.id("a"), remedy: .stop, overriding: Guard.allCases)))
    rig.run(.hours(1))
    #expect(rig.world.acts.map(\.remedy) == [.stop])
    let events = rig.driver.snapshot().events.filter { $0.severity == .critical }
    #expect(events.isEmpty, "\(events.map(\.text))")
  }
}
