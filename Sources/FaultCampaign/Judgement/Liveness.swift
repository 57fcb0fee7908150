import Autopilot
import FleetModel

/// Judges that what is broken is cared for in time (the liveness).
package enum Liveness {
  package static func judge(_ run: CampaignRun) -> [Violation] {
    var found: [Violation] = []
    if run.plan.isCalm { found += firstRungs(run) }
    found += owedStarts(run)
    found += lateStarts(run)
    found += silentFaults(run)
    found += run.lingering.map { open in
      Violation(
        invariant: .recoveringForEver, at: open.at, machine: run.world.members[open.place].machine.name,
        text: "\(open.incident) is still open, and nothing is wrong since \(TimestampText.rfc3339(open.soundSince))")
    }
    return found
  }

  /// Single faults with a healthy monitor reach their first right rung within their bound.
  private static func firstRungs(_ run: CampaignRun) -> [Violation] {
    var found: [Violation] = []
    for trouble in run.plan.troubles {
      guard let place = trouble.places.first, let remedy = firstRung(trouble.kind) else { continue }
      let policy = run.plan.policies[place]
      guard Bound.isSeen(trouble.kind, policy), let bound = Bound.firstRung(trouble.kind, policy, run.plan) else {
        continue
      }
      let deadline = trouble.at + bound
      guard deadline < min(run.plan.end, trouble.end) else { continue }
      let call = run.world.calls.first { $0.place == place && $0.at >= trouble.at && remedy.contains($0.remedy) }
      if let call, call.at <= deadline { continue }
      found.append(
        Violation(
          invariant: .firstRung, at: trouble.at, machine: run.world.members[place].machine.name,
          text: "\(trouble.kind.rawValue): \(remedy.map(\.title).joined(separator: " or ")) "
            + (call.map { "came \(DurationText.text($0.at - trouble.at)) later" } ?? "never came")
            + ", due within \(DurationText.text(bound))"))
    }
    return found
  }

  /// What is the first right thing to do; nil: nothing, or a person.
  static func firstRung(_ kind: TroubleKind) -> [Remedy]? {
    switch kind {
    case .dies: [.start]
    case .hangs: [.restart]
    case .sshDown, .sshHung: [.restartSSH]
    case .networkDown: [.restartNetwork]
    case .diskFull: [.cleanDisk]
    default: nil
    }
  }

  /// A person was called for the incident that is open then, however long ago: it calls nobody twice, and only a person
  /// or its end opens its ladder again (semantics 5.11, 6.8).
  private static func awaitsPerson(_ machine: MachineID, at instant: Instant, _ story: [FleetEvent]) -> Bool {
    func isCall(_ text: String) -> Bool {
      (text.hasPrefix("needs a human: ") || text.hasPrefix("still needs a human: "))
        && !text.hasPrefix("needs a human: held for")
    }
    let marks = ["incident: ", "incident closed: ", "rearmed ", "re-created "]
    let last = story.last { event in
      event.at <= instant && event.machine == machine
        && (isCall(event.text) || marks.contains { event.text.hasPrefix($0) })
    }
    return last.map { isCall($0.text) } ?? false
  }

  /// A fault of a machine's own that azlin is to heal is either cared for or told within 2 h of its finding.
  private static func silentFaults(_ run: CampaignRun) -> [Violation] {
    guard run.plan.engines == 1, !run.plan.troubles.contains(where: { $0.kind.isOfMonitor }) else { return [] }
    return run.plan.troubles.compactMap { trouble in
      guard let place = trouble.places.first, firstRung(trouble.kind) != nil else { return nil }
      let policy = run.plan.policies[place]
      let healing = policy.healing
      guard policy.monitoring.enabled, healing.enabled, healing.mode == .heal, Bound.isSeen(trouble.kind, policy) else {
        return nil
      }
      let last = trouble.at + Bound.detection(trouble.kind, policy) + .hours(2) + .minutes(75)
      guard last < min(trouble.end, run.plan.end), run.world.struckAt[trouble.number] == true else { return nil }
      let others = run.plan.troubles.contains { other in
        other.number != trouble.number && other.kind.isOfMachine && other.places.contains(place) && other.at < last
          && other.end > trouble.at
      }
      if others { return nil }
      let isTold = run.engines[0].disk.story.contains { event in
        event.at >= trouble.at - .hours(3) && event.at <= last
          && (event.machine == nil
            ? event.severity == .critical : event.machine == run.world.members[place].machine.id && isWord(event.text))
      }
      let isTreated = run.world.calls.contains { $0.place == place && $0.at >= trouble.at && $0.at <= last }
      let id = run.world.members[place].machine.id
      if isTold || isTreated || awaitsPerson(id, at: last, run.engines[0].disk.story) { return nil }
      return Violation(
        invariant: .holdTold, at: trouble.at, machine: run.world.members[place].machine.name,
        text: "\(trouble.kind.rawValue): neither treated nor told until \(TimestampText.rfc3339(last))")
    }
  }

  private static func isWord(_ text: String) -> Bool {
    text.contains("needs a human") || text.contains("left alone") || text.contains("diagnosis: shared cause")
      || text.contains("acknowledged") || text.contains("paused")
  }

  /// A machine that azlin turned off is started again, or somebody is told.
  private static func owedStarts(_ run: CampaignRun) -> [Violation] {
    run.world.members.compactMap { member in
      guard let since = member.owesStartSince, since + .minutes(45) < run.plan.end else { return nil }
      let isTold = run.engines.contains { engine in
        engine.disk.alerts.contains { $0.machine == member.machine.id && $0.at >= since }
      }
      if isTold { return nil }
      return Violation(
        invariant: .owedStart, at: since, machine: member.machine.name,
        text: "powered off by azlin and never started again")
    }
  }
}

extension Liveness {
  /// How long a machine that azlin turned off may stay off while nothing is in the way of its start: the rest of the
  /// remedy's deadline, a start that was lost, and one more.
  package static let longestOff = Duration.minutes(45)

  /// The start that a power-off owes is done in time, also where azlin dies in between.
  private static func lateStarts(_ run: CampaignRun) -> [Violation] {
    run.world.members.flatMap { member in
      member.owed.compactMap { span -> Violation? in
        let off = span.upperBound - span.lowerBound
        let excused = run.plan.troubles.reduce(Duration.zero) { $0 + excuse($1, for: span) }
        guard off > longestOff + excused, span.upperBound < run.plan.end else { return nil }
        return Violation(
          invariant: .owedStart, at: span.lowerBound, machine: member.machine.name,
          text: "powered off by azlin, and started only \(DurationText.text(off)) later")
      }
    }
  }

  /// For how long of a stretch a trouble keeps a start from being sent, or from being done.
  private static func excuse(_ trouble: Trouble, for span: ClosedRange<Instant>) -> Duration {
    // One that is armed kills later, and the next life comes as much later.
    if trouble.kind.isKill { return trouble.at < span.upperBound ? trouble.duration ?? .seconds(10) : .zero }
    switch trouble.kind {
    case .networkLost, .frozen, .suspended, .clockSteps, .diskIsFull, .armReadsDown, .throttled, .writesThrottled,
      .armConflict, .armErrors, .armSilent, .powerStale, .inventoryShrinks, .recreated, .hostFault, .zoneLost,
      .remedyLate, .remedySlow, .remedyFails, .remedyLies:
      return max(.zero, min(trouble.end, span.upperBound) - max(trouble.at, span.lowerBound))
    default: return .zero
    }
  }
}

/// How long detection and the first rung may take, computed from the policy.
package enum Bound {
  /// From the fault to a hard finding.
  package static func detection(_ kind: TroubleKind, _ policy: Policy) -> Duration {
    let monitoring = policy.monitoring
    let probe = monitoring.connectivityTimeout + monitoring.sshTimeout + .seconds(2)
    let isAvailability = kind != .diskFull
    let again = isAvailability ? Duration.seconds(10) + probe : monitoring.interval
    return monitoring.interval + probe + again * (monitoring.confirm - 1) + .seconds(5)
  }

  static func isSeen(_ kind: TroubleKind, _ policy: Policy) -> Bool {
    switch kind {
    case .sshDown, .sshHung: policy.monitoring.checks.contains(.ssh)
    case .diskFull: policy.monitoring.checks.contains(.disk)
    default: true
    }
  }

  /// From the fault to its first right rung; nil: none is bound to come.
  static func firstRung(_ kind: TroubleKind, _ policy: Policy, _ plan: CampaignPlan) -> Duration? {
    let healing = policy.healing
    // The echo of a stuck kernel may go on for 100 s.
    let onset: Duration = kind == .hangs ? .seconds(100) : .zero
    let delay = healing.recoveryDelay * 12 / 10
    // A fresh probe, the platform, the look, the neighbours, and the probe again because the first is old by then.
    let asking = Duration.seconds(22 + 20 + 60 + 60 + 30)
    var bound = onset + detection(kind, policy) + delay + asking
    switch kind {
    case .dies where plan.isCloud:
      bound = bound + .minutes(12) + max(plan.logLag, plan.healthLag) + plan.powerLag
    case .dies: bound = bound + plan.powerLag + .minutes(2)
    case .hangs:
      // The agent's silence in two reads, the age of the outage, and holds that are looked at every half minute.
      guard plan.machines >= 3 else { return nil }
      bound = bound + max(healing.powerAfter, .minutes(6)) + .minutes(4)
    case .networkDown where plan.machines < 3: return nil
    default: break
    }
    return bound * 3 / 2 + .minutes(1)
  }
}
