import Autopilot
import FleetModel

/// How often everything came to pass in a campaign: what never did proves nothing.
package struct Tally: Sendable {
  package var runs = 0
  package var probes = 0
  package var troubles: [TroubleKind: Int] = [:]
  package var guards: [Guard: Int] = [:]
  package var remedies: [Remedy: Int] = [:]
  package var verified = 0
  package var settled = 0
  package var diagnoses: [Diagnosis: (made: Int, right: Int)] = [:]
  package var incidents = 0
  package var hookRuns = 0
  package var violations: [Invariant: Int] = [:]
  package var mildInVain = 0
  package var judgedFaults = 0
  /// Pairs run, and how many of them the change made milder, by change.
  package var pairs: [String: (run: Int, milder: Int)] = [:]

  package init() {}

  package init(_ run: CampaignRun) {
    runs = 1
    probes = run.world.questions.probes
    troubles = run.world.struck
    hookRuns = run.world.hookRuns.count
    for call in run.world.calls { remedies[call.remedy, default: 0] += 1 }
    for engine in run.engines {
      guards.merge(engine.disk.tally.guards, uniquingKeysWith: +)
      guards.merge(engine.refusals, uniquingKeysWith: +)
      incidents += engine.disk.tally.incidents.count
      for record in engine.disk.records {
        guard let success = record.outcome.success else { continue }
        settled += 1
        if success { verified += 1 }
      }
    }
    for note in run.truths {
      let (made, right) = diagnoses[note.diagnosis] ?? (0, 0)
      diagnoses[note.diagnosis] = (made + 1, right + (note.diagnosis.isTrue(of: note.truth) ? 1 : 0))
    }
  }

  package mutating func add(_ pair: Pair) {
    let (run, milder) = pairs[pair.plan.change] ?? (0, 0)
    pairs[pair.plan.change] = (run + 1, milder + (pair.isMilder ? 1 : 0))
  }

  package mutating func add(_ other: Tally) {
    pairs.merge(other.pairs) { ($0.run + $1.run, $0.milder + $1.milder) }
    runs += other.runs
    probes += other.probes
    troubles.merge(other.troubles, uniquingKeysWith: +)
    guards.merge(other.guards, uniquingKeysWith: +)
    remedies.merge(other.remedies, uniquingKeysWith: +)
    verified += other.verified
    settled += other.settled
    diagnoses.merge(other.diagnoses) { ($0.made + $1.made, $0.right + $1.right) }
    incidents += other.incidents
    hookRuns += other.hookRuns
    violations.merge(other.violations, uniquingKeysWith: +)
    judgedFaults += other.judgedFaults
  }

  /// What has never come to pass, in words.
  package var vacuous: [String] {
    Guard.allCases.filter { guards[$0] == nil && !Self.notOfACampaign.contains($0) }.map { "guard: \($0.rawValue)" }
      + Diagnosis.allCases.filter { diagnoses[$0] == nil && !Self.neverOfAnIncident.contains($0) }.map {
        "diagnosis: \($0.rawValue)"
      }
      + TroubleKind.allCases.filter { troubles[$0] == nil }.map { "trouble: \($0.rawValue)" }
      + PairPlan.changes.filter { pairs[$0] == nil }.map { "pair: \($0)" }
      + (pairs.values.contains { $0.milder > 0 } ? [] : ["pair: one that was milder"])
  }

  /// What was never reached is a warning, and opens no incident.
  private static let neverOfAnIncident: Set<Diagnosis> = [.none, .notYetReachable]

  /// An engine that only observes, and the machine it runs on, are no part of a campaign's fleet; the delay before a rung
  /// is a plan, not a hold, and the look is asked before a rung is chosen.
  private static let notOfACampaign: Set<Guard> = [.observing, .thisMachine, .recoveryDelay, .look]
}

extension Diagnosis {
  /// Whether it is what is really so.
  func isTrue(of truth: Truth) -> Bool {
    switch self {
    case .none: truth.isWell
    case .monitorBlind: truth.has(.networkLost, .vpnLost)
    case .offOnPurpose: truth.isOffOnPurpose
    case .evicted: truth.isEvicted
    case .platformFault: truth.has(.hostFault)
    case .offReasonPending: truth.power.isOff
    case .stopped: truth.power.isOff && !truth.isOffOnPurpose
    case .sharedCause: truth.has(.subnetBlocked, .allBlocked, .vpnLost, .networkLost, .hostFault, .hangs)
    case .pathBlocked: truth.has(.pathBlocked, .banned, .subnetBlocked, .allBlocked, .vpnLost, .halfOpen)
    case .sshDown: truth.has(.sshDown, .sshHung, .sshConfigBroken)
    case .networkDownInGuest: truth.has(.networkDown)
    case .stalled: truth.has(.stalls) || truth.isBooting
    case .hung: truth.has(.hangs, .hostFault)
    case .diskFull: truth.has(.diskFull, .diskFullLiveLog)
    case .overloaded: truth.has(.memoryHigh, .cpuHigh)
    case .notYetReachable: truth.isDark
    case .unexplained: !truth.isWell
    }
  }
}
