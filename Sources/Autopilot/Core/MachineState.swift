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
  /// The last probe that could tell found nobody answering.
  var wasSilent = false
  /// Since when nobody answers, within an outage that may have begun with less.
  var darkSince: Instant?
  /// When it was first seen off.
  var offSince: Instant?
  /// When the present outage of reachability began.
  var outageSince: Instant?
  var climb = Climb()
  /// What was asked about the present outage.
  var inquiry = Inquiry()
  /// Its provider's last list does not have it; nobody has said yet that it is gone.
  var missingSince: Instant?
  /// A program that installs packages ran in the guest when it was last asked.
  var packageManagerRunsAt: Instant?
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
  /// Also what nobody watches, until the start that azlin owes it was seen done.
  var isProbed: Bool { isWatched || memory.owedStartSince != nil }

  /// A Spot machine whose place the platform took away.
  var isEvicted: Bool {
    machine.traits?.isSpot == true && readings.power.value?.isOff == true
      && inquiry.platform?.host.value == .evicted && memory.stoppedByOperatorAt == nil
  }

  /// Why it is off, as far as is known (semantics 4 rows 2, 3, 5, 6, and 5.6).
  var stop: Evidence.Stop {
    if memory.stoppedByOperatorAt != nil { return .onPurpose }
    if isEvicted { return .evicted }
    // Nothing that happens to a machine by itself deallocates it, but for an eviction, of which the platform tells late.
    let isDeallocated = readings.power.value == .deallocated
    let isSpot = machine.traits?.isSpot == true
    if policy.policy.healing.startStopped == .always {
      let isAsked = if case .userInitiated? = inquiry.platform?.host.value { true } else { false }
      return isSpot && isDeallocated && !isAsked ? .evicted : .unasked
    }
    if memory.stoppedBy != nil || memory.seenRunningAt == nil { return .onPurpose }
    if isDeallocated, !isSpot { return .onPurpose }
    return hasActivityLog && !climb.isStopUnasked ? .pending : .unasked
  }

  /// Whether a log knows who turns this machine off: without its word nobody may start it (semantics 4 row 5).
  var hasActivityLog: Bool { machine.provider == .azure }

  /// Off, and azlin is not to change that.
  var isIntendedOff: Bool {
    readings.power.value?.isOff == true && stop == .onPurpose
  }

  /// When the present outage began, as far as it was seen: evidence from before it proves nothing.
  var onset: Instant {
    [outageSince, offSince].compactMap { $0 }.min() ?? memory.incident?.openedAt ?? .distantPast
  }

  /// What lies between the monitor and this machine: machines of one path are each other's witnesses.
  var path: String {
    if let proxy = policy.policy.access.proxy { return proxy }
    let host = readings.path.isEmpty ? machine.address?.host ?? "" : readings.path
    if host.contains(" via ") { return String(host.split(separator: " ").last ?? "") }
    // `10.0.0.4:22` has one colon, an address of the other family more.
    return host.count { $0 == ":" } > 1 ? "IPv6" : ""
  }

  /// Hard-critical for availability.
  var isHardDown: Bool {
    for kind in CheckKind.ordered where kind.isAvailability && checks.contains(kind) {
      if track(kind).hard == .critical, results[kind]?.participates ?? true { return true }
    }
    return false
  }

  /// The last probe could neither tell its power nor reach it, for a reason of the monitor's own.
  var hasUnknownAvailability: Bool {
    guard readings.power.value?.isOff != true else { return false }
    guard let reach = results[.connectivity], reach.participates else { return false }
    return reach.severity == nil
  }

  /// Independent sources that say it is broken (semantics 6.4).
  var brokenSources: [String] {
    var sources: [String] = []
    let isSilent = results[.connectivity]?.severity == .critical || results[.ssh]?.severity == .critical
    if isSilent, memory.baselineAt != nil { sources.append("an outside probe") }
    switch Evidence.Look(inquiry.look) {
    case .networkBroken, .sshNotServing: sources.append("the guest itself")
    case .notMade, .impossible, .silent, .allWell, .sshConfigurationBroken:
      if inquiry.agent == .silent { sources.append("the guest agent's silence") }
    }
    if case .platformFault? = inquiry.platform?.host.value { sources.append("Resource Health") }
    return sources
  }

  /// When its maintenance window opens next; nil: it is open, or there is none.
  func windowOpening(at now: Instant) -> Instant? {
    let maintenance = policy.policy.maintenance
    guard let start = maintenance.windowStart, let end = maintenance.windowEnd else { return nil }
    let day: Int64 = 24 * 60
    let minute = Int((now.milliseconds / 60_000) % day)
    let isOpen = start < end ? (start..<end).contains(minute) : minute >= start || minute < end
    if isOpen { return nil }
    let wait = (Int64(start) - Int64(minute) + day) % day
    return Instant(milliseconds: (now.milliseconds / 60_000 + wait) * 60_000)
  }

  /// A look into the guest that need not be made again.
  func hasFreshLook(at now: Instant) -> Bool {
    inquiry.hasFreshLook(at: now, onset: onset)
  }

  /// It was changed or booted just now: what it shows meanwhile is no fault of its own.
  mutating func settle(at now: Instant) { settlingUntil = now + .minutes(10) }

  mutating func take(look report: LookReport) {
    let isAgentTold = inquiry.platform?.agent.value != nil
    inquiry.take(look: report, isAgentTold: isAgentTold, onset: max(onset, darkSince ?? onset))
  }

  mutating func take(platform report: PlatformReport, at now: Instant) {
    // The platform has healed its host by booting the machine anew, under the same word of power.
    if case .platformFault? = inquiry.platform?.host.value, report.host.value == .available {
      settle(at: now)
    }
    // An agent's word that had a time and has none any more: the machine has been booted.
    if let agent = report.agent.value, agent.at == nil, inquiry.platform?.agent.value?.at != nil {
      settle(at: now)
    }
    inquiry.take(platform: report, onset: max(onset, darkSince ?? onset))
    // The direct word of a single machine is better than any list's.
    if case .value(let power) = report.power { notePower(power, at: now) }
  }

  /// When the engine must look at this machine again without any other event; nil: never.
  var nextDeadline: Instant? {
    guard isProbed, probing == nil else { return climb.deadline }
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
    var request = ProbeRequest(depth, wanted, of: machine, policy.policy)
    request.wantsTwoCPUSamples = counters == nil
    request.logCursor = memory.logCursor
    return request
  }

  /// The SSH port an operator reads about.
  var sshPort: Int { policy.policy.access.port ?? machine.address?.port ?? 22 }
}
