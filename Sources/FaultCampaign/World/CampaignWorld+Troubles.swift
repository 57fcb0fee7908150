import Autopilot
import FleetModel
import Simulator

// What begins and ends of itself.
extension CampaignWorld {
  mutating func begin(_ trouble: Trouble, _ index: Int, at now: Instant) {
    struck[trouble.kind, default: 0] += 1
    if trouble.duration != nil { schedule(.end(index), at: trouble.end) }
    let place = trouble.places.first ?? 0
    switch trouble.kind {
    case .dies, .hangs, .networkDown, .sshDown, .sshHung, .sshConfigBroken, .diskFull, .diskFullLiveLog, .memoryHigh,
      .cpuHigh, .agentDead, .hostKeyChanged, .authRefused, .hostFault:
      for place in trouble.places {
        struckAt[trouble.number] = truth(of: place, at: now).isWell && members[place].busy == nil
        strike(place, trouble.kind, for: trouble.duration, at: now)
      }
    case .stalls: for place in trouble.places { members[place].stalledSince = now }
    case .zoneLost:
      let region = members[place].machine.region
      for other in members.indices where members[other].machine.region == region {
        strike(other, .hostFault, for: trouble.duration, at: now)
      }
    case .rollingLoss:
      // One machine in a hundred a minute.
      let gap = Duration.seconds(6000 / max(members.count, 1))
      let count = Int((trouble.duration ?? .minutes(30)).milliseconds / max(gap.milliseconds, 1))
      for number in 0..<min(count, members.count) {
        schedule(
          .strike(dice.below(members.count), index % 2 == 0 ? .dies : .hangs, for: .hours(4)), at: now + gap * number)
      }
    case .slowBoot, .packageManager, .halfOpen, .pathBlocked, .banned, .remedyLies, .remedyFails, .remedyHarms,
      .remedySlow, .remedyLate, .armSilent, .hookVetoes:
      for place in trouble.places { members[place].upon[trouble.kind, default: 0] += 1 }
    case .probesFail where !trouble.places.isEmpty:
      for place in trouble.places { members[place].upon[.probesFail, default: 0] += 1 }
    case .subnetBlocked, .vpnLost:
      for other in struckBy(trouble) { members[other].upon[trouble.kind, default: 0] += 1 }
    case .allBlocked, .networkLost, .probesFail, .throttled, .writesThrottled, .armErrors, .armConflict, .armReadsDown,
      .powerStale, .logLags, .healthLags:
      around[trouble.kind, default: 0] += 1
      if around[trouble.kind] == 1 { since[trouble.kind] = now }
    case .evicted:
      for place in trouble.places where members[place].machine.traits?.isSpot == true {
        turnOff(place, .deallocate, "", false, at: now)
        members[place].isEvicted = true
      }
    case .personStops: for place in trouble.places { turnOff(place, .powerOff, "ops@contoso.example", true, at: now) }
    case .personDeallocates:
      for place in trouble.places { turnOff(place, .deallocate, "ops@contoso.example", true, at: now) }
    case .scheduleStops:
      for place in trouble.places { turnOff(place, .deallocate, "DevTestLabs auto-shutdown", true, at: now) }
    case .personStarts: for place in trouble.places { startByHand(place, at: now) }
    case .otherRestarts, .resized: for place in trouble.places { restartByHand(place, at: now) }
    case .recreated: for place in trouble.places { recreate(place, at: now) }
    case .policyChanges: for place in trouble.places { tighten(place) }
    case .inventoryShrinks: for place in trouble.places { members[place].isListed = false }
    case .operatorPauses, .operatorAcknowledges, .operatorRecovers, .frozen, .suspended, .clockSteps, .diskIsFull,
      .killedBeforeWrite, .killedAfterWrite, .killedBeforeCall, .killedAfterCall, .killedBeforeAnswer,
      .killedBeforeKeep, .killed:
      break
    }
    switch trouble.kind {
    case .operatorPauses, .operatorAcknowledges, .operatorRecovers, .policyChanges, .inventoryShrinks, .recreated,
      .frozen, .suspended,
      .clockSteps, .diskIsFull, .killedBeforeWrite, .killedAfterWrite, .killedBeforeCall, .killedAfterCall,
      .killedBeforeAnswer, .killedBeforeKeep, .killed:
      engineTroubles.append(trouble)
    default: break
    }
  }

  mutating func end(_ trouble: Trouble, at now: Instant) {
    switch trouble.kind {
    case .stalls: for place in trouble.places { members[place].stalledSince = nil }
    case .slowBoot, .packageManager, .halfOpen, .pathBlocked, .banned, .remedyLies, .remedyFails, .remedyHarms,
      .remedySlow, .remedyLate, .armSilent, .hookVetoes:
      for place in trouble.places { members[place].upon[trouble.kind, default: 1] -= 1 }
    case .probesFail where !trouble.places.isEmpty:
      for place in trouble.places { members[place].upon[.probesFail, default: 1] -= 1 }
    case .subnetBlocked, .vpnLost:
      for other in struckBy(trouble) { members[other].upon[trouble.kind, default: 1] -= 1 }
    case .allBlocked, .networkLost, .probesFail, .throttled, .writesThrottled, .armErrors, .armConflict, .armReadsDown,
      .powerStale, .logLags, .healthLags:
      around[trouble.kind, default: 1] -= 1
      if around[trouble.kind] == 0 { since[trouble.kind] = nil }
    case .personStops, .personDeallocates, .scheduleStops, .evicted:
      for place in trouble.places { startByHand(place, at: now) }
    case .policyChanges:
      for place in trouble.places { (members[place].policy, members[place].soundSince) = (plan.policies[place], nil) }
    case .inventoryShrinks:
      for place in trouble.places { (members[place].isListed, members[place].soundSince) = (true, nil) }
    default: break
    }
    if trouble.kind == .inventoryShrinks || trouble.kind == .policyChanges { engineTroubles.append(trouble) }
  }

  /// The machines whose path a shared trouble cuts.
  private func struckBy(_ trouble: Trouble) -> [Int] {
    let place = trouble.places.first ?? 0
    return switch trouble.kind {
    case .vpnLost: members.indices.filter { members[$0].policy.access.proxy != nil }
    default:
      members.indices.filter { members[$0].machine.address?.host.subnet == members[place].machine.address?.host.subnet }
    }
  }

  /// A guest's own fault strikes it, where it runs.
  mutating func strike(_ place: Int, _ kind: TroubleKind, for span: Duration?, at now: Instant) {
    guard let fault = kind.guestFault, truth(of: place, at: now).power == .running, members[place].busy == nil
    else { return }
    fleet.inject(id(place), fault, at: now, for: span)
    if kind == .dies { members[place].isPurposelyOff = false }
    // A host's fault ends in a boot of its guests.
    if kind == .hostFault || kind == .zoneLost { members[place].mendedAt = span.map { now + $0 } }
    guard kind == .dies || kind == .hangs else { return }
    members[place].mendedAt = span.map { now + $0 }
    if let span { schedule(.mends(place, kind), at: now + span - .milliseconds(1)) }
  }

  /// Others mend a guest by a start or a power cycle: an operation like any other, which the platform dates.
  mutating func mend(_ place: Int, _ kind: TroubleKind, at now: Instant) {
    guard members[place].mendedAt == now + .milliseconds(1), members[place].busy == nil else { return }
    let truth = truth(of: place, at: now)
    guard kind == .hangs ? truth.has(.hangs) : truth.has(.dies) && truth.power.isOff else { return }
    let until = now + .seconds(20)
    members[place].busy = (until, false)
    members[place].operated = (until, false)
    schedule(.ends(place), at: until)
  }

  /// Somebody turns a machine off by the control plane.
  mutating func turnOff(_ place: Int, _ call: PowerCall, _ who: String, _ purpose: Bool, at now: Instant) {
    guard truth(of: place, at: now).power == .running, members[place].busy == nil else { return }
    // Where no log tells who did it, a stop by hand deallocates.
    let call = plan.isCloud ? call : .deallocate
    let until = now + .seconds(20)
    members[place].isPurposelyOff = purpose
    members[place].stop = purpose ? (now, who, now + plan.logLag) : nil
    members[place].operated = purpose ? (until, false) : members[place].operated
    members[place].busy = (until, false)
    schedule(.control(place, call, until: until), at: now)
    schedule(.ends(place), at: until)
  }

  private mutating func startByHand(_ place: Int, at now: Instant) {
    guard truth(of: place, at: now).power.isOff, members[place].busy == nil else { return }
    occupy(place, .start, at: now, for: .seconds(25))
  }

  /// Another azlin, or a resize, restarts it.
  private mutating func restartByHand(_ place: Int, at now: Instant) {
    let truth = truth(of: place, at: now)
    guard truth.power == .running, members[place].busy == nil else { return }
    occupy(place, .restart, at: now, for: .seconds(60))
    // Whoever reboots a machine that hung has mended it.
    if truth.has(.hangs) { members[place].mendedAt = now + .seconds(60) }
  }

  private mutating func occupy(_ place: Int, _ call: PowerCall, at now: Instant, for span: Duration) {
    let until = now + span
    members[place].busy = (until, false)
    members[place].operated = (until, false)
    payOwed(place, until: until)
    schedule(.control(place, call, until: until), at: now)
    schedule(.boots(place), at: until)
    schedule(.ends(place), at: until)
  }

  /// Another machine of the same name takes its place.
  private mutating func recreate(_ place: Int, at now: Instant) {
    members[place].machine.incarnation = "again-\(place)-\(now.milliseconds)"
    members[place].recreatedAt = now
    members[place].files = Member.freshFiles
    members[place].stalledSince = nil
    members[place].isPurposelyOff = false
    members[place].stop = nil
    fleet.heal(id(place), at: now)
    occupy(place, .redeploy, at: now, for: .seconds(40))
  }

  /// Its owner becomes more careful.
  private mutating func tighten(_ place: Int) {
    members[place].soundSince = nil
    switch dice.below(5) {
    case 0: members[place].policy.healing.autoRestart = false
    case 1: members[place].policy.healing.mode = .observe
    case 2: members[place].policy.healing.enabled = false
    case 3: members[place].policy.healing.networkReset = false
    default: members[place].policy.monitoring.enabled = false
    }
  }
}

extension String {
  /// The first three numbers of an IPv4 address.
  var subnet: Substring { lastIndex(of: ".").map { self[..<$0] } ?? self[...] }
}
