import Autopilot
import FleetModel
import Testing

@Suite("Healing in virtual time")
struct HealingTests {
  @Test("a healthy fleet is probed on schedule and never touched")
  func healthy() {
    var rig = Rig()
    rig.run(.hours(3))
    #expect(rig.world.acts.isEmpty)
    #expect(rig.world.looks == 0)
    #expect(rig.status("a")?.verdict == .healthy)
    let probes = rig.world.probes(of: "a")
    #expect((180...182).contains(probes.count))
    // The grid never drifts: all planned starts are whole intervals apart.
    let gaps = Set(zip(probes.dropFirst(2), probes.dropFirst(1)).map { ($0 - $1).milliseconds })
    #expect(gaps == [60_000])
  }

  @Test("sshd down is looked at, restarted once, verified and held")
  func sshDown() {
    var rig = Rig()
    rig.run(.minutes(5))
    rig.world.change("a") { $0.ssh = .portRefused }
    rig.run(.minutes(5))
    #expect(rig.world.acts.map(\.remedy) == [.restartSSH])
    #expect(rig.world.looks == 1)
    guard case .verified(let after) = rig.records("a").last?.outcome else {
      Issue.record("not verified: \(String(describing: rig.records("a").last))")
      return
    }
    #expect(after < .seconds(15))
    #expect(rig.status("a")?.verdict == .healthy)
    rig.run(.minutes(20))
    #expect(rig.records("a").last?.outcome == .held(after: after))
    #expect(rig.status("a")?.incident == nil)
    #expect(rig.records("a").count == 1)
  }

  @Test("a machine powered off behind azlin's back is started after its neighbours were asked")
  func stopped() {
    var rig = Rig()
    rig.run(.minutes(5))
    rig.world.change("b") { $0.power = .stopped }
    rig.run(.minutes(6))
    #expect(rig.world.acts.map(\.remedy) == [.start])
    #expect(rig.records("b").last?.outcome.success == true)
  }

  @Test("a full disk is cleaned up, and the record says what came of it")
  func diskFull() {
    var rig = Rig()
    rig.run(.minutes(5))
    rig.world.change("c") { $0.diskPercent = 97 }
    rig.run(.minutes(10))
    #expect(rig.world.acts.map(\.remedy) == [.cleanDisk])
    #expect(rig.records("c").last?.detail == "disk usage reduced to 50 %")
  }

  @Test("a machine that was never reachable is a warning and gets no remedy")
  func neverReachable() {
    let world = ScriptedWorld(["a", "b", "c"].map { ScriptedWorld.machine($0) })
    world.change("a") { $0.reachable = false }
    var rig = Rig(world)
    rig.run(.hours(2))
    #expect(world.acts.isEmpty)
    #expect(rig.status("a")?.verdict == .warning)
    #expect(rig.status("a")?.reason.contains("not yet reachable") == true)
  }

  @Test("an engine that only observes touches nothing, and does not even look")
  func observing() {
    var rig = Rig(mode: .observing)
    rig.run(.minutes(5))
    rig.world.change("a") { $0.ssh = .portRefused }
    rig.world.change("b") { $0.power = .stopped }
    rig.world.change("c") { $0.diskPercent = 99 }
    rig.run(.hours(1))
    #expect(rig.world.acts.isEmpty)
    #expect(rig.world.looks == 0)
    #expect(rig.status("a")?.verdict == .critical)
    #expect(rig.status("b")?.verdict == .critical)
  }

  @Test("observe mode writes one would-have an incident")
  func observeMode() {
    var rig = Rig(policy: { _, policy in policy.healing.mode = .observe })
    rig.run(.minutes(5))
    rig.world.change("a") { $0.ssh = .portRefused }
    rig.run(.hours(2))
    #expect(rig.world.acts.isEmpty)
    #expect(rig.records("a").map(\.outcome) == [.wouldHave])
  }

  @Test("a soft finding that goes away again is never acted on")
  func blip() {
    var rig = Rig()
    rig.run(.minutes(5))
    rig.world.change("a") { $0.ssh = .portRefused }
    for _ in 0..<70 where rig.status("a")?.checks.first(where: { $0.kind == .ssh })?.streak != 2 {
      rig.run(.seconds(1))
    }
    #expect(rig.status("a")?.verdict == .healthy)
    #expect(rig.status("a")?.reason.contains("(2 of 3)") == true)
    rig.world.change("a") { $0.ssh = nil }
    rig.run(.hours(1))
    #expect(rig.world.acts.isEmpty)
  }

  @Test("a machine well again during the recovery delay is left alone")
  func recoveredByItself() {
    var rig = Rig(policy: { _, policy in policy.healing.recoveryDelay = .minutes(5) })
    rig.run(.minutes(5))
    rig.world.change("a") { $0.ssh = .portRefused }
    rig.run(.minutes(2) + .seconds(30))
    #expect(rig.status("a")?.verdict == .critical)
    rig.world.change("a") { $0.ssh = nil }
    rig.run(.hours(1))
    #expect(rig.world.acts.isEmpty)
    #expect(rig.status("a")?.incident == nil)
  }

  @Test("a remedy that does not help ends in a call for a human, exactly once")
  func remedyLies() {
    var rig = Rig()
    rig.run(.minutes(5))
    rig.world.change("a") {
      $0.ssh = .portRefused
      $0.cures = false
    }
    rig.run(.hours(3))
    #expect(rig.world.acts.map(\.remedy) == [.restartSSH])
    let calls = rig.driver.snapshot().events.filter { $0.text.hasPrefix("needs a human") }
    #expect(calls.count == 1)
    guard case .needsHuman = rig.status("a")?.incident?.phase else {
      Issue.record("phase is \(String(describing: rig.status("a")?.incident?.phase))")
      return
    }
  }

  @Test("a remedy whose fault comes back within 15 minutes counts as relapsed and keeps its attempts")
  func relapse() {
    var rig = Rig()
    rig.run(.minutes(5))
    for _ in 0..<5 {
      rig.world.change("a") { $0.ssh = .portRefused }
      rig.run(.minutes(10))
    }
    // Three attempts an incident, no more.
    #expect(rig.world.acts.count == 3)
    #expect(rig.records("a").filter { $0.outcome == .relapsed }.count == 3)
  }

  @Test("what fails on the monitor's side is never held against a machine")
  func monitorSide() {
    var rig = Rig()
    rig.run(.minutes(5))
    for name in ["a", "b", "c"] { rig.world.change(name) { $0.monitorFails = true } }
    rig.run(.hours(1))
    #expect(rig.world.acts.isEmpty)
    #expect(rig.status("a")?.verdict != .critical)
  }

  @Test("the whole fleet falling silent is the monitor's blindness or a shared cause: nothing is done")
  func allSilent() {
    var rig = Rig(["a", "b", "c", "d", "e", "f"])
    rig.run(.minutes(5))
    for name in ["a", "b", "c", "d", "e", "f"] { rig.world.change(name) { $0.reachable = false } }
    rig.run(.hours(1))
    #expect(rig.world.acts.isEmpty)
  }

  @Test("a path cut for one machine whose guest is well is an alert, not a remedy")
  func pathBlocked() {
    var rig = Rig()
    rig.run(.minutes(5))
    rig.world.change("a") { $0.reachable = false }
    rig.run(.minutes(10))
    #expect(rig.world.acts.isEmpty)
    #expect(rig.world.looks > 0)
    #expect(rig.status("a")?.diagnosis == .pathBlocked)
  }

  @Test("no more machines are power-acted at once than the budget allows")
  func powerBudget() {
    var rig = Rig(["a", "b", "c", "d", "e", "f", "g", "h"])
    rig.run(.minutes(5))
    for name in ["a", "b", "c", "d"] {
      rig.world.change(name) { $0.power = .stopped }
    }
    rig.run(.hours(5))
    let acted = rig.world.acts
    #expect(acted.count <= 3)
    for (first, second) in zip(acted, acted.dropFirst()) { #expect(second.at - first.at > .seconds(3)) }
  }
}
