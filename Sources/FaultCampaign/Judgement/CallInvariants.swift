import Autopilot
import FleetModel

/// Judges each call that reached the fleet by what was true when it came.
package enum CallInvariants {
  /// What is seen a moment ago may have changed since: the fresh probe before a rung, the questions after it and hooks.
  static let raceTime = Duration.seconds(75)

  /// What even an operator's own command never passes (semantics 6.11).
  package static let neverPassed: Set<Invariant> = [.oneAtATime, .identity, .notAfter]

  /// - Parameter pause: the one that should have kept the call from being made.
  package static func judge(_ call: FleetCall, previous: [FleetCall], pause: OperatorPause?) -> [Violation] {
    var found: [Violation] = []
    func broken(_ invariant: Invariant, _ text: String) {
      found.append(
        Violation(invariant: invariant, at: call.at, machine: call.machine, text: "\(call.remedy.title): \(text)"))
    }
    let hurt = harm(call)
    if let hurt {
      broken(call.remedy == .start ? .offOnPurpose : call.remedy.rank >= 3 ? .healthyHurt : .mildInVain, hurt)
    }
    if call.at > call.notAfter { broken(.notAfter, "sent after its not-after") }
    if call.notAfter - call.at > call.remedy.deadline + .seconds(5) {
      broken(.notAfter, "its not-after is too far away")
    }
    if !call.isSameIncarnation, call.recreatedAt.map({ call.at - $0 > raceTime }) ?? true {
      broken(.identity, "another machine has this name since \(text(call.recreatedAt))")
    }
    if call.remedy == .cleanDisk, call.truth.has(.diskFull), !call.truth.has(.diskFullLiveLog), call.mount != "/" {
      broken(.cleanUp, "sent for \(call.mount ?? "no mount"), and / is full")
    }
    if !call.spoiled.isEmpty {
      broken(.cleanUp, "took \(call.spoiled.joined(separator: ", ")), which it must not touch")
    }
    if call.remedy.isPower, call.isShielded { broken(.toggle, "its tag azlin:heal is off") }
    if call.isOwed { return found }
    found += evidence(call)
    found += circumstances(call)
    found += timing(call, previous)
    if let forbidden = forbidden(call) { broken(.toggle, forbidden) }
    if let pause {
      broken(.paused, "paused since \(text(pause.from))")
    }
    return found
  }

  private static func text(_ instant: Instant?) -> String { instant.map { TimestampText.rfc3339($0) } ?? "never" }

  /// nil: its true state called for it, now or when it was last looked at.
  private static func harm(_ call: FleetCall) -> String? {
    if call.truth.callsFor(call.remedy) { return nil }
    if let probed = call.probed, call.at - probed.at <= raceTime, probed.truth.callsFor(call.remedy) { return nil }
    if isMendedUnseen(call) { return nil }
    let state =
      call.truth.isOffOnPurpose ? "off on purpose" : call.truth.isBooting ? "booting" : call.truth.power.rawValue
    let faults = call.truth.faults.map(\.rawValue).sorted().joined(separator: ", ")
    return "\(state), \(faults.isEmpty ? "nothing is wrong with it" : "wrong: \(faults)")"
  }

  /// Nobody dates what is done to a host without a cloud: power-cycled by others, it looks as it did before until its
  /// boot answers.
  private static func isMendedUnseen(_ call: FleetCall) -> Bool {
    !call.isCloud && call.truth.isBooting && call.mendedAt.map { call.at - $0 <= .minutes(10) } ?? false
  }

  private static func evidence(_ call: FleetCall) -> [Violation] {
    var found: [Violation] = []
    func broken(_ invariant: Invariant, _ text: String) {
      found.append(
        Violation(invariant: invariant, at: call.at, machine: call.machine, text: "\(call.remedy.title): \(text)"))
    }
    if let probed = call.probed, call.at - probed.at <= raceTime {
    } else {
      broken(.staleEvidence, "last probed \(text(call.probed?.at))")
    }
    if let bad = call.badSince, let probed = call.probed, probed.at < bad {
      broken(.staleEvidence, "probed before the onset of \(text(bad))")
    }
    guard call.remedy.isPower else { return found }
    if let asked = call.inspectedAt, call.at - asked <= raceTime + .seconds(30) {
    } else {
      broken(.unconfirmed, "the platform last answered about it \(text(call.inspectedAt))")
    }
    if call.neighboursAsked * 10 < min(call.neighboursToAsk, 10) * 8 {
      broken(.neighbours, "no neighbour was probed after the onset")
    }
    return found
  }

  private static func circumstances(_ call: FleetCall) -> [Violation] {
    var found: [Violation] = []
    let around = call.circumstances
    func broken(_ invariant: Invariant, _ text: String) {
      found.append(
        Violation(invariant: invariant, at: call.at, machine: call.machine, text: "\(call.remedy.title): \(text)"))
    }
    if let since = around.blindSince, call.at - since > .seconds(150) { broken(.blind, "blind since \(text(since))") }
    if call.remedy.isPower {
      if let since = around.unconfirmedSince, call.at - since > .seconds(150) {
        broken(.unconfirmed, "the control plane cannot be read since \(text(since))")
      }
      if around.down >= max(3, around.policy.fleet.budgets.stormMinimum),
        around.down * 100 > around.watched * around.policy.fleet.budgets.stormPercent
      {
        broken(.storm, "\(around.down) of \(around.watched) are known to be down")
      } else if let storm = call.calmSince, call.at - storm < .seconds(285) {
        broken(.storm, "the storm was over only after \(text(storm))")
      }
    }
    // A hook that says no is asked again; nothing happens before it agrees.
    if around.hasPreHook, call.remedy.isPower {
      if let vetoed = around.vetoedAt { broken(.veto, "vetoed at \(text(vetoed))") }
      if around.vetoedAt == nil, around.preHookAgreedAt.map({ call.at - $0 > .minutes(3) }) ?? true {
        broken(.veto, "its pre-hook last agreed \(text(around.preHookAgreedAt))")
      }
    }
    return found
  }

  private static func timing(_ call: FleetCall, _ previous: [FleetCall]) -> [Violation] {
    var found: [Violation] = []
    func broken(_ invariant: Invariant, _ text: String) {
      found.append(
        Violation(invariant: invariant, at: call.at, machine: call.machine, text: "\(call.remedy.title): \(text)"))
    }
    let healing = call.circumstances.policy.healing
    if call.remedy.isDestructive {
      if call.truth.power == .running, call.badSince.map({ call.at - $0 < healing.powerAfter - .seconds(1) }) ?? true {
        broken(.powerAfter, "bad since \(text(call.badSince)), power_after is \(DurationText.text(healing.powerAfter))")
      }
      if call.truth.isBooting, !isMendedUnseen(call) { broken(.bootGrace, "it is booting") }
    }
    let mine = previous.filter { $0.place == call.place && $0.mayTakeEffect && $0.engine == call.engine }
    if call.remedy.isPower, let last = mine.last(where: { $0.remedy.isPower && !$0.isOwed }),
      call.at - last.at < healing.bootTimeout - .seconds(1),
      last.outcome.map({ if case .failed = $0 { false } else { true } }) ?? true
    {
      broken(
        .bootGrace,
        "\(last.remedy.title) was at \(text(last.at)), boot_timeout is \(DurationText.text(healing.bootTimeout))")
    }
    if let busy = mine.last(where: {
      ($0.landsAt ?? $0.finishedAt ?? $0.at) > call.at && call.at - $0.at < .minutes(90)
    }) {
      broken(.oneAtATime, "\(busy.remedy.title) of \(text(busy.at)) lands at \(text(busy.landsAt))")
    }
    return found
  }

  /// The rung that policy forbids for what is really wrong.
  private static func forbidden(_ call: FleetCall) -> String? {
    let policy = call.circumstances.policy
    let healing = policy.healing
    if !policy.monitoring.enabled { return "it is not watched" }
    if !healing.enabled { return "self_healing.enabled is false" }
    if healing.mode == .observe { return "mode is observe" }
    switch call.remedy {
    case .start, .restart, .powerCycle, .redeploy:
      if !healing.autoRestart { return "auto_restart is false" }
      if call.remedy == .start, healing.startStopped == .never { return "start_stopped is never" }
      if call.remedy == .start, call.truth.isEvicted, !healing.startEvicted { return "start_evicted is false" }
      if call.remedy == .start, call.truth.power == .deallocated, !call.truth.isEvicted, healing.startStopped != .always
      {
        return "it is deallocated and start_stopped is not always"
      }
      if call.remedy == .redeploy, !healing.allowRedeploy { return "allow.redeploy is false" }
    case .restartNetwork where !healing.networkReset: return "network_reset is false"
    case .cleanDisk where !healing.autoCleanup: return "auto_cleanup is false"
    case .resetSSHConfiguration where !healing.allowConfigReset: return "allow.config_reset is false"
    default: break
    }
    // A forbidden rung ends the ladder: what comes after it is harsher.
    if call.hasOwnPolicy, !call.truth.has(.hangs, .hostFault, .stalls) {
      if call.truth.has(.networkDown), !healing.networkReset, [.reapply, .restart, .redeploy].contains(call.remedy) {
        return "network_reset is false, and ends the ladder"
      }
      if call.isCloud, call.truth.has(.sshDown, .sshHung), !call.truth.has(.networkDown, .agentDead),
        !healing.allowConfigReset,
        call.remedy == .restart
      {
        return "allow.config_reset is false, and ends the ladder"
      }
    }
    if healing.onlyInWindow, let start = policy.maintenance.windowStart, let end = policy.maintenance.windowEnd {
      let minute = Int(call.monitorAt.milliseconds / 60_000 % 1440)
      let isOpen = start < end ? (start..<end).contains(minute) : minute >= start || minute < end
      if !isOpen { return "outside its window" }
    }
    return nil
  }
}
