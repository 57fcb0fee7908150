import Autopilot
import FleetModel

/// Judges that hooks run by incident, not by machine (semantics 8.2).
package enum HookInvariants {
  package static func judge(_ run: CampaignRun, _ engine: EngineLife) -> [Violation] {
    let failures = run.world.hookRuns.filter { $0.event == .onFailure }
    let incidents = engine.incidents.count
    var found: [Violation] = []
    if run.plan.engines == 1,
      failures.count > incidents + run.plan.troubles.count(where: \.kind.isKill)
    {
      found.append(
        Violation(
          invariant: .hookStorm, at: run.plan.end, machine: "",
          text: "\(failures.count) on-failure runs for \(incidents) incidents"))
    }
    for note in run.world.hookRuns where note.isFalseAlarm {
      found.append(
        Violation(
          invariant: .hookStorm, at: note.at, machine: run.world.members[note.place].machine.name,
          text: "on-failure ran for a machine that is well and that the monitor could not measure"))
    }
    for trouble in run.plan.troubles
    where [.allBlocked, .networkLost].contains(trouble.kind) && trouble.at < run.plan.end {
      let runs = failures.filter { $0.at > trouble.at && $0.at < min(trouble.end, trouble.at + .minutes(30)) }
      let most = max(4, run.plan.machines / 5)
      guard runs.count > most else { continue }
      found.append(
        Violation(
          invariant: .hookStorm, at: trouble.at, machine: "",
          text: "\(runs.count) on-failure runs when \(trouble.kind.rawValue) struck all, \(most) would do"))
    }
    return found
  }
}
