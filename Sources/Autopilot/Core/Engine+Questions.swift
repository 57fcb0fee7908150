import FleetModel

/// What is asked before a rung: the fresh probe, the platform about one machine, a look into its guest, who stopped it.
extension Engine {
  /// The fresh probe before a rung has come.
  mutating func probed(_ i: Int, since: Instant, at now: Instant) {
    guard let report = slots[i].lastReport, report.startedAt >= since, slots[i].lastFullProbe == report.startedAt else {
      if now - since >= .minutes(2) { slots[i].climb.phase = .waiting(until: now) }
      return
    }
    if slots[i].looksWell { return standDown(i, at: now) }
    if slots[i].hasUnknownAvailability {
      // What fails on the monitor's side proves nothing, and starts nothing.
      return hold(i, Hold(by: .unconfirmed, why: "the fresh probe could not measure it"), at: now)
    }
    ask(.platform, i, since: since, at: now)
  }

  private mutating func ask(_ question: Climb.Question, _ i: Int, since: Instant, at now: Instant) {
    let ticket = ticket(for: slots[i].id)
    slots[i].climb.phase = .inquiring(ticket, question, since: since, askedAt: now)
    let machine = slots[i].machine
    switch question {
    case .platform:
      let isDestructive = nextRemedy(i, at: now)?.isDestructive ?? false
      emit(.inspect(ticket, machine, InspectionOrder(askedAt: now, isThorough: true, wantsSerialLog: isDestructive)))
    case .look: emit(.look(ticket, machine, LookOrder(sshPort: slots[i].sshPort, timeout: .seconds(60))))
    case .stop: emit(.askStop(ticket, machine, stopQuestion(i, at: now)))
    }
  }

  /// The climb that waits for this answer; nil: it came too late.
  private func inquirer(_ ticket: Ticket) -> (slot: Int, since: Instant)? {
    guard let i = index[ticket.machine], case .inquiring(let mine, _, let since, _) = slots[i].climb.phase,
      mine == ticket
    else { return nil }
    return (i, since)
  }

  mutating func unanswered(_ question: Climb.Question, _ i: Int, since: Instant, at now: Instant) {
    switch question {
    case .platform: hold(i, Hold(by: .unconfirmed, why: "the control plane did not answer"), at: now)
    case .look:
      slots[i].take(look: LookReport(finishedAt: now, outcome: .silent("no answer came")))
      decide(i, since: since, at: now)
    case .stop: hold(i, Hold(by: .offReason, why: "who keeps the log did not answer"), at: now)
    }
    touched(i)
  }

  mutating func take(inspection report: PlatformReport, ticket: Ticket, at now: Instant) {
    if take(presence: report, ticket: ticket, at: now) { return }
    guard let (i, since) = inquirer(ticket) else { return }
    slots[i].take(platform: report, at: now)
    settleFate(i, at: now)
    let evidence = evidence(i, at: now)
    if slots[i].looksWell {
      standDown(i, at: now)
    } else if evidence.needsLook, !slots[i].hasFreshLook(at: now) {
      ask(.look, i, since: since, at: now)
    } else if evidence.power == .off, evidence.stop == .pending, !evidence.platformFault, slots[i].climb.stop == nil {
      ask(.stop, i, since: since, at: now)
    } else {
      decide(i, since: since, at: now)
    }
    advance(i, at: now)
    touched(i)
  }

  mutating func take(look report: LookReport, ticket: Ticket, at now: Instant) {
    guard let (i, since) = inquirer(ticket) else { return }
    slots[i].take(look: report)
    decide(i, since: since, at: now)
    advance(i, at: now)
    touched(i)
  }

  /// What is known of a machine that is off, for whoever keeps the log.
  private func stopQuestion(_ i: Int, at now: Instant) -> StopQuestion {
    let state = slots[i]
    let ours = recoveries.filter { $0.machine == state.id && $0.remedy.isPower }
      .map { $0.startedAt...max($0.startedAt, $0.endedAt ?? now) }
    return StopQuestion(
      askedAt: now, offSince: state.offSince ?? now, runningAt: state.memory.seenRunningAt, ours: ours)
  }

  /// Who turned the machine off decides whether it may be started (semantics 5.6).
  mutating func take(stopReport report: StopReport, ticket: Ticket, at now: Instant) {
    guard let (i, since) = inquirer(ticket) else { return }
    slots[i].climb.stop = report
    func wait(_ why: String, until: Instant) {
      hold(i, Hold(by: .offReason, why: why, until: until), retryAt: until, at: now)
    }
    switch report.reason {
    case .nobody: decide(i, since: since, at: now)
    case .asked(let who):
      slots[i].memory.stoppedBy = who
      log(.warning, i, "turned off by \(who): left alone", at: now)
      slots[i].climb.phase = .watching(askAgainAt: .distantFuture)
      followIncident(i, at: now)
    case .platform(let why):
      diagnosed(i, .platformFault, at: now)
      wait(why, until: now + .minutes(5))
    case .pending(let why, let until): wait(why, until: max(until, now + .seconds(30)))
    case .notTold(let why): wait("who turned it off is not known: \(why)", until: now + .minutes(10))
    }
    advance(i, at: now)
    touched(i)
  }
}
