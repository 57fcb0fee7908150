import FleetModel

/// What the guards need to know of the rest of the fleet.
struct FleetSituation: Sendable {
  var mode: EngineStatus.Mode
  var pausedUntil: Instant?
  /// Machines under watch, fleet-wide and in the machine's group.
  var watched: Int
  var watchedInGroup: Int
  /// Power remedies under way or not yet verified, without this machine's.
  var powerUnderWay: Int
  var powerUnderWayInGroup: Int
  /// Distinct machines power-acted within the last minute, hour and day, without this machine.
  var poweredLastMinute: Int
  var poweredLastHour: Int
  var poweredLastDay: Int
  var powerLatched: Bool
  /// Watched machines not probed since the engine started or woke.
  var notYetProbed: Int
  var budgets = FleetSettings.Budgets()
  var stormSince: Instant?
  /// The monitor is blind on this machine's path.
  var blindSince: Instant?
  /// Remedies that failed on several machines alike.
  var failureHolds: [FleetMemory.FailureHold] = []

  /// Power remedies at once, in the fleet and in the group; distinct machines an hour and a day (semantics 6.1).
  var atOnce: Int { max(1, watched * budgets.powerAtOncePercent / 100) }
  var atOnceInGroup: Int { max(1, watchedInGroup * budgets.powerAtOncePercent / 100) }
  var hourly: Int { max(budgets.powerHourlyMinimum, watched * budgets.powerHourlyPercent / 100) }
  var daily: Int { max(budgets.powerDailyMinimum, watched * budgets.powerDailyPercent / 100) }
}

/// The rules that hold a remedy back (semantics 6), as pure functions: which, why, until when.
enum Guards {
  /// Guards nobody passes (semantics 6.11: never one-per-VM, intent, identity, 6.7's first).
  static func blocks(_ remedy: Remedy, _ state: MachineState) -> [Hold] {
    var holds: [Hold] = []
    if state.machine.provider == .local {
      holds.append(Hold(by: .thisMachine, why: "azlin never remedies the machine it runs on"))
    }
    if remedy == .redeploy, state.machine.traits?.hasEphemeralDisk == true {
      holds.append(Hold(by: .shielded, why: "its system lies on a disk of the host, which a redeploy would lose"))
    }
    if !state.machine.abilities.isSuperset(of: remedy.needs) {
      holds.append(Hold(by: .notPossible, why: missing(remedy, state)))
    }
    if state.climb.isActing {
      let what = state.climb.record?.remedy.title ?? "a remedy"
      holds.append(Hold(by: .oneRemedyPerMachine, why: "\(what) is under way"))
    }
    return holds
  }

  /// Guards an operator may pass after naming them. Automatic remedies stop at any of them.
  static func holds(_ remedy: Remedy, _ state: MachineState, _ fleet: FleetSituation, at now: Instant) -> [Hold] {
    let healing = state.policy.policy.healing
    var holds: [Hold] = []
    func hold(_ by: Guard, _ why: String, until: Instant? = nil) { holds.append(Hold(by: by, why: why, until: until)) }

    if !state.policy.policy.monitoring.enabled {
      hold(.notWatched, "not enabled: azlin autopilot enable \(state.machine.name)")
    }
    if fleet.mode == .observing {
      hold(.observing, "this engine observes only: start it with --heal, or run azlin autopilot run")
    }
    if !healing.enabled { hold(.healingDisabled, "self_healing.enabled is false") }
    if healing.mode == .observe || fleet.mode == .dryRun { hold(.observeMode, "effects are only written down") }
    if let toggle = toggle(remedy, healing, state) { hold(.toggle, toggle) }
    if let until = fleet.pausedUntil, until > now { hold(.paused, "the fleet is paused", until: until) }
    if let until = state.memory.pausedUntil, until > now { hold(.paused, "automation is paused", until: until) }
    if let until = state.memory.acknowledgedUntil, until > now {
      hold(.acknowledged, "acknowledged: a person has it in hand", until: until)
    }
    // A check that takes no part just now says nothing, and what it said before holds nothing back.
    if let kind = Ladder.verifies(remedy).first(where: {
      state.track($0).isFlapping && state.results[$0]?.participates ?? true
    }) {
      hold(.flapping, "\(kind.label) changes too often to be trusted")
    }
    if state.memory.baselineAt == nil { hold(.noBaseline, "it has never been healthy since it is watched") }
    if state.missingSince != nil { hold(.identity, "the last list of its provider does not have it") }
    if fleet.blindSince != nil { hold(.blind, "neither a watched machine nor a canary answers") }
    if let until = state.memory.fateUnknownUntil, until > now {
      hold(.settling, "an earlier remedy has an unknown outcome", until: until)
    }
    if let until = state.settlingUntil, until > now, remedy != .start {
      hold(.settling, "it was changed or booted a moment ago", until: until)
    }
    if let failed = fleet.failureHolds.first(where: { $0.remedy == remedy }) {
      hold(.failures, "\(remedy.title) failed on 3 machines alike: \(failed.why)", until: failed.until)
    }
    if healing.onlyInWindow, let opening = state.windowOpening(at: now) {
      hold(.window, "outside its window", until: opening)
    }
    if remedy == .start { startHold(state, healing, now).map { holds.append($0) } }
    if remedy == .cleanDisk, let seen = state.packageManagerRunsAt, now - seen < .minutes(10) {
      hold(.settling, "a package manager runs in the guest")
    }
    attempts(state, healing, now).map { holds.append($0) }
    if remedy == .cleanDisk {
      let recent = state.memory.cleanUpsAt.filter { now - $0 < .hours(6) }
      if recent.count >= 2, let first = recent.min() {
        hold(.attempts, "cleaned up twice within 6 h", until: first + .hours(6))
      }
    }
    if remedy.isPower { holds += powerHolds(remedy, state, fleet, now) }
    return holds
  }

  private static func startHold(_ state: MachineState, _ healing: Policy.Healing, _ now: Instant) -> Hold? {
    if state.stop == .onPurpose, state.readings.power.value?.isOff == true {
      return Hold(
        by: .offOnPurpose,
        why: state.memory.stoppedByOperatorAt != nil
          ? "stopped through azlin"
          : state.memory.seenRunningAt == nil ? "never seen running" : "turned off on purpose")
    }
    if state.stop == .evicted {
      guard healing.startEvicted else {
        return Hold(by: .toggle, why: "self_healing.allow.start_evicted is false")
      }
      if let last = state.memory.startsAt.last, now - last < .hours(1) {
        return Hold(by: .attempts, why: "a place for it is asked for once an hour", until: last + .hours(1))
      }
      return nil
    }
    if state.readings.power.value == .deallocated, healing.startStopped != .always {
      return Hold(by: .toggle, why: "deallocated: self_healing.start_stopped is not always")
    }
    if let last = state.memory.startsAt.last, now - last < .hours(24) {
      return Hold(by: .attempts, why: "started once within 24 h and stopped again", until: last + .hours(24))
    }
    return nil
  }

  private static func missing(_ remedy: Remedy, _ state: MachineState) -> String {
    let lacking = remedy.needs.subtracting(state.machine.abilities)
    let names: [(ControlAbilities, String)] = [
      (.start, "start"), (.stop, "stop"), (.restart, "restart"), (.run, "run"), (.redeploy, "redeploy"),
      (.reapply, "reapply"),
    ]
    let words = names.filter { lacking.contains($0.0) }.map(\.1)
    return switch state.machine.provider {
    case .hosts: "the inventory gives no `\(words.joined(separator: "`, `"))` command"
    case .azure: "\(words.joined(separator: ", ")) is not possible here, or no role of this identity allows it"
    case .local, .simulated: "its provider cannot do that"
    }
  }

  private static func toggle(_ remedy: Remedy, _ healing: Policy.Healing, _ state: MachineState) -> String? {
    switch remedy {
    case .start where !healing.autoRestart, .restart where !healing.autoRestart,
      .powerCycle where !healing.autoRestart:
      "self_healing.actions.auto_restart is false"
    case .start where healing.startStopped == .never: "self_healing.start_stopped is never"
    case .cleanDisk where !healing.autoCleanup: "self_healing.actions.auto_cleanup is false"
    case .restartNetwork where !healing.networkReset, .resetNetworkInterface where !healing.networkReset:
      "self_healing.actions.network_reset is false"
    case .redeploy where !healing.allowRedeploy: "self_healing.allow.redeploy is false"
    case .restart where state.climb.diagnosis == .sshDown && !healing.allowRestartForSSH:
      "self_healing.allow.restart_for_ssh is false"
    case .resetSSHConfiguration where !healing.allowConfigReset: "self_healing.allow.config_reset is false"
    default: nil
    }
  }

  private static func attempts(_ state: MachineState, _ healing: Policy.Healing, _ now: Instant) -> Hold? {
    if let incident = state.memory.incident, incident.attempts >= healing.maxAttempts {
      return Hold(by: .attempts, why: "\(incident.attempts) of \(healing.maxAttempts) attempts in this incident")
    }
    let recent = state.memory.attempts.filter { now - $0 < .hours(24) }
    guard recent.count >= 6, let first = recent.min() else { return nil }
    return Hold(by: .attempts, why: "6 attempts within 24 h", until: first + .hours(24))
  }

  private static func powerHolds(
    _ remedy: Remedy, _ state: MachineState, _ fleet: FleetSituation, _ now: Instant
  ) -> [Hold] {
    let healing = state.policy.policy.healing
    var holds: [Hold] = []
    func hold(_ by: Guard, _ why: String, until: Instant? = nil) { holds.append(Hold(by: by, why: why, until: until)) }
    for shield in state.machine.shields.sorted(by: { $0.rawValue < $1.rawValue }) { hold(.shielded, shield.rawValue) }
    if fleet.notYetProbed > 0 {
      hold(.settling, "\(fleet.notYetProbed) machine(s) not probed since azlin started")
    }
    if let powered = state.memory.poweredAt, now - powered < healing.bootTimeout {
      hold(.settling, "its last power action was a moment ago", until: powered + healing.bootTimeout)
    }
    if remedy.isDestructive, now - state.onset < healing.powerAfter {
      hold(
        .powerAfter, "not down for \(DurationText.text(healing.powerAfter)) yet",
        until: state.onset + healing.powerAfter)
    }
    if let since = fleet.stormSince {
      hold(.storm, "many machines went down at once since \(TimestampText.rfc3339(since))")
    }
    if fleet.powerUnderWay >= fleet.atOnce || fleet.powerUnderWayInGroup >= fleet.atOnceInGroup {
      hold(.powerConcurrency, "\(fleet.powerUnderWay) power remedies under way, \(fleet.atOnce) allowed")
    }
    if fleet.poweredLastMinute >= fleet.budgets.powerPerMinute {
      hold(
        .powerBudget, "\(fleet.budgets.powerPerMinute) power remedies within a minute", until: now + .minutes(1))
    }
    if fleet.powerLatched {
      hold(.powerBudget, "the power budget was used up: resume the fleet to go on")
    } else if fleet.poweredLastHour >= fleet.hourly {
      hold(.powerBudget, "\(fleet.hourly) machines power-acted within an hour")
    }
    switch state.climb.neighbours {
    case .newlyBad: hold(.neighbours, Diagnosis.sharedCause.rawValue)
    case .allSilent: hold(.neighbours, Diagnosis.monitorBlind.rawValue)
    case .none where remedy.isDestructive:
      hold(.noIndependentWitness, "no other machine or named canary on its path says that the path is there")
    case .none, .notAsked, .fine: break
    }
    return holds
  }

  /// The day's budget of distinct machines, once it is used up.
  static func dailyBudgetUsed(_ fleet: FleetSituation) -> String? {
    fleet.poweredLastDay >= fleet.daily ? "\(fleet.daily) machines were power-acted within a day" : nil
  }

  /// What only the machine's own view of a moment ago can say (semantics 4 row 8, 5.12, 6.4, 6.6).
  static func lastHold(_ remedy: Remedy, _ state: MachineState, at now: Instant) -> Hold? {
    let view = state.inquiry.platform
    if remedy.isPower {
      guard let view, now - view.finishedAt <= Engine.evidenceLifetime * 2, case .value(let power) = view.power else {
        return Hold(by: .unconfirmed, why: "its control plane did not confirm its power just now")
      }
      if remedy == .start ? !power.isOff : power != .running {
        return Hold(by: .unconfirmed, why: "its control plane says that it is \(power.rawValue)")
      }
    }
    if let known = view?.incarnation, !known.isEmpty, !state.machine.incarnation.isEmpty,
      known.lowercased() != state.machine.incarnation.lowercased()
    {
      return Hold(by: .identity, why: "another machine has its name now: waiting for the inventory")
    }
    if let created = view?.createdAt, now - created < .minutes(15) {
      return Hold(by: .settling, why: "it was made a moment ago", until: created + .minutes(15))
    }
    if let word = view?.provisioning.value, let hold = provisioningHold(word, remedy, state, now) { return hold }
    if remedy.isDestructive, state.brokenSources.count < 2 {
      return Hold(
        by: .noIndependentWitness,
        why: "only \(state.brokenSources.first ?? "nothing") says that it is broken; two sources are needed")
    }
    return nil
  }

  private static func provisioningHold(
    _ word: ProvisioningWord, _ remedy: Remedy, _ state: MachineState, _ now: Instant
  ) -> Hold? {
    if ["updating", "creating", "deleting", "migrating"].contains(word.state) {
      return Hold(by: .settling, why: "another operation is under way (\(word.state))")
    }
    if let at = word.at, now - at < .minutes(15), at > (state.memory.operatedAt ?? .distantPast) + .minutes(1) {
      return Hold(by: .settling, why: "somebody else changed it a moment ago", until: at + .minutes(15))
    }
    if word.state != "succeeded", !word.state.isEmpty, remedy != .reapply {
      return Hold(by: .settling, why: "its last operation ended as \(word.state): reapply it, or mend it in Azure")
    }
    return nil
  }
}
