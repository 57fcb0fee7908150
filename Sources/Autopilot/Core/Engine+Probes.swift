import FleetModel

extension Engine {
  /// Starts whatever probe is due: the planned one, or a re-check.
  mutating func startDueProbe(_ i: Int, at now: Instant) {
    guard slots[i].isProbed, slots[i].probing == nil else { return }
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
    emit(.probe(ticket, slots[i].machine, read(i) { $0.request(depth) }))
  }

  mutating func take(report: ProbeReport, ticket: Ticket, at now: Instant) {
    guard let i = index[ticket.machine], let flight = slots[i].probing, flight.ticket == ticket else { return }
    slots[i].probing = nil
    counters.probing -= 1
    counters.done += 1
    // The probe's own clock may be a hair behind: it cannot have begun before it was asked for.
    var report = report
    report.startedAt = max(report.startedAt, flight.startedAt)
    let finding = slots[i].absorb(report, flight, at: now)
    if let uptime = finding.bootedFor { log(.warning, i, "booted \(Int(uptime.inSeconds)) s ago", at: now) }
    for change in finding.changes { log(change, i, at: now) }
    if let sample = finding.sample {
      emit(.keep(.sample(slots[i].id, sample)))
      if slots[i].isWatched, (finding.lastFullProbe ?? .distantPast) < freshSince, report.startedAt >= freshSince {
        counters.notYetProbed -= 1
      }
    }
    answerWaiting(i)
    if let depth = slots[i].wantedDepth {
      slots[i].wantedDepth = nil
      startProbe(i, depth, isScheduled: false, at: now)
    }
    if slots[i].results[.connectivity]?.severity == .healthy, fleet.blindPaths?[slots[i].path] != nil {
      seesAgain(slots[i].path, "\(slots[i].machine.name) answers", at: now)
    }
    doubtSight(i, at: now)
    settleOwedStart(i)
    watchStorm(i, at: now)
    followIncident(i, at: now)
    advance(i, at: now)
    hearNeighbour(i, at: now)
    planRecheck(i, at: now)
    changedStatuses.insert(slots[i].id)
    touched(i)
  }

  private mutating func log(_ change: HardChange, _ i: Int, at now: Instant) {
    let reason = change.result.reason
    // What a person wanted is no finding (semantics 3.2).
    if change.kind == .power, slots[i].isIntendedOff { return log(.healthy, i, "\(reason): off on purpose", at: now) }
    if change.to == .critical {
      slots[i].history.append(HistoryMark(at: now, kind: .failure, text: reason))
    } else if change.to == .healthy, change.from == .critical {
      slots[i].history.append(HistoryMark(at: now, kind: .recovery, text: reason))
    }
    log(change.to, i, change.to == .healthy ? "\(reason): healthy again" : reason, at: now)
  }

  /// Bad availability findings, and those on their way out of a hard state, are looked at again after 10 s
  /// (semantics 2.6).
  private mutating func planRecheck(_ i: Int, at now: Instant) {
    slots[i].recheckAt = nil
    guard read(i, { $0.wantsRecheck }), now + .seconds(10) < slots[i].schedule.next else { return }
    slots[i].recheckAt = recheckBudget.slot(atOrAfter: now + .seconds(10), scheduledRate: counters.scheduledRate)
  }
}
