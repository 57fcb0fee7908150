import FleetModel
import Testing

@testable import Autopilot

@Suite("Clean-ups that do not last, and attempts that are used up")
struct CleanUpTests {
  private func calls(_ rig: inout Rig) -> [String] {
    rig.driver.snapshot().events.filter { $0.text.hasPrefix("needs a human") && $0.severity == .critical }.map(\.text)
  }

  @Test("a clean-up that frees next to nothing calls a person at once, with what it found and how fast it fills")
  func futile() throws {
    var rig = Rig()
    // A point every 5 minutes.
    for percent in stride(from: UInt64(80), through: 97, by: 1) {
      rig.world.change("c") {
        $0.diskPercent = percent
        $0.cures = false
        $0.remedyOutcome = .failed("less than 2 points: freed 0 B on /: 97 % → 97 %; largest files: /srv/a 9 GiB")
      }
      rig.run(.minutes(5))
    }
    rig.run(.minutes(10))
    #expect(rig.world.acts.map(\.remedy) == [.cleanDisk])
    let call = try #require(calls(&rig).first)
    #expect(call.contains("largest files: /srv/a 9 GiB"))
    #expect(call.contains("; it fills by 11.") || call.contains("; it fills by 12."), "\(call)")
    rig.run(.hours(3))
    #expect(calls(&rig).count == 1)
    #expect(rig.world.acts.count == 1)
  }

  @Test("a disk that is full again within six hours of its clean-up is for a person")
  func fullAgain() throws {
    var rig = Rig()
    rig.run(.minutes(5))
    rig.world.change("c") { $0.diskPercent = 97 }
    rig.run(.hours(1))
    #expect(rig.world.acts.map(\.remedy) == [.cleanDisk])
    #expect(calls(&rig).isEmpty)
    rig.world.change("c") { $0.diskPercent = 97 }
    rig.run(.hours(1))
    #expect(rig.world.acts.count == 1)
    #expect(calls(&rig).count == 1)
    #expect(calls(&rig).first?.contains("full again after the clean-up of ") == true)
  }

  @Test("seven hours after a clean-up the next one is an ordinary one")
  func fullLater() {
    var rig = Rig()
    rig.run(.minutes(5))
    rig.world.change("c") { $0.diskPercent = 97 }
    rig.run(.hours(7))
    rig.world.change("c") { $0.diskPercent = 97 }
    rig.run(.hours(1))
    #expect(rig.world.acts.map(\.remedy) == [.cleanDisk, .cleanDisk])
    #expect(calls(&rig).isEmpty)
  }

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
    #expect(calls(&rig).count == 1)
    #expect(calls(&rig).first?.contains("1 of 1 attempts") == true)
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
    #expect(calls(&rig).count == 1)
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
    #expect(calls(&rig).count == 1)
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
    #expect(calls(&rig).count == 1)
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
    #expect(storm.down[a] == start + .hours(3))
    storm.note(a, isDown: false, isDark: false, at: start + .hours(5))
    #expect(storm.down.isEmpty)
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

  @Test("reads of an agent from before a boot do not call the machine silent after it")
  func agentAfterBoot() {
    var inquiry = Inquiry()
    let onset = Rig.start
    func read(_ minute: Int, _ word: AgentWord) {
      var report = PlatformReport(askedAt: onset + .minutes(minute), finishedAt: onset + .minutes(minute))
      report.agent = .value(word)
      inquiry.take(platform: report, onset: onset)
    }
    let old = AgentWord(isReady: true, at: onset - .minutes(3))
    read(1, old)
    read(3, old)
    #expect(inquiry.agent == .silent)
    read(5, AgentWord(isReady: false, at: nil))
    #expect(inquiry.agent == .notTold)
    read(6, old)
    #expect(inquiry.agent == .silentOnce)
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

@Suite("How fast a disk fills")
struct DiskFillRateTests {
  private func rate(_ percents: [Double?], every: Duration = .minutes(5)) -> Double? {
    var history = MetricHistory()
    for (n, percent) in percents.enumerated() {
      history.append(MetricSample(at: Instant(milliseconds: 0) + every * n, disk: percent))
    }
    return history.diskFillRate
  }

  @Test("it is measured since the disk last shrank, in points an hour")
  func since() throws {
    #expect(try abs(#require(rate([90, 50, 51, nil, 53])) - 12) < 0.01)
    #expect(try abs(#require(rate([40, 41, 40.8, 42])) - 8) < 0.01)
  }

  @Test("too short, not measured or not filling: there is none")
  func none() {
    #expect(rate([]) == nil)
    #expect(rate([50]) == nil)
    #expect(rate([50, 60]) == nil)
    #expect(rate([50, 50, 50, 50]) == nil)
    #expect(rate([nil, nil, nil]) == nil)
    #expect(rate([90, 80, 70, 60]) == nil)
  }
}
