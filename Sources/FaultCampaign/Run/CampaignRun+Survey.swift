import FleetModel

// What stands on the disk long after it should be over.
extension CampaignRun {
  /// An incident that does not end.
  package struct Lingering: Sendable {
    package var at: Instant
    package var place: Int
    package var incident: String
    package var soundSince: Instant
  }

  /// An incident closes after a quarter of an hour of health; what is sound for much longer than that and still has one
  /// would stay so for ever.
  mutating func survey(_ index: Int) {
    let life = engines[index]
    guard life.engine != nil, life.frozenUntil == nil, !life.disk.isFull else { return }
    for (place, member) in world.members.enumerated() {
      guard let sound = member.soundSince, member.policy.monitoring.enabled, member.isListed,
        let incident = life.disk.openIncident(of: member.machine.id),
        !lingering.contains(where: { $0.incident == incident.id })
      else { continue }
      let due = max(sound, life.disturbedAt, incident.openedAt - life.offset) + member.policy.closingTime
      guard now > due, incident.diagnosis != .overloaded else { continue }
      lingering.append(Lingering(at: now, place: place, incident: incident.id, soundSince: sound))
    }
  }
}

extension Policy {
  /// How long an incident may stand open on a machine that is sound: 15 minutes of settling after enough healthy probes,
  /// and time for the last things under way.
  fileprivate var closingTime: Duration {
    .minutes(15) + monitoring.interval * (monitoring.confirm + 2) + .minutes(15)
  }
}
