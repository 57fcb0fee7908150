import FleetModel

/// What became of a remedy: one outside probe after another until one confirms it, or its time is up (semantics 5.10).
extension Engine {
  /// How long an outside probe may take to confirm.
  func window(_ remedy: Remedy, _ i: Int) -> Duration {
    switch remedy {
    case .start, .restart, .powerCycle, .redeploy, .reapply, .resetNetworkInterface:
      slots[i].policy.policy.healing.bootTimeout
    case .restartSSH, .restartNetwork, .cleanDisk, .resetSSHConfiguration, .stop: .minutes(2)
    }
  }

  /// The control plane never answered: the fate is unknown, and only looking settles it.
  mutating func lost(_ i: Int, at now: Instant) {
    slots[i].climb.phase = .verifying(since: now, until: now + .minutes(1), nextProbe: now)
    advance(i, at: now)
  }

  /// One outside probe after another until one confirms, at rising distances.
  mutating func verify(_ i: Int, since: Instant, until: Instant, nextProbe: Instant, at now: Instant) {
    guard let record = slots[i].climb.record else { return }
    if let report = slots[i].lastReport, report.startedAt >= since, slots[i].lastFullProbe == report.startedAt,
      confirms(record, i)
    {
      return verified(i, at: now)
    }
    noteProgress(record, i, at: now)
    if now >= until {
      // While a boot comes on nobody interrupts it (semantics 5.7), within twice its time.
      let isComingOn = slots[i].climb.progressAt.map { now - $0 < .minutes(2) } ?? false
      guard record.remedy.isPower, isComingOn, now - since < window(record.remedy, i) * 2 else {
        return unconfirmed(i, at: now)
      }
      slots[i].climb.phase = .verifying(since: since, until: now + .minutes(1), nextProbe: now)
    }
    guard nextProbe <= now else { return }
    wantProbe(i, .full, at: now)
    let waited = (now - since).inSeconds
    let pause = Duration.seconds(min(10, max(1, Int(waited / 4))))
    let end = if case .verifying(_, let end, _) = slots[i].climb.phase { max(end, until) } else { until }
    slots[i].climb.phase = .verifying(since: since, until: end, nextProbe: now + pause)
  }

  /// A machine that boots shows more from probe to probe: an echo, a closed port, a banner, a new boot.
  private mutating func noteProgress(_ record: RecoveryRecord, _ i: Int, at now: Instant) {
    guard record.remedy.isPower, let report = slots[i].lastReport, report.startedAt >= record.startedAt else { return }
    let isUp =
      slots[i].readings.echo.value?.provesHostUp == true || slots[i].readings.tcp.value?.provesHostUp == true
    let sign = BootSign(
      isUp: isUp, ssh: slots[i].readings.ssh.value?.reached, boot: slots[i].memory.bootID,
      power: slots[i].readings.power.value)
    if sign != slots[i].climb.bootSign {
      if slots[i].climb.bootSign != nil { slots[i].climb.progressAt = now }
      slots[i].climb.bootSign = sign
    }
  }

  private func confirms(_ record: RecoveryRecord, _ i: Int) -> Bool {
    if record.remedy == .stop { return slots[i].readings.power.value?.isOff == true }
    if record.remedy.isPower, let power = slots[i].readings.power.value, power != .running { return false }
    var confirmed = false
    // What has never answered this monitor says nothing of a machine that nobody watches.
    let isStranger = !slots[i].isWatched && slots[i].memory.baselineAt == nil && record.remedy.isPower
    for kind in Ladder.verifies(record.remedy) where slots[i].checks.contains(kind) {
      if isStranger, kind != .power { continue }
      guard let result = slots[i].results[kind], result.participates else {
        // Of the figures inside the guest, silence is no proof; of what does not apply, it is.
        if kind == .disk { return false }
        continue
      }
      guard let severity = result.severity, kind == .disk ? severity < .critical : severity == .healthy else {
        return false
      }
      confirmed = true
    }
    return confirmed || !slots[i].isWatched
  }

  private mutating func verified(_ i: Int, at now: Instant) {
    guard var record = slots[i].climb.record else { return }
    let after = now - record.startedAt
    record.outcome = .verified(after: after)
    record.endedAt = now
    if record.remedy == .cleanDisk, let disk = slots[i].readings.disk.value, record.detail.isEmpty {
      record.detail = "disk usage reduced to \(Int(disk.worstPercent)) %"
    }
    if record.remedy.isPower, record.remedy != .stop, record.detail.isEmpty,
      slots[i].results[.connectivity]?.severity != .healthy
    {
      record.detail = "running, says its control plane; its guest was not reached from here"
    }
    counters.powerUnderWay.remove(slots[i].id)
    // A boot that began after it is its effect: nothing of it can still land.
    if record.remedy.isPower, let uptime = slots[i].readings.uptime.value, now - uptime >= record.startedAt {
      slots[i].memory.fateUnknownUntil = nil
    }
    log(.healthy, i, "\(record.remedy.title): verified after \(max(1, Int(after.inSeconds))) s", at: now)
    slots[i].history.append(HistoryMark(at: now, kind: .recovery, text: record.remedy.title))
    keep(record)
    slots[i].climb.record = record
    slots[i].climb.verified = record
    slots[i].climb.nextDelay = nil
    if record.remedy == .start { runHooks(.postStart, i, reason: record.issue, at: now) }
    if record.remedy == .stop { runHooks(.postStop, i, reason: record.issue, at: now) }
    if record.remedy == .restart || record.remedy == .powerCycle {
      runHooks(.postStop, i, reason: record.issue, at: now)
      runHooks(.postStart, i, reason: record.issue, at: now)
    }
    guard slots[i].memory.incident != nil else {
      slots[i].climb = Climb()
      return
    }
    if slots[i].memory.incident?.recoveryHookRan == false {
      slots[i].memory.incident?.recoveryHookRan = true
      runHooks(.onRecovery, i, reason: "\(record.remedy.title): \(record.issue)", at: now)
    }
    beginSettling(i, at: now)
    // The second healthy result that ends a hard finding.
    wantProbe(i, .full, at: now)
  }

  private mutating func unconfirmed(_ i: Int, at now: Instant) {
    guard var record = slots[i].climb.record else { return }
    if record.outcome == .running {
      // The effect may still land: the ladder ends, the machine is held (semantics 5.1).
      record.outcome = .unknown(record.detail.isEmpty ? "azlin stopped while it ran" : record.detail)
      let until = record.startedAt + MachineMemory.longestUnknown
      slots[i].memory.fateUnknownUntil = until
      log(
        .critical, i, "\(record.remedy.title) has an unknown outcome: nothing else is tried before it is known", at: now
      )
      endEffect(
        i, record,
        then: .held(
          Hold(by: .settling, why: "\(record.remedy.title) has an unknown outcome", until: until),
          retryAt: min(until, now + .minutes(1))), at: now)
      if record.remedy.isPower { counters.powerUnderWay.insert(slots[i].id) }
    } else {
      failed(i, "an outside probe did not confirm it in time", at: now)
    }
  }

  /// The machine's own view shows that the operation whose fate was unknown has ended.
  mutating func settleFate(_ i: Int, at now: Instant) {
    guard let until = slots[i].memory.fateUnknownUntil, let began = slots[i].memory.fateUnknownSince else { return }
    let ended = slots[i].inquiry.platform?.provisioning.value.map { word in
      ["succeeded", "failed", "canceled"].contains(word.state) && (word.at ?? .distantPast) > began
    }
    guard until <= now || ended == true else { return }
    slots[i].memory.fateUnknownUntil = nil
    counters.powerUnderWay.remove(slots[i].id)
  }
}
