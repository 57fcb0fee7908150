import FleetModel
import Testing

@testable import Autopilot

@Suite("What many machines suffer together")
struct SharedCauseTests {
  private static func count(_ counter: Counter) -> @Sendable (HookOccasion, [HookRegistration], Instant) -> [HookRun] {
    { occasion, _, _ in
      if occasion.event == .onFailure { _ = counter.next() }
      return []
    }
  }

  private func names(_ count: Int) -> [String] { (1...count).map { "m\($0)" } }

  @Test("three of four machines cut at once are one shared cause: one alert, one hook, nothing done")
  func sharedCause() {
    let told = Counter()
    var rig = Rig(
      names(4), hooks: Self.count(told),
      policy: { _, policy in policy.hooks[.onFailure] = [HookRegistration(path: "/hooks/tell")] })
    rig.run(.minutes(5))
    for name in ["m1", "m2", "m3"] {
      rig.world.change(name) {
        $0.reachable = false
        $0.runAnswers = false
      }
    }
    rig.run(.hours(1))
    #expect(rig.world.acts.isEmpty)
    #expect(told.value == 1)
    let alerts = rig.driver.snapshot().events.filter { $0.text.hasPrefix("shared cause") || $0.text.hasPrefix("storm") }
    #expect(alerts.count == 2)
    #expect(alerts.count { $0.severity == .critical } == 1)
    #expect(rig.status("m1")?.diagnosis == .sharedCause)
  }

  @Test("a monitor that loses its own link is blind: one alert, one hook, nothing done, and it sees again")
  func blind() {
    let told = Counter()
    var rig = Rig(
      names(6), hooks: Self.count(told),
      policy: { _, policy in policy.hooks[.onFailure] = [HookRegistration(path: "/hooks/tell")] })
    rig.world.answer(canaries: ["gateway 10.0.0.1": true])
    rig.run(.minutes(5))
    // Canaries are learned when they are first asked: here by a machine that is cut alone.
    rig.world.change("m1") { $0.reachable = false }
    rig.run(.minutes(5))
    rig.world.change("m1") { $0.reachable = true }
    rig.run(.minutes(30))
    let before = told.value
    rig.world.answer(canaries: ["gateway 10.0.0.1": false])
    for name in names(6) {
      rig.world.change(name) {
        $0.reachable = false
        $0.runAnswers = false
      }
    }
    rig.run(.hours(1))
    #expect(rig.world.acts.isEmpty)
    #expect(rig.driver.snapshot().events.filter { $0.text.hasPrefix("monitor blind") }.count == 1)
    #expect(told.value - before <= 1)
    rig.world.answer(canaries: ["gateway 10.0.0.1": true])
    for name in names(6) {
      rig.world.change(name) {
        $0.reachable = true; $0.runAnswers = true
      }
    }
    rig.run(.minutes(30))
    #expect(rig.driver.snapshot().events.filter { $0.text.hasPrefix("the monitor sees again") }.count == 1)
    #expect(rig.status("m3")?.verdict == .healthy)
    #expect(rig.world.acts.isEmpty)
  }

  @Test("a silent fleet under a gateway that answers is no blindness: somebody's subnet is down")
  func subnetDown() {
    var rig = Rig(names(6))
    rig.world.answer(canaries: ["gateway 10.0.0.1": true])
    rig.run(.minutes(5))
    for name in names(6) {
      rig.world.change(name) {
        $0.reachable = false
        $0.runAnswers = false
      }
    }
    rig.run(.hours(1))
    #expect(rig.world.acts.isEmpty)
    #expect(rig.driver.snapshot().events.allSatisfy { !$0.text.hasPrefix("monitor blind") })
    #expect(rig.status("m2")?.diagnosis == .sharedCause)
  }

  @Test("a storm holds power remedies back, and ends five minutes after it is below its line")
  func storm() {
    var rig = Rig(names(20))
    rig.run(.minutes(5))
    for name in names(6) { rig.world.change(name) { $0.power = .stopped } }
    rig.run(.minutes(3))
    let storms = rig.driver.snapshot().events.filter { $0.text.hasPrefix("storm") }
    #expect(storms.count == 1)
    let acts = rig.world.acts.count
    rig.run(.minutes(20))
    #expect(rig.world.acts.count == acts)
    for name in ["m1", "m2", "m3", "m4"] { rig.world.change(name) { $0.power = .running } }
    rig.run(.minutes(20))
    #expect(rig.driver.snapshot().events.contains { $0.text.hasPrefix("the storm is over") })
    rig.run(.hours(1))
    #expect(rig.world.acts.count > acts)
    #expect(rig.status("m6")?.verdict == .healthy)
  }

  @Test("a remedy that fails on three machines alike is held for all of them")
  func failsAlike() {
    var rig = Rig(names(40))
    rig.run(.minutes(5))
    for name in names(5) {
      rig.world.change(name) {
        $0.ssh = .portRefused
        $0.cures = false
        $0.remedyOutcome = .failed("unit ssh.service not found")
      }
      rig.run(.minutes(2))
    }
    rig.run(.minutes(6))
    #expect(rig.world.acts.count == 3)
    #expect(rig.driver.snapshot().events.contains { $0.text.contains("failed on 3 machines alike") })
  }

  @Test(
    "a machine that was ill for hours and falls silent now is news to the storm; one that just went down is one onset")
  func silentNow() {
    var storm = StormWatch()
    let (a, start) = (MachineID("a"), Rig.start)
    storm.note(a, isDown: true, isDark: false, at: start)
    storm.note(a, isDown: true, isDark: true, at: start + .minutes(1))
    #expect(storm.onsets.count == 1)
    storm.note(a, isDown: true, isDark: false, at: start + .minutes(5))
    storm.note(a, isDown: true, isDark: true, at: start + .hours(3))
    storm.note(a, isDown: true, isDark: true, at: start + .hours(4))
    #expect(storm.onsets == [start, start + .hours(3)])
    #expect(storm.down[a]?.since == start + .hours(3))
    storm.note(a, isDown: false, isDark: false, at: start + .hours(5))
    #expect(storm.down.isEmpty)
  }
}
