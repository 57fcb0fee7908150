import Autopilot
import FleetModel
import Synchronization

/// A fleet whose every fact a test sets by hand, and which writes down all that was done to it.
final class ScriptedWorld: SimulatedWorld {
  struct Guest {
    var power = PowerState.running
    var reachable = true
    /// The look finds its link down.
    var networkBroken = false
    /// The kernel is stuck: nothing answers, inside or out.
    var hung = false
    /// nil: serving.
    var ssh: SSHFailure?
    var diskPercent: UInt64 = 40
    var bootID = "boot-1"
    var tellsPower = true
    /// The look answers.
    var runAnswers = true
    /// What each remedy does; nil: nothing changes.
    var cures = true
    /// A power cycle ends with the machine off.
    var staysOff = false
    var remedyOutcome = RemedyReport.Outcome.done
    /// How long it is silent after a restart.
    var bootTime = Duration.zero
    /// Silent until then.
    var backAt = Instant.distantPast
    /// What the platform's log says of a stop; nil: there is no log.
    var stop: StopReport.Reason?
    /// What the platform says when it is asked directly; power comes from the guest.
    var platform: PlatformReport?
    /// A monitor-side failure: nothing can be measured.
    var monitorFails = false
  }

  struct Act: Equatable {
    var machine: String
    var remedy: Remedy
    var at: Instant
  }

  private struct State {
    var guests: [MachineID: Guest] = [:]
    var machines: [VirtualMachine]
    var acts: [Act] = []
    var questions: [StopQuestion] = []
    var inspections: [(name: String, at: Instant)] = []
    var canaries: [String: Bool] = [:]
    var named: Set<String> = []
    var looks = 0
    var probes: [MachineID: [Instant]] = [:]
  }
  private let state: Mutex<State>

  init(_ machines: [VirtualMachine]) {
    state = Mutex(
      State(guests: Dictionary(uniqueKeysWithValues: machines.map { ($0.id, Guest()) }), machines: machines))
  }

  var acts: [Act] { state.withLock { $0.acts } }
  var questions: [StopQuestion] { state.withLock { $0.questions } }
  var inspections: [(name: String, at: Instant)] { state.withLock { $0.inspections } }
  func answer(canaries: [String: Bool], named: Set<String> = []) {
    state.withLock { ($0.canaries, $0.named) = (canaries, named) }
  }
  var looks: Int { state.withLock { $0.looks } }
  func probes(of name: String) -> [Instant] { state.withLock { $0.probes[Self.id(name)] ?? [] } }
  func change(_ name: String, _ body: (inout Guest) -> Void) {
    state.withLock { body(&$0.guests[Self.id(name), default: Guest()]) }
  }

  static func id(_ name: String) -> MachineID { MachineID("hosts/web/\(name)") }
  static func machine(
    _ name: String, abilities: ControlAbilities = [.power, .start, .stop, .restart, .run],
    provider: ProviderKind = .simulated
  ) -> VirtualMachine {
    VirtualMachine(
      id: id(name), name: name, group: "web", provider: provider, address: GuestAddress(host: name, port: 22),
      subnet: "10.0.0.0/24", abilities: abilities)
  }

  func machines(at now: Instant) -> [VirtualMachine] { state.withLock { $0.machines } }

  func probe(_ machine: VirtualMachine, _ request: ProbeRequest, at now: Instant) -> ProbeReport {
    state.withLock { state in
      state.probes[machine.id, default: []].append(now)
      return Self.report(state.guests[machine.id] ?? Guest(), request, at: now)
    }
  }

  private static func report(_ guest: Guest, _ request: ProbeRequest, at now: Instant) -> ProbeReport {
    let up = guest.power == .running && guest.reachable && !guest.networkBroken && !guest.hung && now >= guest.backAt
    var report = ProbeReport(
      startedAt: now, finishedAt: now + (up ? .milliseconds(20) : request.connectivityTimeout), path: "10.0.0.9")
    report.power = guest.tellsPower ? .value(guest.power) : .notApplicable("no status command")
    if guest.monitorFails {
      (report.echo, report.tcp) = (.notMeasured(.monitor("no route")), .notMeasured(.monitor("no route")))
      report.ssh = .notMeasured(.monitor("no route"))
      report.guest = .notMeasured(.monitor("no route"))
      return report
    }
    report.echo = .value(up ? .answered(latency: .milliseconds(3)) : .silent)
    let refused = guest.ssh == .portRefused
    report.tcp = .value(
      up ? (refused ? .refused(latency: .milliseconds(3)) : .answered(latency: .milliseconds(3))) : .silent)
    guard up else {
      report.ssh = .value(SSHRungs(reached: nil, failure: .portSilent))
      report.guest = .notMeasured(.lowerRungFailed("no answer"))
      return report
    }
    if let failure = guest.ssh {
      report.ssh = .value(SSHRungs(reached: refused ? nil : .port, failure: failure))
      report.guest = .notMeasured(.lowerRungFailed("no shell"))
      return report
    }
    report.ssh = .value(SSHRungs(reached: request.depth == .full ? .shell : .banner, banner: "SSH-2.0-test"))
    guard request.depth == .full else { return report }
    let ticks = UInt64(now.milliseconds / 10)
    report.guest = .value(
      GuestReport(
        bootID: guest.bootID, uptime: .seconds(1000),
        cpu: .value(CPUCounters(total: ticks, idle: ticks / 2, ioWait: 0)),
        memory: .value(MemoryUsage(total: 100, available: 60)),
        mounts: .value([
          MountUsage(path: "/", type: "ext4", used: guest.diskPercent, available: 100 - guest.diskPercent)
        ])))
    return report
  }

  func look(at machine: VirtualMachine, _ order: LookOrder, at now: Instant) -> LookReport {
    state.withLock { state in
      state.looks += 1
      let guest = state.guests[machine.id] ?? Guest()
      guard guest.runAnswers, !guest.hung, guest.power == .running else {
        return LookReport(finishedAt: now + order.timeout, outcome: .silent("timed out"))
      }
      let serving = guest.ssh == nil
      return LookReport(
        finishedAt: now + .seconds(1),
        outcome: .done(
          LookFindings(
            bootID: guest.bootID, linkUp: !guest.networkBroken, hasAddress: true, hasDefaultRoute: true,
            sshListening: serving,
            localBanner: serving, sshConfigurationValid: true)))
    }
  }

  func perform(_ order: RemedyOrder, at now: Instant) -> RemedyReport {
    state.withLock { state in
      state.acts.append(Act(machine: order.machine.name, remedy: order.remedy, at: now))
      var guest = state.guests[order.machine.id] ?? Guest()
      if guest.cures {
        switch order.remedy {
        case .restartSSH: guest.ssh = nil
        case .restartNetwork: guest.networkBroken = false
        case .cleanDisk: guest.diskPercent = 50
        case .start: guest.power = .running
        case .stop: guest.power = .stopped
        case .restart, .powerCycle:
          guest.power = .running
          (guest.hung, guest.networkBroken) = (false, false)
          guest.bootID += "+"
          guest.backAt = now + .seconds(3) + guest.bootTime
        default: break
        }
      }
      if order.remedy == .powerCycle, guest.staysOff { guest.power = .stopped }
      state.guests[order.machine.id] = guest
      return RemedyReport(finishedAt: now + .seconds(3), outcome: guest.remedyOutcome, action: order.remedy.title)
    }
  }

  func stopReason(of machine: VirtualMachine, _ question: StopQuestion, at now: Instant) -> StopReport {
    state.withLock { state in
      state.questions.append(question)
      let said = state.guests[machine.id]?.stop
      return StopReport(finishedAt: now + .seconds(1), reason: said ?? .notTold("there is no log"))
    }
  }

  func inspect(_ machine: VirtualMachine, _ order: InspectionOrder, at now: Instant) -> PlatformReport {
    state.withLock { state in
      state.inspections.append((machine.name, now))
      let guest = state.guests[machine.id] ?? Guest()
      var report = guest.platform ?? PlatformReport(askedAt: now, finishedAt: now)
      (report.askedAt, report.finishedAt) = (now, now + .milliseconds(300))
      if guest.tellsPower { report.power = .value(guest.power) }
      return report
    }
  }

  func canaries(at now: Instant) -> CanaryReport {
    state.withLock {
      CanaryReport(askedAt: now, finishedAt: now + .milliseconds(100), answered: $0.canaries, named: $0.named)
    }
  }

  func effect(of remedy: Remedy, on machine: VirtualMachine) -> String? { remedy.title }
}

/// An engine over a scripted world, enabled and healing unless a test says otherwise.
struct Rig {
  let world: ScriptedWorld
  var driver: VirtualTimeDriver

  static let start = Instant(milliseconds: 1_790_000_000_000)

  init(
    _ names: [String] = ["a", "b", "c", "d", "e"], mode: EngineStatus.Mode = .healing,
    restored: RestoredState = RestoredState(),
    hooks: @escaping @Sendable (HookOccasion, [HookRegistration], Instant) -> [HookRun] = { _, _, _ in [] },
    at start: Instant = Rig.start, policy change: (String, inout Policy) -> Void = { _, _ in }
  ) {
    let machines = names.map { ScriptedWorld.machine($0) }
    self.init(ScriptedWorld(machines), mode: mode, restored: restored, hooks: hooks, at: start, policy: change)
  }

  init(
    _ world: ScriptedWorld, mode: EngineStatus.Mode = .healing, restored: RestoredState = RestoredState(),
    hooks: @escaping @Sendable (HookOccasion, [HookRegistration], Instant) -> [HookRun] = { _, _, _ in [] },
    at start: Instant = Rig.start, policy change: (String, inout Policy) -> Void = { _, _ in }
  ) {
    self.world = world
    let engine = Engine(settings: EngineSettings(mode: mode, context: "test", seed: 1))
    driver = VirtualTimeDriver(engine: engine, world: world, startAt: start, keptCapacity: 100_000, hooks: hooks)
    let machines = world.machines(at: start)
    driver.send(.started(restored))
    driver.send(.inventory(machines, of: machines.first?.provider ?? .simulated))
    driver.send(.policies(Self.policies(machines, change)))
  }

  static func policies(
    _ machines: [VirtualMachine], _ change: (String, inout Policy) -> Void
  ) -> [MachineID: EffectivePolicy] {
    Dictionary(
      uniqueKeysWithValues: machines.map { machine in
        var policy = Policy()
        policy.monitoring.enabled = true
        policy.monitoring.interval = .seconds(60)
        change(machine.name, &policy)
        return (machine.id, EffectivePolicy(policy: policy))
      })
  }

  mutating func run(_ span: Duration) { driver.run(until: driver.now + span) }

  mutating func status(_ name: String) -> MachineStatus? { driver.snapshot().machine(ScriptedWorld.id(name))?.status }

  mutating func records(_ name: String) -> [RecoveryRecord] {
    driver.snapshot().recoveries.filter { $0.machineName == name }
  }

  /// What a person was called for.
  mutating func calls() -> [String] {
    driver.snapshot().events.filter { $0.text.hasPrefix("needs a human") && $0.severity == .critical }.map(\.text)
  }

  /// Everything a next engine would read from the journal, were this one killed now.
  func journal() -> RestoredState {
    var state = RestoredState()
    var memories: [MachineID: MachineMemory] = [:]
    var recoveries: [IntentID: RecoveryRecord] = [:]
    var order: [IntentID] = []
    for entry in driver.kept {
      switch entry {
      case .memory(let memory): memories[memory.machine] = memory
      case .fleet(let fleet): state.fleet = fleet
      case .recovery(let record):
        if recoveries.updateValue(record, forKey: record.id) == nil { order.append(record.id) }
      case .hookRun(let run): state.hookRuns.append(run)
      case .event, .sample, .status, .forget: break
      }
    }
    state.machines = Array(memories.values)
    state.recoveries = order.compactMap { recoveries[$0] }
    return state
  }
}
