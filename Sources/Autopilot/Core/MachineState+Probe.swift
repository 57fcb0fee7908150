import FleetModel

/// What one probe changed, for the engine to log and keep.
struct ProbeFinding: Sendable {
  var changes: [HardChange] = []
  /// The machine was found freshly booted: its uptime.
  var bootedFor: Duration?
  /// Set after a full probe only.
  var sample: MetricSample?
  /// The full probe before this one.
  var lastFullProbe: Instant?
}

/// A level in force that changed.
struct HardChange: Sendable {
  var kind: CheckKind
  var from: Severity
  var to: Severity
  var result: CheckResult
}

extension MachineState {
  /// - Returns: whether something shown has changed.
  mutating func takeListed(_ word: PowerState, at instant: Instant) -> Bool {
    guard lastReport.map({ $0.finishedAt < instant && !isWatched }) ?? true, readings.power != .value(word) else {
      return false
    }
    readings.power = .value(word)
    return true
  }

  /// Takes the evidence of one probe: remembers, judges, smooths.
  mutating func absorb(_ report: ProbeReport, _ flight: ProbeInFlight, at now: Instant) -> ProbeFinding {
    var finding = ProbeFinding()
    finding.lastFullProbe = lastFullProbe
    remember(report, &finding, at: now)
    judge(report, flight, &finding, at: now)
    lastReport = (report.startedAt, report.finishedAt)
    updateReadings(report, depth: flight.depth)
    if flight.depth == .full {
      lastFullProbe = report.startedAt
      let sample = sample(at: report.finishedAt)
      history.append(sample)
      finding.sample = sample
    }
    noteOutage(at: now)
    return finding
  }

  /// What a probe says for later: witnesses, boot, power.
  private mutating func remember(_ report: ProbeReport, _ finding: inout ProbeFinding, at now: Instant) {
    if memory.path != report.path, !report.path.isEmpty {
      // Another address: what answered on the old one proves nothing, and somebody is at work on it.
      if !memory.path.isEmpty { settle(at: now) }
      memory.path = report.path
      (memory.echoAnsweredAt, memory.tcpAnsweredAt, memory.bannerSeenAt) = (nil, nil, nil)
    }
    if report.echo.value?.provesHostUp == true, Self.isOld(memory.echoAnsweredAt, now) { memory.echoAnsweredAt = now }
    if report.tcp.value?.provesHostUp == true, Self.isOld(memory.tcpAnsweredAt, now) { memory.tcpAnsweredAt = now }
    if (report.ssh.value?.reached).map({ $0 >= .banner }) == true, Self.isOld(memory.bannerSeenAt, now) {
      memory.bannerSeenAt = now
    }
    if report.power.value == .running {
      let wasOff = readings.power.value?.isOff ?? false
      if Self.isOld(memory.seenRunningAt, now) { memory.seenRunningAt = now }
      if wasOff { settle(at: now) }
      if wasOff, !climb.isActing, memory.stoppedByOperatorAt != nil { memory.stoppedByOperatorAt = nil }
      if memory.stoppedBy != nil { memory.stoppedBy = nil }
    }
    if let power = report.power.value { noteOff(power, at: now) }
    guard let guest = report.guest.value else { return }
    if let boot = memory.bootID, boot != guest.bootID {
      settle(at: now)
      history.append(HistoryMark(at: now - guest.uptime, kind: .restart, text: "booted"))
      finding.bootedFor = guest.uptime
    }
    if memory.bootID != guest.bootID { memory.bootID = guest.bootID }
    packageManagerRunsAt = guest.packageManagerRuns ? now : nil
    if let logs = guest.logs.value, memory.logCursor != logs.cursor { memory.logCursor = logs.cursor }
  }

  /// The control plane's direct word of this machine, which no list contradicts.
  mutating func notePower(_ power: PowerState, at now: Instant) {
    noteOff(power, at: now)
    guard readings.power != .value(power) else { return }
    readings.power = .value(power)
    results[.power] = CheckRules.power(.value(power))
  }

  private mutating func noteOff(_ power: PowerState, at now: Instant) {
    if power.isOff, offSince == nil, outageSince == nil { inquiry = Inquiry() }
    offSince = power.isOff ? offSince ?? now : nil
  }

  /// Written once an hour at most, so that a healthy fleet does not wear the disk.
  private static func isOld(_ instant: Instant?, _ now: Instant) -> Bool {
    instant.map { now - $0 > .hours(1) } ?? true
  }

  private mutating func judge(
    _ report: ProbeReport, _ flight: ProbeInFlight, _ finding: inout ProbeFinding, at now: Instant
  ) {
    let baseline = Baseline(memory, path: report.path, now: report.startedAt)
    // Asking a neighbour leaves its control plane alone.
    let asksPower = flight.depth != .witnesses || report.power.value != nil
    let tellsPower = machine.abilities.contains(.power) || report.power.value != nil
    let power = tellsPower ? CheckRules.power(report.power) : .aside("nothing tells its power state")
    if asksPower { take(.power, power, flight, &finding, at: now) }
    if checks.contains(.connectivity) {
      take(.connectivity, CheckRules.connectivity(report, baseline: baseline), flight, &finding, at: now)
    }
    if flight.depth == .witnesses { return }
    if checks.contains(.ssh) {
      let result = CheckRules.ssh(
        report, baseline: baseline, stopsAtBanner: flight.depth == .recheck,
        findingIsAboveBanner: Self.isAboveBanner(readings.ssh.value?.failure))
      take(.ssh, result, flight, &finding, at: now)
    }
    guard flight.depth == .full else { return }
    let isStanding = report.isBetweenScripts
    if let platform = report.platform, report.guest.value == nil {
      readings.cpu = platform.cpu
      if !isStanding { readings.ioWait = report.guest.flatMap { $0.cpu.map { _ in 0.0 } } }
    } else {
      (readings.cpu, readings.ioWait) = shares(report)
    }
    let thresholds = policy.policy.thresholds
    for kind in CheckKind.ordered where checks.contains(kind) {
      let current = track(kind).hard
      if isStanding, kind != .cpu, kind != .memory, !kind.isAvailability {
        take(
          kind, PlatformRules.standing(kind, readings, measuredAt: track(kind).measuredAt, at: now), flight, &finding,
          at: now)
        continue
      }
      let result: CheckResult
      switch kind {
      case .power, .connectivity, .ssh: continue
      case .disk: result = CheckRules.disk(report.guest, limits: thresholds.disk, current: current)
      case .memory:
        result = CheckRules.memory(
          report.guest, platform: report.platform?.memory, limits: thresholds.memory, current: current)
      case .cpu: result = CheckRules.share(readings.cpu, label: "cpu", limits: thresholds.cpu, current: current)
      case .iowait:
        result = CheckRules.share(readings.ioWait, label: "i/o wait", limits: thresholds.ioWait, current: current)
      case .logs: result = CheckRules.logs(report.guest)
      }
      take(kind, result, flight, &finding, at: now)
    }
  }

  private mutating func take(
    _ kind: CheckKind, _ result: CheckResult, _ flight: ProbeInFlight, _ finding: inout ProbeFinding, at now: Instant
  ) {
    results[kind] = result
    guard result.participates else {
      tracks[kind, default: CheckTrack()].reason = result.reason
      return
    }
    let before = track(kind).hard
    let changed = tracks[kind, default: CheckTrack()].absorb(
      result.severity, reason: result.reason, at: now, confirm: kind == .logs ? 1 : policy.policy.monitoring.confirm,
      sustain: kind.isSustained ? .minutes(5) : .zero, isScheduled: flight.isScheduled && !climb.isActing)
    if changed { finding.changes.append(HardChange(kind: kind, from: before, to: track(kind).hard, result: result)) }
  }

  private static func isAboveBanner(_ failure: SSHFailure?) -> Bool {
    switch failure {
    case .authenticationRefused, .shellFailed, .hostKeyChanged, .hostKeyUnknown: true
    case .interrupted(let rung, _): rung > .banner
    case .portRefused, .portSilent, .noBanner, nil: false
    }
  }

  /// Shares since the last probe's counters of the same boot (semantics 2.4).
  private mutating func shares(_ report: ProbeReport) -> (busy: Reading<Double>, ioWait: Reading<Double>) {
    guard case .value(let guest) = report.guest, case .value(let now) = guest.cpu else {
      let missing = report.guest.flatMap { $0.cpu.map { _ in 0.0 } }
      return (missing, missing)
    }
    let earlier = counters.flatMap { $0.bootID == guest.bootID ? $0.cpu : nil } ?? guest.earlierCPU
    counters = (now, guest.bootID)
    guard let earlier, let shares = now.shares(since: earlier) else {
      let missing = Reading<Double>.notMeasured(.notReported("no earlier counters of this boot"))
      return (missing, missing)
    }
    return (.value(shares.busy), .value(shares.ioWait))
  }

  private mutating func updateReadings(_ report: ProbeReport, depth: ProbeRequest.Depth) {
    if depth != .witnesses || report.power.value != nil { readings.power = report.power }
    readings.echo = report.echo
    readings.tcp = report.tcp
    readings.path = report.path
    readings.latency = Self.latency(report)
    if depth == .witnesses { return }
    // A re-check stops at the banner; what an earlier probe found above it still stands.
    if depth == .full || report.ssh.value?.failure != nil || !Self.isAboveBanner(readings.ssh.value?.failure) {
      readings.ssh = report.ssh
    }
    guard depth == .full else { return }
    let guest = report.guest
    if report.platform != nil, guest.value == nil {
      readings.memory = report.platform?.memory ?? readings.memory
      readings.memoryUsage = nil
      if report.isBetweenScripts { return }
    }
    readings.mounts = guest.value?.mounts.value ?? []
    readings.disk = guest.flatMap { report in
      report.mounts.flatMap { mounts in
        mounts.max { $0.worstPercent < $1.worstPercent }.map { .value($0) } ?? .notApplicable("no real file system")
      }
    }
    if report.platform == nil || guest.value != nil {
      readings.memory = guest.flatMap { $0.memory.map(\.percent) }
    }
    readings.memoryUsage = guest.value?.memory.value
    readings.pressure = guest.flatMap(\.pressure)
    readings.logs = guest.flatMap(\.logs)
    readings.uptime = guest.map(\.uptime)
    readings.bootID = guest.value?.bootID ?? readings.bootID
    readings.distribution = guest.value?.distribution ?? readings.distribution
    readings.load = guest.value?.load
    readings.processors = guest.value?.processors
  }

  private static func latency(_ report: ProbeReport) -> Reading<Duration> {
    let echo = report.echo.value?.latency
    let tcp = report.tcp.value?.latency
    if let best = [echo, tcp].compactMap({ $0 }).min() { return .value(best) }
    return report.echo.value != nil || report.tcp.value != nil
      ? .notMeasured(.notReported("no answer")) : report.tcp.map { _ in .zero }
  }

  private func sample(at: Instant) -> MetricSample {
    MetricSample(
      at: at, cpu: readings.cpu.value, memory: readings.memory.value, disk: readings.disk.value?.worstPercent,
      ioWait: readings.ioWait.value, latency: readings.latency.value.map { $0.inSeconds * 1000 })
  }

  /// When the outage began, and the first healthy baseline.
  private mutating func noteOutage(at now: Instant) {
    let isUp = results[.connectivity]?.severity == .healthy
    // Something answers again that was silent: a boot may be coming on, whoever began it (semantics 5.7, 6.6).
    if isUp, wasSilent, outageSince != nil, !climb.isActing { settle(at: now) }
    if let severity = results[.connectivity]?.severity {
      // An outage that changes its character is asked about anew: a word from before the silence proves nothing of it.
      if severity == .critical, !wasSilent { (darkSince, inquiry) = (now, Inquiry()) }
      wasSilent = severity == .critical
      if !wasSilent { darkSince = nil }
    }
    let down = results[.connectivity]?.severity == .critical || results[.ssh]?.severity == .critical
    if !down {
      outageSince = nil
    } else if outageSince == nil {
      if offSince == nil { inquiry = Inquiry() }
      outageSince = now
    }
    if looksWell, worstHard < .critical { settlingUntil = nil }
    let isReached = results[.connectivity]?.severity == .healthy || machine.provider == .local
    if memory.baselineAt == nil, isReached, results[.ssh]?.severity ?? .healthy == .healthy { memory.baselineAt = now }
  }

  /// A finding about reaching the machine is neither confirmed nor gone.
  var wantsRecheck: Bool {
    guard isWatched, probing == nil, !climb.isActing else { return false }
    let confirm = policy.policy.monitoring.confirm
    for kind in CheckKind.ordered where kind.isAvailability {
      guard let track = tracks[kind], results[kind]?.participates ?? false else { continue }
      if track.streak(limit: confirm) > 0 || (track.hard > .healthy && track.last == .healthy) { return true }
    }
    return false
  }
}

extension Reading {
  /// The reading inside a reading.
  func flatMap<Other>(_ transform: (Value) -> Reading<Other>) -> Reading<Other> {
    switch self {
    case .value(let value): transform(value)
    case .notMeasured(let why): .notMeasured(why)
    case .notApplicable(let why): .notApplicable(why)
    }
  }
}
