import FleetModel

extension Engine {
  /// Starts whatever probe is due: the planned one, or a re-check.
  mutating func startDueProbe(_ i: Int, at now: Instant) {
    guard slots[i].isWatched, slots[i].probing == nil else { return }
    if slots[i].schedule.next <= now {
      let missed = slots[i].schedule.advance(past: now)
      counters.late += missed
      slots[i].recheckAt = nil
      startProbe(i, .full, isScheduled: true, at: now)
    } else if let recheck = slots[i].recheckAt, recheck <= now {
      slots[i].recheckAt = nil
      startProbe(i, .recheck, isScheduled: false, at: now)
    }
  }

  /// Asks for a probe outside the plan. Probes of one machine never overlap: while one is under way the wish waits.
  mutating func wantProbe(_ i: Int, _ depth: ProbeRequest.Depth, at now: Instant) {
    if slots[i].probing == nil {
      startProbe(i, depth, isScheduled: false, at: now)
    } else if slots[i].wantedDepth == nil || depth == .full {
      slots[i].wantedDepth = depth
    }
  }

  private mutating func startProbe(_ i: Int, _ depth: ProbeRequest.Depth, isScheduled: Bool, at now: Instant) {
    let ticket = ticket(for: slots[i].id)
    slots[i].probing = .init(ticket: ticket, depth: depth, isScheduled: isScheduled, startedAt: now)
    counters.probing += 1
    slots[i].cached = nil
    emit(.probe(ticket, slots[i].machine, slots[i].request(depth)))
  }

  mutating func take(report: ProbeReport, ticket: Ticket, at now: Instant) {
    guard let i = index[ticket.machine], let flight = slots[i].probing, flight.ticket == ticket else { return }
    slots[i].probing = nil
    counters.probing -= 1
    counters.done += 1
    // The probe's own clock may be a hair behind: it cannot have begun before it was asked for.
    var report = report
    report.startedAt = max(report.startedAt, flight.startedAt)
    absorb(report, i, flight, at: now)
    answerWaiting(i)
    if let depth = slots[i].wantedDepth {
      slots[i].wantedDepth = nil
      startProbe(i, depth, isScheduled: false, at: now)
    }
    followIncident(i, at: now)
    advance(i, at: now)
    hearNeighbour(i, at: now)
    planRecheck(i, at: now)
    emit(.keep(.status(status(i), at: now)))
    touched(i)
  }

  private mutating func absorb(_ report: ProbeReport, _ i: Int, _ flight: MachineState.ProbeInFlight, at now: Instant) {
    remember(report, i, at: now)
    let results = judge(report, i, depth: flight.depth)
    slots[i].report = report
    updateReadings(report, i, depth: flight.depth)
    let monitoring = slots[i].policy.policy.monitoring
    for (kind, result) in results {
      slots[i].results[kind] = result
      guard result.participates else {
        slots[i].tracks[kind, default: CheckTrack()].reason = result.reason
        continue
      }
      let before = slots[i].track(kind).hard
      let changed = slots[i].tracks[kind, default: CheckTrack()].absorb(
        result.severity, reason: result.reason, at: now, confirm: kind == .logs ? 1 : monitoring.confirm,
        sustain: kind.isSustained ? .minutes(5) : .zero,
        isScheduled: flight.isScheduled && !slots[i].climb.isActing)
      if changed { logHardChange(i, kind, from: before, result, at: now) }
    }
    if flight.depth == .full {
      if (slots[i].lastFullProbe ?? .distantPast) < freshSince, report.startedAt >= freshSince, slots[i].isWatched {
        counters.notYetProbed -= 1
      }
      slots[i].lastFullProbe = report.startedAt
      let sample = sample(i, at: report.finishedAt)
      slots[i].history.append(sample)
      emit(.keep(.sample(slots[i].id, sample)))
    }
    noteOutage(i, at: now)
  }

  /// What a probe says for later: witnesses, boot, power, the first healthy baseline.
  private mutating func remember(_ report: ProbeReport, _ i: Int, at now: Instant) {
    var memory = slots[i].memory
    if memory.path != report.path, !report.path.isEmpty {
      memory.path = report.path
      (memory.echoAnsweredAt, memory.tcpAnsweredAt, memory.bannerSeenAt) = (nil, nil, nil)
    }
    // Written once an hour at most, so that a healthy fleet does not wear the disk.
    func renew(_ instant: inout Instant?) {
      if instant.map({ now - $0 > .hours(1) }) ?? true { instant = now }
    }
    if report.echo.value?.provesHostUp == true { renew(&memory.echoAnsweredAt) }
    if report.tcp.value?.provesHostUp == true { renew(&memory.tcpAnsweredAt) }
    if (report.ssh.value?.reached).map({ $0 >= .banner }) == true { renew(&memory.bannerSeenAt) }
    let wasOff = slots[i].readings.power.value?.isOff ?? false
    if report.power.value == .running {
      renew(&memory.seenRunningAt)
      if wasOff { slots[i].settlingUntil = now + .minutes(10) }
      if wasOff, !slots[i].climb.isActing { memory.stoppedByOperatorAt = nil }
    }
    if let guest = report.guest.value {
      if let boot = memory.bootID, boot != guest.bootID {
        slots[i].settlingUntil = now + .minutes(10)
        slots[i].history.append(HistoryMark(at: now - guest.uptime, kind: .restart, text: "booted"))
        log(.warning, i, "booted \(Int(guest.uptime.inSeconds)) s ago", at: now)
      }
      memory.bootID = guest.bootID
      if let logs = guest.logs.value { memory.logCursor = logs.cursor }
    }
    slots[i].memory = memory
  }

  private mutating func judge(
    _ report: ProbeReport, _ i: Int, depth: ProbeRequest.Depth
  ) -> [CheckKind: CheckResult] {
    let state = slots[i]
    let baseline = Baseline(state.memory, path: report.path, now: report.startedAt)
    let checks = state.checks
    let thresholds = state.policy.policy.thresholds
    var results: [CheckKind: CheckResult] = [:]
    if checks.contains(.power) { results[.power] = CheckRules.power(report.power) }
    if checks.contains(.connectivity) {
      results[.connectivity] = CheckRules.connectivity(report, baseline: baseline)
    }
    if depth == .witnesses { return results }
    if checks.contains(.ssh) {
      results[.ssh] = CheckRules.ssh(
        report, baseline: baseline, stopsAtBanner: depth == .recheck,
        findingIsAboveBanner: Self.isAboveBanner(state.readings.ssh.value?.failure))
    }
    guard depth == .full else { return results }
    let shares = updateCounters(report, i)
    slots[i].readings.cpu = shares.busy
    slots[i].readings.ioWait = shares.ioWait
    for kind in checks {
      let current = state.track(kind).hard
      switch kind {
      case .disk: results[.disk] = CheckRules.disk(report.guest, limits: thresholds.disk, current: current)
      case .memory: results[.memory] = CheckRules.memory(report.guest, limits: thresholds.memory, current: current)
      case .cpu:
        results[.cpu] = CheckRules.share(shares.busy, label: "cpu", limits: thresholds.cpu, current: current)
      case .iowait:
        results[.iowait] = CheckRules.share(
          shares.ioWait, label: "i/o wait", limits: thresholds.ioWait, current: current)
      case .logs: results[.logs] = CheckRules.logs(report.guest)
      case .power, .connectivity, .ssh: break
      }
    }
    return results
  }

  private static func isAboveBanner(_ failure: SSHFailure?) -> Bool {
    switch failure {
    case .authenticationRefused, .shellFailed, .hostKeyChanged, .hostKeyUnknown: true
    case .interrupted(let rung, _): rung > .banner
    case .portRefused, .portSilent, .noBanner, nil: false
    }
  }

  /// Shares since the last probe's counters of the same boot (semantics 2.4).
  private mutating func updateCounters(_ report: ProbeReport, _ i: Int) -> (
    busy: Reading<Double>, ioWait: Reading<Double>
  ) {
    guard let guest = report.guest.value else {
      let reading: Reading<Double> = report.guest.map { _ in 0 }
      return (reading, reading)
    }
    guard let now = guest.cpu.value else {
      let reading: Reading<Double> = guest.cpu.map { _ in 0 }
      return (reading, reading)
    }
    let earlier = slots[i].counters.flatMap { $0.bootID == guest.bootID ? $0.cpu : nil } ?? guest.earlierCPU
    slots[i].counters = (now, guest.bootID)
    guard let earlier, let shares = now.shares(since: earlier) else {
      let reading = Reading<Double>.notMeasured(.notReported("no earlier counters of this boot"))
      return (reading, reading)
    }
    return (.value(shares.busy), .value(shares.ioWait))
  }

  private mutating func updateReadings(_ report: ProbeReport, _ i: Int, depth: ProbeRequest.Depth) {
    var readings = slots[i].readings
    readings.power = report.power
    readings.echo = report.echo
    readings.tcp = report.tcp
    readings.path = report.path
    let answered = [report.echo.value?.latency, report.tcp.value?.latency].compactMap { $0 }
    readings.latency =
      answered.min().map { .value($0) }
      ?? (report.echo.value != nil || report.tcp.value != nil
        ? .notMeasured(.notReported("no answer")) : report.echo.map { _ in .zero })
    if depth != .witnesses {
      // A re-check stops at the banner; what an earlier probe found above it still stands.
      if depth == .full || report.ssh.value?.failure != nil || !Self.isAboveBanner(readings.ssh.value?.failure) {
        readings.ssh = report.ssh
      }
    }
    if depth == .full {
      let guest = report.guest
      readings.mounts = guest.value?.mounts.value ?? []
      readings.disk = guest.flatMap { report in
        report.mounts.flatMap { mounts in
          mounts.max { $0.worstPercent < $1.worstPercent }.map { .value($0) } ?? .notApplicable("no real file system")
        }
      }
      readings.memory = guest.flatMap { $0.memory.map(\.percent) }
      readings.memoryUsage = guest.value?.memory.value
      readings.pressure = guest.flatMap(\.pressure)
      readings.logs = guest.flatMap(\.logs)
      readings.uptime = guest.map(\.uptime)
      readings.bootID = guest.value?.bootID ?? readings.bootID
      readings.distribution = guest.value?.distribution ?? readings.distribution
      readings.load = guest.value?.load
      readings.processors = guest.value?.processors
    }
    slots[i].readings = readings
  }

  private func sample(_ i: Int, at: Instant) -> MetricSample {
    let readings = slots[i].readings
    return MetricSample(
      at: at, cpu: readings.cpu.value, memory: readings.memory.value, disk: readings.disk.value?.worstPercent,
      ioWait: readings.ioWait.value, latency: readings.latency.value.map { $0.inSeconds * 1000 })
  }

  private mutating func noteOutage(_ i: Int, at now: Instant) {
    let down = [CheckKind.connectivity, .ssh].contains { slots[i].results[$0]?.severity == .critical }
    if !down {
      slots[i].outageSince = nil
    } else if slots[i].outageSince == nil {
      slots[i].outageSince = now
    }
    if slots[i].looksWell, slots[i].worstHard < .critical {
      slots[i].settlingUntil = nil
      if slots[i].memory.baselineAt == nil,
        slots[i].results[.connectivity]?.severity == .healthy || slots[i].machine.provider == .local,
        slots[i].results[.ssh]?.severity ?? .healthy == .healthy
      {
        slots[i].memory.baselineAt = now
      }
    }
  }

  private mutating func logHardChange(
    _ i: Int, _ kind: CheckKind, from before: Severity, _ result: CheckResult, at now: Instant
  ) {
    let hard = slots[i].track(kind).hard
    if hard == .critical {
      slots[i].history.append(HistoryMark(at: now, kind: .failure, text: result.reason))
    } else if hard == .healthy, before == .critical {
      slots[i].history.append(HistoryMark(at: now, kind: .recovery, text: result.reason))
    }
    log(hard, i, hard == .healthy ? "\(result.reason): healthy again" : result.reason, at: now)
  }

  /// Bad availability findings, and those on their way out of a hard state, are looked at again after 10 s
  /// (semantics 2.6).
  private mutating func planRecheck(_ i: Int, at now: Instant) {
    slots[i].recheckAt = nil
    guard slots[i].isWatched, slots[i].probing == nil, !slots[i].climb.isActing else { return }
    let confirm = slots[i].policy.policy.monitoring.confirm
    let unsettled = CheckKind.allCases.contains { kind in
      guard kind.isAvailability, let track = slots[i].tracks[kind], slots[i].results[kind]?.participates ?? false
      else { return false }
      return track.streak(limit: confirm) > 0 || (track.hard > .healthy && track.last == .healthy)
    }
    guard unsettled, now + .seconds(10) < slots[i].schedule.next else { return }
    slots[i].recheckAt = recheckBudget.slot(atOrAfter: now + .seconds(10), scheduledRate: counters.scheduledRate)
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
