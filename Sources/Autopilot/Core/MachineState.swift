import FleetModel

/// What the engine knows of one machine between events.
struct MachineState: Sendable {
  var machine: VirtualMachine
  var policy: EffectivePolicy
  var memory: MachineMemory
  /// What the journal holds of `memory`.
  var keptMemory: MachineMemory?
  var schedule: Schedule
  /// A re-check is due then; nil: none.
  var recheckAt: Instant?
  var probing: ProbeInFlight?
  /// A probe asked for while another was under way.
  var wantedDepth: ProbeRequest.Depth?
  var tracks: [CheckKind: CheckTrack] = [:]
  var readings = MachineReadings()
  var history = MetricHistory()
  var counters: (cpu: CPUCounters, bootID: String)?
  /// The last report, and the results it gave.
  var report: ProbeReport?
  var results: [CheckKind: CheckResult] = [:]
  /// The last report over which all checks of the policy were made.
  var lastFullProbe: Instant?
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
    schedule = Schedule(id: machine.id, interval: policy.policy.monitoring.interval, now: now, spread: spread)
  }

  var id: MachineID { machine.id }

  /// Probed at all (semantics 1.3): enabled, or of a provider whose machines are watched at once.
  var isWatched: Bool { policy.policy.monitoring.enabled || machine.provider != .azure }

  /// The checks in force; those of resources come with the one round trip that ssh or disk needs.
  var checks: Set<CheckKind> { policy.policy.monitoring.checks.union([.power]) }

  var isOffOnPurpose: Bool { memory.stoppedByOperatorAt != nil || memory.seenRunningAt == nil }

  func track(_ kind: CheckKind) -> CheckTrack { tracks[kind] ?? CheckTrack() }

  /// The worst level in force among checks that take part.
  var worstHard: Severity {
    var worst = Severity.healthy
    for kind in checks where results[kind]?.participates ?? true {
      if let track = tracks[kind] { worst = max(worst, track.hard) }
    }
    return worst
  }

  /// Every check that takes part was healthy or unknown in the last report, and something was measured.
  var looksWell: Bool {
    guard report != nil else { return false }
    var measured = false
    for kind in checks {
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
    var wanted = checks
    // Figures come with the same round trip; they are shown even where the level does not judge them.
    if !wanted.isDisjoint(with: [.ssh, .disk, .memory, .cpu, .iowait]) {
      wanted.formUnion([.disk, .memory, .cpu, .iowait])
    }
    return ProbeRequest(
      depth: depth, checks: wanted, connectivityTimeout: monitoring.connectivityTimeout,
      sshTimeout: monitoring.sshTimeout, wantsTwoCPUSamples: counters == nil, logCursor: memory.logCursor,
      user: access.user ?? machine.address?.user, port: access.port ?? machine.address?.port,
      identity: access.identity ?? machine.address?.identity, address: access.address)
  }

  /// The SSH port an operator reads about.
  var sshPort: Int { policy.policy.access.port ?? machine.address?.port ?? 22 }
}
