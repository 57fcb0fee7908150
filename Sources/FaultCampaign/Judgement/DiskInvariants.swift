import Autopilot
import FleetModel

/// Judges what was on the disk before each effect and after it (semantics 6.10).
package enum DiskInvariants {
  package static func judge(_ calls: [FleetCall], _ disk: SimulatedDisk, end: Instant) -> [Violation] {
    var found: [Violation] = []
    var intents: [IntentID: Instant] = [:]
    for write in disk.writes where write.isIntent { intents[write.record.id] = intents[write.record.id] ?? write.at }
    for call in calls {
      if let at = intents[call.intent], at <= call.at { continue }
      found.append(
        Violation(
          invariant: .intentFirst, at: call.at, machine: call.machine,
          text: "\(call.remedy.title): its intent was \(intents[call.intent] == nil ? "never" : "later") on the disk"))
    }
    guard !disk.isFull else { return found }
    // Vetoes, and what was refused as too many or too busy, are none (semantics 5.11); an unknown fate is one, and so
    // is what is being tried.
    let real = disk.records.reduce(into: [String: Int]()) {
      if isAttempt($1.outcome) { $0[$1.incident, default: 0] += 1 }
    }
    for (incident, counted) in disk.tally.mostAttempts.sorted(by: { $0.key < $1.key }) {
      let attempts = real[incident, default: 0]
      guard counted > attempts + 1 else { continue }
      found.append(
        Violation(
          invariant: .attempts, at: end, machine: incident,
          text: "\(counted) attempts are counted, and \(attempts) had an effect"))
    }
    for record in disk.records where !record.outcome.isSettled && end - record.startedAt > .minutes(110) {
      found.append(
        Violation(
          invariant: .outcomeAfter, at: record.startedAt, machine: record.machineName,
          text: "\(record.remedy.title): no outcome on the disk \(DurationText.text(end - record.startedAt)) later"))
    }
    for (incident, count) in disk.tally.humanCalls.sorted(by: { $0.key < $1.key }) where count > 1 {
      found.append(
        Violation(
          invariant: .humanOnce, at: end, machine: incident, text: "a person was called \(count) times for one incident"
        ))
    }
    return found
  }

  private static func isAttempt(_ outcome: RecoveryOutcome) -> Bool {
    switch outcome {
    case .notBegun, .vetoed, .wouldHave, .recoveredByItself: false
    default: true
    }
  }
}
