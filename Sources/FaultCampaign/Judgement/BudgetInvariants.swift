import Autopilot
import FleetModel

/// Judges how much an engine did at once, in a minute, an hour and a day, across all its lives (semantics 6.1, 5.11).
package enum BudgetInvariants {
  /// - Parameters:
  ///   - calls: of one engine, in order.
  ///   - writes: of the same engine's disk.
  package static func judge(_ calls: [FleetCall], _ writes: [SimulatedDisk.Write]) -> [Violation] {
    let powers = calls.filter { $0.remedy.isPower && $0.mayTakeEffect && !$0.isOwed }
    return rates(powers) + concurrency(powers, calls, writes) + attempts(calls)
  }

  private static func violation(_ invariant: Invariant, _ call: FleetCall, _ text: String) -> Violation {
    Violation(invariant: invariant, at: call.at, machine: call.machine, text: text)
  }

  private static func rates(_ powers: [FleetCall]) -> [Violation] {
    var found: [Violation] = []
    for (index, call) in powers.enumerated() {
      func within(_ span: Duration) -> ArraySlice<FleetCall> {
        powers[...index].suffix(while: { call.monitorAt - $0.monitorAt < span })
      }
      let budgets = call.circumstances.policy.fleet.budgets
      // The largest fleet of the day: what shrinks meanwhile makes no earlier act wrong.
      let watched = within(.hours(24)).map(\.circumstances.watched).max() ?? 0
      if within(.minutes(1)).count > budgets.powerPerMinute {
        found.append(violation(.perMinute, call, "\(within(.minutes(1)).count) within a minute"))
      }
      let hour = Set(within(.hours(1)).map(\.place)).count
      let hourly = max(budgets.powerHourlyMinimum, watched * budgets.powerHourlyPercent / 100)
      if hour > hourly { found.append(violation(.hourly, call, "\(hour) VMs within an hour, \(hourly) allowed")) }
      let day = Set(within(.hours(24)).map(\.place)).count
      let daily = max(budgets.powerDailyMinimum, watched * budgets.powerDailyPercent / 100)
      if day > daily { found.append(violation(.daily, call, "\(day) VMs within a day, \(daily) allowed")) }
    }
    return found
  }

  /// A power rung holds its place until it is verified, has failed, or its fate is known.
  private static func concurrency(
    _ powers: [FleetCall], _ calls: [FleetCall], _ writes: [SimulatedDisk.Write]
  ) -> [Violation] {
    var settled: [IntentID: (at: Instant, isUnknown: Bool)] = [:]
    for write in writes where write.record.outcome.isSettled && settled[write.record.id] == nil {
      let isUnknown: Bool = if case .unknown = write.record.outcome { true } else { false }
      settled[write.record.id] = (write.at, isUnknown)
    }
    func end(_ call: FleetCall) -> Instant {
      guard let settled = settled[call.intent] else { return call.at + .minutes(90) }
      guard settled.isUnknown else { return settled.at }
      return max(settled.at, min(call.landsAt ?? settled.at, call.at + .minutes(90)))
    }
    var found: [Violation] = []
    for (index, call) in powers.enumerated() {
      let under = powers[..<index].filter { $0.place != call.place && end($0) > call.at + .seconds(2) }
      let around = call.circumstances
      let allowed = max(1, around.watched * around.policy.fleet.budgets.powerAtOncePercent / 100)
      let places = Set(under.map(\.place))
      if places.count >= allowed {
        found.append(
          violation(
            .concurrency, call,
            "\(places.count) others are under way (\(under.map(\.machine).joined(separator: ", "))), \(allowed) allowed at once"
          ))
      }
    }
    return found
  }

  /// At most `max_attempts` between two stretches of 15 minutes of true health, and 6 in a day.
  private static func attempts(_ calls: [FleetCall]) -> [Violation] {
    var found: [Violation] = []
    for (_, mine) in Dictionary(grouping: calls.filter { $0.isAttempt && !$0.isOwed }, by: \.place) {
      for (index, call) in mine.enumerated() {
        let day = mine[...index].filter { call.monitorAt - $0.monitorAt < .hours(24) }
        if day.count > 6 { found.append(violation(.attempts, call, "\(day.count) attempts within a day")) }
        let maximum = call.circumstances.policy.healing.maxAttempts
        guard let bad = call.troubledSince else { continue }
        let incident = mine[...index].filter { $0.at >= bad }
        if incident.count > maximum {
          found.append(violation(.attempts, call, "\(incident.count) attempts in one outage, \(maximum) allowed"))
        }
      }
    }
    return found
  }
}

extension RandomAccessCollection where Index == Int {
  /// The longest end of which all elements hold.
  fileprivate func suffix(while holds: (Element) -> Bool) -> SubSequence {
    var start = endIndex
    while start > startIndex, holds(self[start - 1]) { start -= 1 }
    return self[start...]
  }
}
