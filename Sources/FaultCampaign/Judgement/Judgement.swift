import Autopilot
import FleetModel

/// What a run shows: promises broken, and how often everything came to pass.
package struct Judgement: Sendable {
  package var plan: CampaignPlan
  package var violations: [Violation] = []
  package var tally = Tally()

  /// Runs a plan and judges it.
  package static func of(_ plan: CampaignPlan) -> Judgement {
    var run = CampaignRun(plan)
    run.run()
    return Judgement(run)
  }

  package init(_ run: CampaignRun) {
    plan = run.plan
    let calls = run.world.calls
    for engine in run.engines {
      let mine = calls.filter { $0.engine == engine.number }
      let writes = engine.disk.writes
      let byHand = Set(writes.filter { $0.record.initiator == .operator }.map(\.record.id))
      for (index, call) in mine.enumerated() {
        if byHand.contains(call.intent) {
          // An operator's own word passes guards that he was shown, but never these.
          violations += CallInvariants.judge(call, previous: Array(mine[..<index]), pause: nil)
            .filter { CallInvariants.neverPassed.contains($0.invariant) }
          continue
        }
        let intendedAt = writes.first { $0.isIntent && $0.record.id == call.intent }?.at ?? call.at
        let pause = engine.pauses.first { $0.forbids(call, intendedAt: intendedAt) }
        violations += CallInvariants.judge(call, previous: Array(mine[..<index]), pause: pause)
      }
      violations += BudgetInvariants.judge(mine.filter { !byHand.contains($0.intent) }, writes)
      violations += HookInvariants.judge(run, engine)
      violations += DiskInvariants.judge(mine, engine.disk, end: run.plan.end)
    }
    violations += Liveness.judge(run)
    if let spin = run.spin {
      violations.append(
        Violation(invariant: .spins, at: spin.at, machine: "engine \(spin.engine + 1)", text: spin.what))
    }
    violations.sort { $0.at < $1.at }
    tally = Tally(run)
  }
}
