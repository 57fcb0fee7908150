import Autopilot
import FleetModel
import Testing

@testable import Simulator

@Suite("Remedies do what they would do in reality")
struct RemedyTests {
  /// Which remedy mends which fault; all other pairs leave the fault as it is.
  static let cures: [(SimulatedFault, Set<Remedy>)] = [
    (.sshDown, [.restartSSH, .restart, .powerCycle]),
    (.sshHung, [.restartSSH, .restart, .powerCycle]),
    (.sshConfigBroken, []),
    (.networkDown, [.restartNetwork, .restart, .powerCycle]),
    (.pathBlocked, []),
    (.diskFull, [.cleanDisk]),
    (.diskFullLiveLog, []),
    (.memoryHigh, [.restart, .powerCycle]),
    (.cpuHigh, [.restart, .powerCycle]),
    (.stopped, [.start, .powerCycle]),
    (.hung, [.restart, .powerCycle]),
    (.hostKeyChanged, []),
    (.authRefused, []),
    (.subnetDown, []),
  ]

  @Test("Each remedy cures its faults and no others", arguments: cures)
  func cureTable(fault: SimulatedFault, curedBy: Set<Remedy>) throws {
    for remedy in SimulatedGuest.possible where remedy != .stop {
      let stage = try Stage()
      stage.inject(fault, at: 10)
      #expect(stage.truth(100)?.faults == [fault])
      _ = stage.perform(remedy, at: 100)
      let faults = try #require(stage.truth(700)?.faults)
      #expect(faults.contains(fault) == !curedBy.contains(remedy), "\(remedy.rawValue) on \(fault.rawValue)")
      if curedBy.contains(remedy) { #expect(stage.probe(701).isWell, "\(remedy.rawValue) on \(fault.rawValue)") }
    }
  }

  @Test("A broken configuration is refused with the words of sshd -t")
  func brokenConfiguration() throws {
    let stage = try Stage()
    stage.inject(.sshConfigBroken, at: 10)
    guard case .refused(let why) = stage.perform(.restartSSH, at: 20).outcome else {
      Issue.record("not refused")
      return
    }
    #expect(why.contains("sshd -t: /etc/ssh/sshd_config line"))
  }

  @Test("Clean-up says what it freed, and the disk agrees")
  func cleanUp() throws {
    let stage = try Stage()
    stage.inject(.diskFull, at: 10, level: 96.4)
    let before = try #require(stage.probe(11).fullest)
    let report = stage.perform(.cleanDisk, at: 20, mount: "/")
    #expect(report.outcome == .done)
    let end = seconds(report.finishedAt)
    let after = try #require(stage.probe(end + 1).guest.value?.mounts.value?.first)
    #expect(report.detail.hasPrefix("freed "))
    #expect(report.detail.contains("/var/tmp"))
    #expect(report.detail.hasSuffix("96 % → \(Int(after.percent)) %"), "\(report.detail), \(after.percent)")
    #expect(after.percent < before.percent - 20)
    #expect(after.percent > 15)
  }

  @Test("A live log cannot be cleaned away: less than 2 points, and its holder is named")
  func liveLog() throws {
    for seed in 1...12 {
      let stage = try Stage(seed: UInt64(seed), role: .db)
      stage.inject(.diskFullLiveLog, at: 10)
      let before = try #require(stage.probe(11).fullest)
      #expect(before.percent >= 95)
      let report = stage.perform(.cleanDisk, at: 20, mount: before.path)
      guard case .failed(let why) = report.outcome else {
        Issue.record("\(report)")
        continue
      }
      #expect(why.hasPrefix("less than 2 points: "))
      #expect(why.contains("held open by postgres"))
      let after = try #require(stage.probe(seconds(report.finishedAt) + 1).fullest)
      #expect(before.percent - after.percent < 2)
    }
  }

  @Test("A second clean-up finds nothing left")
  func secondCleanUp() throws {
    let stage = try Stage()
    _ = stage.perform(.cleanDisk, at: 20)
    let first = try #require(stage.probe(60).guest.value?.mounts.value?.first)
    _ = stage.perform(.cleanDisk, at: 100)
    let second = try #require(stage.probe(140).guest.value?.mounts.value?.first)
    #expect(first.percent - second.percent < 1)
  }

  @Test("A start comes up step by step within 20–90 s, as a new boot", arguments: 1...8)
  func start(seed: Int) throws {
    let stage = try Stage(seed: UInt64(seed))
    let old = try #require(stage.probe(0).guest.value).bootID
    stage.inject(.stopped, at: 10)
    #expect(stage.probe(15).power == .value(.stopped))
    let report = stage.perform(.start, at: 20)
    #expect(report.outcome == .done)
    var stages: [String] = []
    var upAt = 0.0
    for second in 21..<200 {
      let report = stage.probe(Double(second))
      let stage: String =
        if report.isWell {
          "shell"
        } else if report.ssh.value?.banner != nil {
          "banner"
        } else if report.tcp.value?.provesHostUp == true {
          "host"
        } else {
          report.power.value?.rawValue ?? "?"
        }
      if stages.last != stage { stages.append(stage) }
      if stage == "shell" {
        upAt = Double(second)
        break
      }
    }
    #expect(upAt - 20 >= 18 && upAt - 20 <= 92, "\(upAt - 20)")
    #expect(stages.suffix(5) == ["starting", "running", "host", "banner", "shell"], "\(stages)")
    let guest = try #require(stage.probe(upAt + 1).guest.value)
    #expect(guest.bootID != old)
    #expect(guest.uptime < .seconds(90))
    #expect(seconds(report.finishedAt) < upAt + 5)
  }

  @Test("On a healthy machine remedies do their ordinary harm")
  func healthyMachines() throws {
    let restarted = try Stage()
    let old = try #require(restarted.probe(0).guest.value).bootID
    _ = restarted.perform(.restart, at: 10)
    #expect(!restarted.probe(40).isWell)
    #expect(try #require(restarted.probe(200).guest.value).bootID != old)

    let network = try Stage()
    let report = network.perform(.restartNetwork, at: 10)
    #expect(network.probe(11).echo == .value(.silent))
    #expect(network.probe(seconds(report.finishedAt) + 1).isWell)

    let stopped = try Stage()
    let end = seconds(stopped.perform(.stop, at: 10).finishedAt)
    #expect(stopped.probe(end + 1).power == .value(.stopped))
    #expect(stopped.truth(end + 1)?.isOffOnPurpose == true)
    #expect(stopped.truth(end + 1)?.isBroken == false)

    let started = try Stage()
    let same = try #require(started.probe(0).guest.value).bootID
    #expect(started.perform(.start, at: 10).outcome == .done)
    #expect(started.probe(30).guest.value?.bootID == same)
  }

  @Test("Scripts do nothing in another boot or after their time, and reach no guest that is off or hung")
  func guards() throws {
    let stage = try Stage()
    stage.inject(.sshDown, at: 5)
    guard case .refused = stage.perform(.restartSSH, at: 10, bootID: "another").outcome else {
      Issue.record("done in another boot")
      return
    }
    guard case .refused = stage.perform(.restartSSH, at: 20, notAfter: .seconds(-1)).outcome else {
      Issue.record("done after its time")
      return
    }
    #expect(stage.truth(30)?.faults == [.sshDown])

    let hung = try Stage()
    hung.inject(.hung, at: 5)
    let report = hung.perform(.restartSSH, at: 10)
    guard case .unknown = report.outcome else { Issue.record("\(report.outcome)"); return }
    #expect(report.finishedAt == midnight + .seconds(10) + Remedy.restartSSH.deadline)

    let off = try Stage()
    off.inject(.stopped, at: 5)
    guard case .failed = off.perform(.restartSSH, at: 10).outcome else { Issue.record("ran on a stopped VM"); return }
    guard case .refused = off.perform(.restart, at: 20).outcome else { Issue.record("restarted while off"); return }
    guard case .refused = off.perform(.redeploy, at: 30).outcome else { Issue.record("redeployed"); return }
  }

  @Test("A second operation on a machine is busy until the first is done")
  func oneAtATime() throws {
    let stage = try Stage()
    let first = stage.perform(.restart, at: 10)
    guard case .busy = stage.perform(.restartSSH, at: 12).outcome else { Issue.record("both at once"); return }
    guard case .busy = stage.perform(.start, at: seconds(first.finishedAt) - 1).outcome else {
      Issue.record("both at once")
      return
    }
    #expect(stage.perform(.restartSSH, at: seconds(first.finishedAt) + 60).outcome == .done)
  }

  @Test("The trace knows what was true when a remedy came")
  func trace() throws {
    let stage = try Stage()
    stage.inject(.sshDown, at: 5)
    _ = stage.perform(.restartSSH, at: 10)
    _ = stage.perform(.restartSSH, at: 100)
    _ = stage.perform(.powerCycle, at: 200)
    let trace = stage.fleet.trace
    #expect(trace.map(\.remedy) == [.restartSSH, .restartSSH, .powerCycle])
    #expect(trace.map(\.wasCalledFor) == [true, false, false])
    #expect(trace.map(\.truth.faults) == [[.sshDown], [], []])
    #expect(trace.allSatisfy { $0.machine == stage.machine.id && $0.finishedAt > $0.at })
    #expect(stage.fleet.calls.remedies == 3)
  }

  @Test("Remedies fail, lie and go silent as often as asked")
  func temper() throws {
    var outcomes: [String: Int] = [:]
    var lies = 0
    let temper = RemedyTemper(failure: 0.2, lie: 0.2, silence: 0.1, busy: 0.1)
    for seed in 0..<400 {
      let stage = try Stage(seed: UInt64(seed), machines: 1, temper: temper)
      stage.inject(.sshDown, at: 5)
      let report = stage.perform(.restartSSH, at: 10)
      let isCured = stage.truth(400)?.faults == []
      switch report.outcome {
      case .done:
        outcomes["done", default: 0] += 1
        if !isCured { lies += 1 }
      case .failed:
        outcomes["failed", default: 0] += 1
        #expect(!isCured)
      case .unknown: outcomes["unknown", default: 0] += 1
      case .busy:
        outcomes["busy", default: 0] += 1
        #expect(!isCured)
      case .refused: Issue.record("refused")
      }
    }
    #expect((50...110).contains(outcomes["failed"] ?? 0), "\(outcomes)")
    #expect((50...110).contains(lies), "\(lies)")
    #expect((20...65).contains(outcomes["unknown"] ?? 0) && (20...65).contains(outcomes["busy"] ?? 0), "\(outcomes)")
  }
}
