import FleetModel

extension Engine {
  /// How long a machine must stay well before its incident closes, and a remedy counts as held (semantics 5.10, 5.11).
  static let settleTime = Duration.minutes(15)

  /// The evidence as it stands, for the diagnosis.
  func evidence(_ i: Int, at now: Instant) -> Evidence {
    let state = slots[i]
    let power: Evidence.Power =
      switch state.readings.power {
      case .value(.running): .running
      case .value(let power) where power.isOff: .off
      case .value(.unknown), .notMeasured: state.machine.abilities.contains(.power) ? .unconfirmed : .notTold
      case .value: .changing
      case .notApplicable: .notTold
      }
    let reach: Evidence.Reach =
      switch state.results[.connectivity]?.severity {
      case .healthy: .up
      case .warning: .neverReached
      case .critical: .silent
      case nil: .notMeasured
      }
    let isFull = state.track(.disk).hard == .critical && state.results[.disk]?.severity == .critical
    let isOverloaded = [CheckKind.cpu, .memory, .iowait].contains { state.track($0).hard == .critical }
    let long = state.outageSince.map { now - $0 >= state.policy.policy.healing.powerAfter * 3 } ?? false
    let host = state.inquiry.platform?.host.value
    let isFault: Bool = if case .platformFault? = host { true } else { false }
    let isBusy = (state.inquiry.platform?.cpu.value ?? 0) >= 90
    return Evidence(
      power: power, stop: state.stop, platformFault: isFault, reach: reach, ssh: sshEvidence(state),
      look: Evidence.Look(state.inquiry.look), agent: state.inquiry.agent, isBusy: isBusy,
      resource: isFull ? .diskFull : isOverloaded ? .overloaded : .fine, neighbours: state.climb.neighbours,
      outageIsLong: long)
  }

  private func sshEvidence(_ state: MachineState) -> Evidence.SSH {
    guard let result = state.results[.ssh], result.participates, result.severity != nil else { return .notMeasured }
    guard case .value(let rungs) = state.readings.ssh, let failure = rungs.failure else { return .working }
    switch failure {
    case .portRefused: return .refused
    case .noBanner, .interrupted(.port, _), .interrupted(.banner, _): return .noBanner
    case .portSilent: return .silent
    case .authenticationRefused, .hostKeyUnknown, .interrupted(.authentication, _): return .authenticationRefused
    case .hostKeyChanged: return .hostKeyChanged
    case .shellFailed, .interrupted(.shell, _): return .noShell
    }
  }

  /// After each probe: opens an incident at the first hard critical, closes it 15 minutes after the last.
  mutating func followIncident(_ i: Int, at now: Instant) {
    let isCritical = read(i) { $0.worstHard == .critical }
    guard slots[i].memory.incident != nil else {
      // A machine that restarts by the operator's hand is bad for a moment: that remedy is judged first.
      if isCritical, !slots[i].isIntendedOff, !slots[i].climb.isBusy { openIncident(i, at: now) }
      return
    }
    // An engine that only observed may have opened it: the hooks are this one's to run.
    if isCritical, slots[i].results[.connectivity]?.severity != .critical { tellFailure(i, at: now) }
    if slots[i].isIntendedOff {
      closeIncident(i, "off on purpose", at: now)
    } else if slots[i].looksWell, !isCritical || slots[i].climb.verified != nil {
      // Whatever came between (a person's try, a restart of azlin): only the phase closes it.
      if !slots[i].climb.isSettling, !slots[i].climb.isBusy { beginSettling(i, at: now) }
    } else if slots[i].climb.isSettling, isCritical, !slots[i].looksWell {
      relapse(i, at: now)
    }
  }

  private mutating func openIncident(_ i: Int, at now: Instant) {
    let diagnosis = DiagnosisTable.diagnose(evidence(i, at: now))
    let issue = slots[i].worstReason
    let id = "\(slots[i].machine.name)-\(now.milliseconds)"
    slots[i].memory.incident = IncidentMemory(id: id, openedAt: now, diagnosis: diagnosis, issue: issue)
    slots[i].climb = Climb()
    slots[i].climb.diagnosis = diagnosis
    log(.critical, i, "incident: \(diagnosis.rawValue) (\(issue))", at: now)
    if slots[i].results[.connectivity]?.severity == .critical {
      // Silence may be the path's, the subnet's or the monitor's own: whoever is told is told of one thing.
      askNeighbours(i, .cause, at: now)
    } else {
      tellFailure(i, at: now)
      enterLadder(i, at: now)
    }
  }

  /// Plans the next rung, if the diagnosis has one or a look could find one.
  mutating func enterLadder(_ i: Int, at now: Instant) {
    let evidence = evidence(i, at: now)
    let diagnosis = DiagnosisTable.diagnose(evidence)
    diagnosed(i, diagnosis, at: now)
    guard !ladder(diagnosis, i).isEmpty || evidence.needsInquiry else {
      slots[i].climb.phase = .watching(askAgainAt: .distantFuture)
      return
    }
    let healing = slots[i].policy.policy.healing
    let delay = slots[i].climb.nextDelay ?? healing.recoveryDelay
    // Doubling between rungs (semantics 5.12), within the time that a person would wait.
    slots[i].climb.nextDelay = min(delay * 2, .minutes(30))
    // ± 20 %, the same for the same incident and rung.
    let attempts = slots[i].memory.incident?.attempts ?? 0
    let jitter = 0.8 + 0.4 * chance(slots[i].memory.incident?.id ?? slots[i].id.rawValue, attempts)
    slots[i].climb.phase = .waiting(until: now + .milliseconds(Int64(Double(delay.milliseconds) * jitter)))
  }

  mutating func diagnosed(_ i: Int, _ diagnosis: Diagnosis, at now: Instant) {
    if slots[i].climb.diagnosis != diagnosis {
      log(.warning, i, "diagnosis: \(diagnosis.rawValue)", at: now)
      slots[i].climb.rung = 0
      slots[i].climb.inquiries = 0
    }
    slots[i].climb.diagnosis = diagnosis
    slots[i].memory.incident?.diagnosis = diagnosis
  }

  mutating func beginSettling(_ i: Int, at now: Instant) {
    slots[i].memory.incident?.wellSince = now
    slots[i].climb.phase = .settling(until: now + Self.settleTime)
    slots[i].inquiry = Inquiry()
    slots[i].climb.stop = nil
    slots[i].climb.neighbours = .notAsked
    slots[i].climb.held = nil
  }

  /// Well for 15 minutes is what a probe at their end says too; where none comes for another 10, the earlier ones do.
  mutating func endSettling(_ i: Int, at now: Instant) {
    let end = (slots[i].memory.incident?.wellSince ?? .distantPast) + Self.settleTime
    let isSeen = (slots[i].lastReport?.startedAt ?? .distantPast) >= end && slots[i].looksWell
    if isSeen || !slots[i].isWatched || now - end >= .minutes(10) {
      return closeIncident(i, "well for 15 minutes", at: now)
    }
    slots[i].climb.phase = .settling(until: now + .seconds(10))
    wantProbe(i, .full, at: now)
  }

  private mutating func relapse(_ i: Int, at now: Instant) {
    slots[i].memory.incident?.wellSince = nil
    if var record = slots[i].climb.verified {
      record.outcome = .relapsed
      record.endedAt = now
      keep(record)
      slots[i].climb.verified = nil
    }
    let person = slots[i].memory.incident?.needsHuman
    let still = person.map { "; still needs a human: \($0)" } ?? ""
    log(.critical, i, "bad again within 15 minutes: \(slots[i].worstReason)\(still)", at: now)
    slots[i].climb.rung = 0
    // Being well for a moment does not rearm it (semantics 6.8).
    if let person {
      slots[i].climb.phase = .needsHuman(person)
    } else {
      enterLadder(i, at: now)
    }
  }

  mutating func closeIncident(_ i: Int, _ why: String, at now: Instant) {
    if var record = slots[i].climb.verified, case .verified(let after) = record.outcome {
      record.outcome = .held(after: after)
      keep(record)
    }
    if slots[i].memory.fateUnknownUntil == nil { counters.powerUnderWay.remove(slots[i].id) }
    slots[i].memory.incident = nil
    slots[i].memory.acknowledgedUntil = nil
    slots[i].climb = Climb()
    slots[i].inquiry = Inquiry()
    log(.healthy, i, "incident closed: \(why)", at: now)
  }

  /// Ends the record of a remedy whose machine is gone.
  mutating func closeRecord(_ i: Int, outcome: RecoveryOutcome, at now: Instant) {
    counters.powerUnderWay.remove(slots[i].id)
    guard slots[i].climb.isActing, var record = slots[i].climb.record else { return }
    record.outcome = outcome
    record.endedAt = now
    keep(record)
  }

  /// The ladder has ended: a person is called, once an incident.
  /// - Parameter guardRule: what ended it, where another policy would let it go on.
  mutating func needsHuman(_ i: Int, _ why: String, by guardRule: Guard? = nil, at now: Instant) {
    slots[i].climb.phase = .needsHuman(why)
    slots[i].memory.incident?.needsHuman = why
    slots[i].memory.incident?.endedBy = guardRule
    let isTold = slots[i].memory.incident?.humanTold ?? false
    slots[i].memory.incident?.humanTold = true
    log(isTold ? .warning : .critical, i, isTold ? "still needs a human: \(why)" : "needs a human: \(why)", at: now)
  }
}
