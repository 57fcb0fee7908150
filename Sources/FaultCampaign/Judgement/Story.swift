import Autopilot
import FleetModel

/// A run told line by line.
package enum Story {
  /// What is going to happen, and by what number `--only` knows it.
  package static func plan(_ plan: CampaignPlan) -> String {
    let kind = plan.isCloud ? "cloud" : "hosts"
    let lags =
      "activity log \(DurationText.text(plan.logLag)), health \(DurationText.text(plan.healthLag)), power \(DurationText.text(plan.powerLag)) behind"
    return "\(kind), \(plan.machines) VMs; \(lags)\n"
      + plan.troubles.map { trouble in
        let span = trouble.duration.map { " for \(DurationText.text($0))" } ?? ""
        return
          "#\(trouble.number) \(TimestampText.rfc3339(trouble.at)) \(trouble.kind.rawValue) \(trouble.places)\(span)"
      }.joined(separator: "\n")
  }

  /// What happened: troubles, calls, hooks, and what the engine wrote down of it.
  package static func of(_ run: CampaignRun) -> String {
    var lines: [(Instant, String)] = []
    func add(_ at: Instant, _ text: String) { lines.append((at, "\(TimestampText.rfc3339(at)) \(text)")) }
    let names = run.world.members.map(\.machine.name)
    for trouble in run.plan.troubles where trouble.at < run.plan.end {
      add(
        trouble.at,
        "TROUBLE #\(trouble.number) \(trouble.kind.rawValue) \(trouble.places.map { names[$0] }.joined(separator: ", "))"
      )
      if trouble.end < run.plan.end { add(trouble.end, "ends    #\(trouble.number) \(trouble.kind.rawValue)") }
    }
    for call in run.world.calls {
      let faults = call.truth.faults.map(\.rawValue).sorted().joined(separator: "+")
      add(
        call.at,
        "CALL    \(call.machine) \(call.remedy.rawValue)\(call.isOwed ? " (owed)" : "") truth: \(call.truth.power.rawValue) \(faults)"
          + "\(call.truth.isOffOnPurpose ? " off on purpose" : "") -> \(call.outcome.map { "\($0)" } ?? "no answer")"
          + (call.landsAt.map { " lands \(TimestampText.rfc3339($0))" } ?? ""))
    }
    for note in run.world.hookRuns {
      add(note.at, "hook    \(names[note.place]) \(note.event.rawValue) \(note.agreed ? "agreed" : "vetoed")")
    }
    for engine in run.engines {
      for event in engine.disk.story { add(event.at, "engine\(engine.number + 1) \(event.machineName) \(event.text)") }
    }
    return lines.enumerated().sorted { ($0.element.0, $0.offset) < ($1.element.0, $1.offset) }.map(\.element.1)
      .joined(separator: "\n")
  }
}
