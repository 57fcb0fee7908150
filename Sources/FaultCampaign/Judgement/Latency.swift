import FleetModel

/// How long it takes from a fault to a hard finding, over many simulated faults at each level.
package struct Latency: Sendable {
  package struct Row: Sendable {
    package var level: MonitoringLevel
    package var faults: Int
    package var missed: Int
    package var median: Duration
    package var p99: Duration
    package var bound: Duration
  }
  package var rows: [Row]

  /// - Parameter faults: at each level.
  package static func measure(faults: Int = 200) -> Latency {
    Latency(rows: MonitoringLevel.allCases.map { row($0, faults) })
  }

  private static func row(_ level: MonitoringLevel, _ faults: Int) -> Row {
    var policy = CampaignPlan.standardPolicy()
    policy.monitoring.level = level
    policy.monitoring.checks = level.checks
    policy.monitoring.interval = level.interval
    var times: [Duration] = []
    for number in 0..<faults {
      var dice = Dice(UInt64(number), 9)
      let at = CampaignPlan.defaultStart + .minutes(40) + dice.seconds(0, 1200)
      let plan = CampaignPlan(
        name: "latency", seed: UInt64(number), machines: 3, duration: .minutes(90), policy: policy,
        troubles: [Trouble(number: 1, at: at, kind: .networkDown, places: [number % 3], for: .hours(2))])
      var run = CampaignRun(plan)
      run.run()
      let found = run.engines[0].disk.story.first { $0.at >= at && $0.text.hasPrefix("incident: ") }
      if let found { times.append(found.at - at) }
    }
    times.sort()
    func quantile(_ share: Double) -> Duration {
      times.isEmpty ? .zero : times[min(times.count - 1, Int(Double(times.count) * share))]
    }
    return Row(
      level: level, faults: faults, missed: faults - times.count, median: quantile(0.5), p99: quantile(0.99),
      bound: Bound.detection(.networkDown, policy))
  }

  package var text: String {
    rows.map { row in
      "\(row.level.rawValue): \(row.faults) faults, p50 \(Self.seconds(row.median)), p99 \(Self.seconds(row.p99)), "
        + "bound \(Self.seconds(row.bound))\(row.missed > 0 ? ", \(row.missed) never found" : "")"
    }.joined(separator: "\n")
  }

  package var holds: Bool { rows.allSatisfy { $0.missed == 0 && $0.p99 <= $0.bound } }

  private static func seconds(_ span: Duration) -> String { "\(Int(span.inSeconds.rounded())) s" }
}
