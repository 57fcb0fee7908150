/// What keys may not say against each other (semantics 1.8).
enum PolicyRules {
  static func problems(_ resolution: PolicyResolution) -> [PolicyProblem] {
    limits(resolution) + timeouts(resolution) + window(resolution)
  }

  private static func limits(_ resolution: PolicyResolution) -> [PolicyProblem] {
    ["disk", "memory", "cpu", "iowait"].compactMap { name in
      let paths = ["thresholds.\(name)_warning", "thresholds.\(name)_critical"]
      let values = paths.compactMap { path -> Int? in
        if case .integer(let number) = PolicyKey.named(path)?.value(of: resolution.policy) { number } else { nil }
      }
      guard values.count == 2, values[0] >= values[1] else { return nil }
      return problem(
        resolution, paths,
        "\(said(paths[0], resolution)) must be below \(said(paths[1], resolution)): lower the one or raise the other")
    }
  }

  private static func timeouts(_ resolution: PolicyResolution) -> [PolicyProblem] {
    let monitoring = resolution.policy.monitoring
    let timeouts = [
      ("health_monitoring.timeouts.connectivity", monitoring.connectivityTimeout),
      ("health_monitoring.timeouts.ssh", monitoring.sshTimeout),
    ]
    return timeouts.compactMap { path, timeout in
      guard timeout >= monitoring.interval else { return nil }
      return problem(
        resolution, [path, PolicyResolver.intervalPath],
        "\(said(path, resolution)) must be below \(said(PolicyResolver.intervalPath, resolution)): "
          + "shorten the time-out or lengthen the interval")
    }
  }

  private static func window(_ resolution: PolicyResolution) -> [PolicyProblem] {
    let maintenance = resolution.policy.maintenance
    let (startPath, endPath) = ("maintenance.window_start", "maintenance.window_end")
    switch (maintenance.windowStart, maintenance.windowEnd) {
    case (nil, nil):
      guard resolution.policy.healing.onlyInWindow else { return [] }
      let path = "self_healing.only_in_window"
      return [
        problem(resolution, [path], "\(said(path, resolution)) needs a window: set \(startPath) and \(endPath)")
      ]
    case (_?, nil): return [problem(resolution, [startPath], "\(startPath) needs \(endPath) too")]
    case (nil, _?): return [problem(resolution, [endPath], "\(endPath) needs \(startPath) too")]
    case (let start?, let end?):
      if start == end {
        return [
          problem(
            resolution, [startPath, endPath],
            "\(said(startPath, resolution)) and \(said(endPath, resolution)) are the same: the window is empty")
        ]
      }
      return meeting(resolution, start: start, end: end)
    }
  }

  /// Only schedules in UTC can be judged without the rules of a zone.
  private static func meeting(_ resolution: PolicyResolution, start: Int, end: Int) -> [PolicyProblem] {
    let maintenance = resolution.policy.maintenance
    guard maintenance.timeZone == "UTC", let text = maintenance.schedule, let cron = try? CronExpression(text),
      !cron.minutesOfDay.contains(where: { start < end ? (start..<end).contains($0) : $0 >= start || $0 < end })
    else { return [] }
    let window = "\(TimestampText.timeOfDay(minutes: start))–\(TimestampText.timeOfDay(minutes: end)) UTC"
    return [
      problem(
        resolution, ["maintenance.schedule", "maintenance.window_start", "maintenance.window_end"],
        "maintenance.schedule \"\(text)\" never starts inside the window \(window): move the one or the other")
    ]
  }

  /// A key, its value and who says so: `thresholds.disk_warning 96 (VM's file)`.
  private static func said(_ path: String, _ resolution: PolicyResolution) -> String {
    let text = PolicyKey.named(path)?.text(of: resolution.policy) ?? ""
    return "\(path) \(text) (\((resolution.origins[path] ?? .builtIn).rawValue))"
  }

  /// The place is that of the strongest layer among `paths`; of the first one where they are alike.
  private static func problem(
    _ resolution: PolicyResolution, _ paths: [String], _ message: String
  ) -> PolicyProblem {
    var strongest = paths[0]
    for path in paths.dropFirst() {
      if resolution.origins[path] ?? .builtIn > resolution.origins[strongest] ?? .builtIn { strongest = path }
    }
    return PolicyProblem(at: resolution.places[strongest], key: strongest, message)
  }
}
