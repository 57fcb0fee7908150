import Autopilot
import FleetModel

/// What reached the fleet, and all that invariants need to judge it by.
extension CampaignWorld {
  /// A power cycle of whose end nobody has told azlin: its power-off may still land, for all that can be known.
  private func mayStillOwe(_ place: Int, at now: Instant) -> Bool {
    guard let cycle = calls.last(where: { $0.place == place && $0.remedy == .powerCycle }),
      case .unknown? = cycle.outcome
    else { return false }
    return now - cycle.at < .minutes(90)
  }

  /// Writes down what reaches the fleet, with all that is true now.
  /// - Returns: its place in `calls`.
  mutating func record(
    _ order: RemedyOrder, _ place: Int, engine: Int, life: Int, notAfter: Instant, monitorAt: Instant, at now: Instant
  ) -> Int {
    let member = members[place]
    var call = FleetCall(
      number: calls.count + 1, engine: engine, life: life, intent: order.intent, place: place,
      machine: member.machine.name, remedy: order.remedy, at: now, monitorAt: monitorAt, notAfter: notAfter,
      truth: truth(of: place, at: now), probed: member.probed, inspectedAt: member.inspectedAt,
      isSameIncarnation: order.machine.incarnation == member.machine.incarnation, recreatedAt: member.recreatedAt,
      outcome: nil, finishedAt: nil, landsAt: nil)
    call.badSince = member.badSince
    call.mount = order.mount
    call.isShielded = plan.shielded.contains(place)
    let owes = member.owesStartSince != nil || member.owed.last.map { now < $0.upperBound } ?? false
    call.isOwed = order.remedy == .start && (owes || mayStillOwe(place, at: now))
    let others = members.indices.filter {
      $0 != place && members[$0].policy.monitoring.enabled && members[$0].isListed
        && (members[$0].probed?.truth.power).map { $0 == .running } ?? false
    }
    call.neighboursToAsk = others.count { members[$0].darkSince == nil }
    // Whoever has hooks may wait for them after asking.
    let asking: Duration = member.policy.hooks[.preStop]?.isEmpty == false ? .minutes(6) : .seconds(230)
    let since = max(now - asking, member.badSince ?? .distantPast)
    call.neighboursAsked = others.count { (members[$0].probed?.at ?? .distantPast) >= since }
    call.circumstances = circumstances(place, at: now)
    call.troubledSince = member.troubledSince
    call.calmSince = stormAt
    call.isCloud = plan.isCloud
    call.mendedAt = member.mendedAt.flatMap { $0 <= now ? $0 : nil }
    call.hasOwnPolicy = member.policy == plan.policies[place]
    calls.append(call)
    return calls.count - 1
  }

  /// Longer than any check needs to be sure that a machine is down.
  private func isKnownDown(_ member: Member, at now: Instant) -> Bool {
    guard member.policy.monitoring.enabled, member.isListed, let since = member.darkSince else { return false }
    let monitoring = member.policy.monitoring
    let sure = monitoring.interval + .seconds(45) * monitoring.confirm
    return now - since >= sure && now - since < .minutes(60) && member.probed?.truth.power == .running
      && (member.probed?.truth.isDark ?? false)
  }

  /// More machines are known to be down than make a storm.
  func isStorm(at now: Instant) -> Bool {
    guard members.count >= 3 else { return false }
    let watched = members.filter { $0.policy.monitoring.enabled && $0.isListed }
    let down = watched.count { isKnownDown($0, at: now) }
    return down >= 3 && down * 100 > watched.count * 20
  }

  private func circumstances(_ place: Int, at now: Instant) -> FleetCall.Circumstances {
    var around = FleetCall.Circumstances()
    let member = members[place]
    let watched = members.filter { $0.policy.monitoring.enabled && $0.isListed }
    around.watched = watched.count
    around.watchedInGroup = watched.count { $0.machine.group == member.machine.group }
    around.down = watched.count { isKnownDown($0, at: now) }
    around.blindSince = since[.networkLost] ?? since[.probesFail]
    around.unconfirmedSince = since[.armReadsDown]
    around.policy = member.policy
    around.hasPreHook = member.policy.hooks[.preStop]?.isEmpty == false
    if let hooks = member.hooks {
      if hooks.agreed { around.preHookAgreedAt = hooks.at } else { around.vetoedAt = hooks.at }
    }
    return around
  }
}
