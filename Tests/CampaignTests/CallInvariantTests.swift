import Autopilot
import FleetModel
import Testing

@testable import FaultCampaign

/// A good call that each test spoils in one way: no invariant may be one that cannot break.
@Suite("The harness bites: calls")
struct CallInvariantTests {
  static let now = CampaignPlan.defaultStart

  static func truth(_ faults: Set<TroubleKind> = [.hangs], power: PowerState = .running) -> Truth {
    Truth(
      power: power, faults: faults, isOffOnPurpose: false, isEvicted: false, isBooting: false, mayRestartForSSH: false)
  }

  static func good(_ remedy: Remedy = .restart, at now: Instant = Self.now, place: Int = 0) -> FleetCall {
    var call = FleetCall(
      number: 1, engine: 0, life: 1, intent: IntentID("i\(now.milliseconds)/\(place)"), place: place,
      machine: "vm-\(place)",
      remedy: remedy, at: now, monitorAt: now, notAfter: now + remedy.deadline, truth: truth(),
      probed: (now - .seconds(10), truth()), inspectedAt: now - .seconds(5), isSameIncarnation: true, recreatedAt: nil,
      outcome: .done, finishedAt: now + .minutes(1), landsAt: now + .minutes(1))
    call.badSince = now - .minutes(20)
    call.neighboursToAsk = 5
    call.neighboursAsked = 5
    call.circumstances.watched = 15
    call.circumstances.watchedInGroup = 5
    call.circumstances.policy = CampaignPlan.standardPolicy()
    return call
  }

  private func broken(
    _ call: FleetCall, previous: [FleetCall] = [], pause: OperatorPause? = nil
  ) -> Set<Invariant> {
    Set(CallInvariants.judge(call, previous: previous, pause: pause).map(\.invariant))
  }

  private func spoiled(_ remedy: Remedy = .restart, _ spoil: (inout FleetCall) -> Void) -> Set<Invariant> {
    var call = Self.good(remedy)
    spoil(&call)
    return broken(call)
  }

  @Test("a good call breaks nothing")
  func good() { #expect(broken(Self.good()).isEmpty) }

  @Test("a healthy machine restarted")
  func healthy() {
    #expect(
      spoiled {
        $0.truth = Self.truth([]); $0.probed = ($0.at - .seconds(10), Self.truth([]))
      } == [.healthyHurt])
  }

  @Test("a machine that was broken when it was looked at a moment ago is no harm")
  func race() { #expect(spoiled { $0.truth = Self.truth([]) }.isEmpty) }

  @Test("a machine whose path is cut, restarted")
  func path() {
    #expect(
      spoiled {
        $0.truth = Self.truth([.pathBlocked]); $0.probed = ($0.at - .seconds(10), Self.truth([.pathBlocked]))
      } == [.healthyHurt])
  }

  @Test("a mild rung in vain")
  func mild() { #expect(spoiled(.restartSSH) { _ in } == [.mildInVain]) }

  @Test("what a person turned off, started")
  func off() {
    var truth = Self.truth([], power: .stopped)
    truth.isOffOnPurpose = true
    #expect(
      spoiled(.start) {
        $0.truth = truth; $0.probed = ($0.at - .seconds(10), truth)
      } == [.offOnPurpose])
  }

  @Test("sent after its not-after, or with one that is too far away")
  func notAfter() {
    #expect(spoiled { $0.notAfter = $0.at - .seconds(1) } == [.notAfter])
    #expect(spoiled { $0.notAfter = $0.at + .hours(1) } == [.notAfter])
  }

  @Test("another machine of this name")
  func identity() {
    #expect(
      spoiled {
        $0.isSameIncarnation = false; $0.recreatedAt = $0.at - .minutes(5)
      } == [.identity])
  }

  @Test("old evidence, evidence from before the onset, no direct word, no neighbour asked")
  func evidence() {
    #expect(spoiled { $0.probed = ($0.at - .minutes(10), Self.truth()) } == [.staleEvidence])
    #expect(spoiled { $0.badSince = $0.at - .seconds(1) }.contains(.staleEvidence))
    #expect(spoiled { $0.inspectedAt = $0.at - .minutes(10) } == [.unconfirmed])
    #expect(spoiled { $0.neighboursAsked = 0 } == [.neighbours])
  }

  @Test("while blind, in a storm, unconfirmed")
  func circumstances() {
    #expect(spoiled { $0.circumstances.blindSince = $0.at - .minutes(5) } == [.blind])
    #expect(spoiled { $0.circumstances.down = 4 } == [.storm])
    #expect(spoiled { $0.circumstances.unconfirmedSince = $0.at - .minutes(5) } == [.unconfirmed])
  }

  @Test("after a veto, or with no word of the hook")
  func veto() {
    #expect(
      spoiled {
        $0.circumstances.hasPreHook = true; $0.circumstances.vetoedAt = $0.at - .seconds(3)
      } == [.veto])
    #expect(spoiled { $0.circumstances.hasPreHook = true } == [.veto])
  }

  @Test("before power_after, while booting, within boot_timeout of the last power rung")
  func timing() {
    #expect(
      spoiled {
        $0.badSince = $0.at - .minutes(4); $0.probed = ($0.at, Self.truth())
      }.contains(.powerAfter))
    #expect(spoiled { $0.truth.isBooting = true }.contains(.bootGrace))
    #expect(broken(Self.good(), previous: [Self.good(at: Self.now - .minutes(5))]) == [.bootGrace])
  }

  @Test("a host that others power-cycled a moment ago looks hung; in a cloud the operation is dated")
  func mendedByOthers() {
    func booting(isCloud: Bool, ago: Duration) -> Set<Invariant> {
      spoiled {
        $0.truth = Self.truth([]); $0.truth.isBooting = true; $0.probed = ($0.at - .seconds(10), $0.truth)
        $0.isCloud = isCloud; $0.mendedAt = $0.at - ago
      }
    }
    #expect(booting(isCloud: false, ago: .seconds(30)).isEmpty)
    #expect(booting(isCloud: false, ago: .minutes(11)) == [.healthyHurt, .bootGrace])
    #expect(booting(isCloud: true, ago: .seconds(30)) == [.healthyHurt, .bootGrace])
  }

  @Test("two at a time")
  func twice() {
    var first = Self.good(.restartNetwork, at: Self.now - .minutes(30))
    first.landsAt = Self.now + .minutes(10)
    #expect(broken(Self.good(), previous: [first]) == [.oneAtATime])
  }

  @Test("what policy forbids")
  func toggles() {
    #expect(spoiled { $0.circumstances.policy.healing.autoRestart = false } == [.toggle])
    #expect(spoiled { $0.circumstances.policy.healing.mode = .observe } == [.toggle])
    #expect(spoiled { $0.circumstances.policy.monitoring.enabled = false } == [.toggle])
    #expect(spoiled(.redeploy) { _ in } == [.toggle])
    #expect(spoiled { $0.isShielded = true } == [.toggle])
  }

  @Test("while paused; a rung that had begun goes on")
  func paused() {
    var pause = OperatorPause(
      places: [], from: Self.now - .minutes(5), until: Self.now + .hours(1), expiresAt: Self.now + .hours(1))
    let call = Self.good()
    #expect(broken(call, pause: pause) == [.paused])
    #expect(pause.forbids(call, intendedAt: Self.now - .minutes(1)))
    #expect(!pause.forbids(call, intendedAt: Self.now - .minutes(6)))
    // Its own end is by the monitor's clock, which was set forward.
    pause.expiresAt = Self.now
    #expect(!pause.forbids(call, intendedAt: Self.now))
  }

  @Test("lifting the fleet's pause lifts every other with it, and not the other way round")
  func lifted() {
    let call = Self.good()
    func forbids(_ places: [Int], lifted: [Int]) -> Bool {
      var pause = OperatorPause(
        places: places, from: Self.now - .minutes(5), until: .distantFuture, expiresAt: .distantFuture)
      pause.lift(lifted, at: Self.now - .minutes(1))
      return pause.forbids(call, intendedAt: Self.now)
    }
    #expect(!forbids([], lifted: []))
    #expect(!forbids([0], lifted: []))
    #expect(!forbids([0], lifted: [0, 1]))
    #expect(forbids([], lifted: [0]))
    #expect(forbids([0], lifted: [1]))
  }

  @Test("clean-up that takes what it must not touch")
  func spoiled() {
    #expect(
      spoiled(.cleanDisk) {
        $0.truth = Self.truth([.diskFull]); $0.probed = ($0.at - .seconds(10), $0.truth); $0.mount = "/"
        $0.spoiled = ["/var/tmp/dump-of-last-week"]
      } == [.cleanUp])
  }

  @Test("clean-up of another mount")
  func cleanUp() {
    #expect(
      spoiled(.cleanDisk) {
        $0.truth = Self.truth([.diskFull]); $0.probed = ($0.at - .seconds(10), $0.truth); $0.mount = "/boot"
      } == [.cleanUp])
  }
}

@Suite("The harness bites: budgets and the disk")
struct BudgetInvariantTests {
  private func call(_ place: Int, minute: Int, outcome: RemedyReport.Outcome = .done) -> FleetCall {
    var call = CallInvariantTests.good(at: CallInvariantTests.now + .minutes(minute), place: place)
    call.outcome = outcome
    return call
  }

  private func broken(_ calls: [FleetCall]) -> Set<Invariant> {
    // Each is verified a minute later.
    Set(BudgetInvariants.judge(calls, calls.map { settled($0, after: .minutes(1)) }).map(\.invariant))
  }

  private func settled(_ call: FleetCall, after span: Duration) -> SimulatedDisk.Write {
    var record = record(call)
    record.outcome = .verified(after: span)
    return SimulatedDisk.Write(at: call.at + span, record: record, isIntent: false)
  }

  private func record(_ call: FleetCall) -> RecoveryRecord {
    RecoveryRecord(
      id: call.intent, machine: MachineID("vm-\(call.place)"), machineName: call.machine, incarnation: "",
      incident: "i",
      diagnosis: .hung, remedy: call.remedy, initiator: .autopilot, issue: "", startedAt: call.at, attempt: 1)
  }

  @Test("two in an hour are allowed, three are not; busy ones do not count")
  func hour() {
    #expect(broken([call(0, minute: 0), call(1, minute: 20)]).isEmpty)
    #expect(broken([call(0, minute: 0), call(1, minute: 20), call(2, minute: 40)]) == [.hourly])
    #expect(broken([call(0, minute: 0), call(1, minute: 20, outcome: .busy("429")), call(2, minute: 40)]).isEmpty)
  }

  @Test("three in a day are allowed, four are not")
  func day() {
    let calls = (0..<4).map { call($0, minute: $0 * 120) }
    #expect(broken(Array(calls[..<3])).isEmpty)
    #expect(broken(calls) == [.daily])
  }

  @Test("one at a time until it is verified, not only until the operation ends")
  func concurrency() {
    let calls = [call(0, minute: 0), call(1, minute: 5)]
    let late = [settled(calls[0], after: .minutes(8)), settled(calls[1], after: .minutes(1))]
    #expect(Set(BudgetInvariants.judge(calls, late).map(\.invariant)) == [.concurrency])
  }

  @Test("more than max_attempts in one outage, more than six in a day")
  func attempts() {
    var calls = (0..<4).map { call(0, minute: $0 * 30) }
    for index in calls.indices { calls[index].troubledSince = CallInvariantTests.now - .minutes(10) }
    #expect(broken(calls).contains(.attempts))
    #expect(!broken(Array(calls[..<3])).contains(.attempts))
    #expect(broken((0..<7).map { call(0, minute: $0 * 120) }).contains(.attempts))
  }

  @Test("no intent, a late intent, and no outcome")
  func disk() {
    let call = call(0, minute: 0)
    var disk = SimulatedDisk()
    let end = call.at + .hours(4)
    #expect(DiskInvariants.judge([call], disk, end: end).map(\.invariant) == [.intentFirst])
    disk.write(intent: record(call), at: call.at - .seconds(1))
    #expect(DiskInvariants.judge([call], disk, end: end).map(\.invariant) == [.outcomeAfter])
    var done = record(call)
    done.outcome = .verified(after: .minutes(1))
    disk.append([.recovery(done)], at: call.at + .minutes(1), names: { _ in nil })
    #expect(DiskInvariants.judge([call], disk, end: end).isEmpty)
    var late = SimulatedDisk()
    late.write(intent: done, at: call.at + .seconds(1))
    #expect(DiskInvariants.judge([call], late, end: end).map(\.invariant) == [.intentFirst])
  }
}
