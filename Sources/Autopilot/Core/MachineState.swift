import FleetModel

/// What the engine knows of one machine between events.
struct MachineState: Sendable {
  var machine: VirtualMachine
  private(set) var policy: EffectivePolicy
  /// The checks in force.
  private(set) var checks: CheckSet
  /// What a probe is asked for: figures come with the same round trip as ssh and disk; they are shown even where the
  /// level does not judge them.
  private var wanted: Set<CheckKind>
  var memory: MachineMemory { didSet { isMemoryKept = false } }
  /// Whether the journal holds `memory` as it is.
  var isMemoryKept = true
  var schedule: Schedule
  /// A re-check is due then; nil: none.
  var recheckAt: Instant?
  var probing: ProbeInFlight?
  /// A probe asked for while another was under way.
  var wantedDepth: ProbeRequest.Depth?
  var tracks = CheckTable<CheckTrack>()
  var readings = MachineReadings()
  var history = MetricHistory()
  var counters: (cpu: CPUCounters, bootID: String)?
  /// When the last probe began and ended.
  var lastReport: (startedAt: Instant, finishedAt: Instant)?
  /// What the last probe said of each check.
  var results = CheckTable<CheckResult>()
  /// The last report over which all checks of the policy were made.
  var lastFullProbe: Instant?
  /// When it was first seen off.
  var offSince: Instant?
  /// When the present outage of reachability began.
  var outageSince: Instant?
  var climb = Climb()
  var hookRuns: [HookRunKey: HookRun] = [:]
  /// Someone or something changed the machine: power remedies wait (semantics 6.6).
  var settlingUntil: Instant?
  /// When the engine must look at this machine next without any other event.
  var wakeAt: Instant?
  var cached: MachineSnapshot?

  struct ProbeInFlight: Sendable {
    var ticket: Ticket
    var depth: ProbeRequest.Depth
    var isScheduled: Bool
    var startedAt: Instant
  }

  struct HookRunKey: Hashable, Sendable {
    var event: HookEvent
    var path: String
  }

  init(machine: VirtualMachine, memory: MachineMemory, now: Instant, spread: Duration) {
    self.machine = machine
    self.memory = memory
    policy = EffectivePolicy()
    checks = CheckSet([])
    wanted = []
    schedule = Schedule(id: machine.id, interval: policy.policy.monitoring.interval, now: now, spread: spread)
    set(policy: policy)
  }

  mutating func set(policy new: EffectivePolicy) {
    policy = new
    wanted = new.policy.monitoring.checks.union([.power])
    checks = CheckSet(wanted)
    if !wanted.isDisjoint(with: [.ssh, .disk, .memory, .cpu, .iowait]) {
      wanted.formUnion([.disk, .memory, .cpu, .iowait])
    }
    for kind in CheckKind.ordered where !checks.contains(kind) {
      tracks[kind] = nil
      results[kind] = nil
    }
  }

  var id: MachineID { machine.id }

  /// Probed at all (semantics 1.3): enabled; hosts of an inventory are, unless a file says otherwise.
  var isWatched: Bool { policy.policy.monitoring.enabled }

  /// Stopped through azlin or by somebody else, never seen running, or deallocated: nothing that happens to a machine by itself ends so
  /// (semantics 4 row 2, 5.6).
  var isOffOnPurpose: Bool {
    memory.stoppedByOperatorAt != nil || memory.stoppedBy != nil || memory.seenRunningAt == nil
      || readings.power.value == .deallocated
  }

  /// Whether a log knows who turns this machine off: without its word nobody may start it (semantics 4 row 5).
  var hasActivityLog: Bool { machine.provider == .azure }

  /// Off, and azlin is not to change that.
  var isIntendedOff: Bool {
    readings.power.value?.isOff == true && isOffOnPurpose && policy.policy.healing.startStopped != .always
  }

  /// When the engine must look at this machine again without any other event; nil: never.
  var nextDeadline: Instant? {
    guard isWatched, probing == nil else { return climb.deadline }
    return min(climb.deadline ?? .distantFuture, schedule.next, recheckAt ?? .distantFuture)
  }

  /// The reason of the worst level in force, for logs and hooks.
  var worstReason: String {
    var worst: CheckKind?
    for kind in CheckKind.ordered where checks.contains(kind) && results[kind]?.participates ?? false {
      if worst.map({ track(kind).hard > track($0).hard }) ?? true { worst = kind }
    }
    return worst.map { track($0).reason } ?? ""
  }

  func track(_ kind: CheckKind) -> CheckTrack { tracks[kind] ?? CheckTrack() }

  /// The worst level in force among checks that take part.
  var worstHard: Severity {
    var worst = Severity.healthy
    for kind in CheckKind.ordered where checks.contains(kind) && results[kind]?.participates ?? true {
      if let track = tracks[kind] { worst = max(worst, track.hard) }
    }
    return worst
  }

  /// Every check that takes part was healthy or unknown in the last report, and something was measured.
  var looksWell: Bool {
    guard lastReport != nil else { return false }
    var measured = false
    for kind in CheckKind.ordered where checks.contains(kind) {
      guard let result = results[kind], result.participates else { continue }
      if let severity = result.severity {
        if severity == .critical { return false }
        measured = true
      }
    }
    return measured
  }

  /// What the policy and the inventory say of reaching the guest.
  func request(_ depth: ProbeRequest.Depth) -> ProbeRequest {
    let monitoring = policy.policy.monitoring
    let access = policy.policy.access
    return ProbeRequest(
      depth: depth, checks: wanted, connectivityTimeout: monitoring.connectivityTimeout,
      sshTimeout: monitoring.sshTimeout, wantsTwoCPUSamples: counters == nil, logCursor: memory.logCursor,
      user: access.user ?? machine.address?.user, port: access.port ?? machine.address?.port,
      identity: access.identity ?? machine.address?.identity, address: access.address, proxy: access.proxy,
      usesRunCommand: monitoring.runCommandChecks)
  }

  /// The SSH port an operator reads about.
  var sshPort: Int { policy.policy.access.port ?? machine.address?.port ?? 22 }
}
