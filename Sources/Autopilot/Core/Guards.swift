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
}

/// The rules that hold a remedy back (semantics 6), as pure functions: which, why, until when.
enum Guards {
  /// Guards nobody passes (semantics 6.11: never one-per-VM, intent, identity, 6.7's first).
  static func blocks(_ remedy: Remedy, _ state: MachineState) -> [Hold] {
    var holds: [Hold] = []
    if state.machine.provider == .local {
      holds.append(Hold(by: .thisMachine, why: "azlin never remedies the machine it runs on"))
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
    if let toggle = toggle(remedy, healing) { hold(.toggle, toggle) }
    if let until = fleet.pausedUntil, until > now { hold(.paused, "the fleet is paused", until: until) }
    if let until = state.memory.pausedUntil, until > now { hold(.paused, "automation is paused", until: until) }
    if let until = state.memory.acknowledgedUntil, until > now {
      hold(.acknowledged, "acknowledged: a person has it in hand", until: until)
    }
    if let kind = Ladder.verifies(remedy).first(where: { state.track($0).isFlapping }) {
      hold(.flapping, "\(kind.label) changes too often to be trusted")
    }
    if state.memory.baselineAt == nil { hold(.noBaseline, "it has never been healthy since it is watched") }
    if state.isOffOnPurpose, remedy == .start, healing.startStopped != .always {
      hold(
        .offOnPurpose,
        state.memory.stoppedByOperatorAt != nil
          ? "stopped through azlin"
          : state.memory.seenRunningAt == nil ? "never seen running" : "deallocated: start_stopped is not always")
    }
    attempts(state, healing, now).map { holds.append($0) }
    if remedy == .cleanDisk {
      let recent = state.memory.cleanUpsAt.filter { now - $0 < .hours(6) }
      if recent.count >= 2, let first = recent.min() {
        hold(.attempts, "cleaned up twice within 6 h", until: first + .hours(6))
      }
    }
    if remedy == .start, let last = state.memory.startsAt.last, now - last < .hours(24) {
      hold(.attempts, "started once within 24 h and stopped again", until: last + .hours(24))
    }
    if remedy.isPower { holds += powerHolds(remedy, state, fleet, now) }
    return holds
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

  private static func toggle(_ remedy: Remedy, _ healing: Policy.Healing) -> String? {
    switch remedy {
    case .start where !healing.autoRestart, .restart where !healing.autoRestart,
      .powerCycle where !healing.autoRestart:
      "self_healing.actions.auto_restart is false"
    case .start where healing.startStopped == .never: "self_healing.start_stopped is never"
    case .cleanDisk where !healing.autoCleanup: "self_healing.actions.auto_cleanup is false"
    case .restartNetwork where !healing.networkReset, .resetNetworkInterface where !healing.networkReset:
      "self_healing.actions.network_reset is false"
    case .redeploy where !healing.allowRedeploy: "self_healing.allow.redeploy is false"
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
    var holds: [Hold] = []
    if fleet.notYetProbed > 0 {
      holds.append(Hold(by: .settling, why: "\(fleet.notYetProbed) machine(s) not probed since azlin started"))
    }
    if let until = state.settlingUntil, until > now, remedy.isDestructive {
      holds.append(Hold(by: .settling, why: "it changed a moment ago", until: until))
    }
    let (inFleet, inGroup) = (max(1, fleet.watched / 20), max(1, fleet.watchedInGroup / 20))
    if fleet.powerUnderWay >= inFleet || fleet.powerUnderWayInGroup >= inGroup {
      holds.append(
        Hold(by: .powerConcurrency, why: "\(fleet.powerUnderWay) power remedies under way, \(inFleet) allowed"))
    }
    if fleet.poweredLastMinute >= 10 {
      holds.append(Hold(by: .powerBudget, why: "10 power remedies within a minute", until: now + .minutes(1)))
    }
    let (hourly, daily) = (max(2, fleet.watched * 2 / 100), max(3, fleet.watched * 5 / 100))
    if fleet.powerLatched {
      holds.append(Hold(by: .powerBudget, why: "the power budget was used up: resume the fleet to go on"))
    } else if fleet.poweredLastHour >= hourly {
      holds.append(Hold(by: .powerBudget, why: "\(hourly) machines power-acted within an hour"))
    } else if fleet.poweredLastDay >= daily {
      holds.append(Hold(by: .powerBudget, why: "\(daily) machines power-acted within a day"))
    }
    switch state.climb.neighbours {
    case .newlyBad, .allSilent:
      holds.append(Hold(by: .neighbours, why: "its neighbours are failing too: a shared cause"))
    case .notAsked, .fine: break
    }
    return holds
  }
}
