import Autopilot
import FleetModel
import Testing

/// One more healthy or unknown witness never yields a harsher rung: every evidence against every milder one.
@Suite("One more healthy witness")
struct WitnessTests {
  private static let all: [Evidence] = {
    var all: [Evidence] = []
    for power in Evidence.Power.allCases {
      for reach in Evidence.Reach.allCases {
        for ssh in Evidence.SSH.allCases {
          for look in Evidence.Look.allCases {
            for agent in Evidence.Agent.allCases {
              for neighbours in Evidence.Neighbours.allCases {
                for long in [false, true] {
                  all.append(
                    Evidence(
                      power: power, reach: reach, ssh: ssh, look: look, agent: agent, neighbours: neighbours,
                      outageIsLong: long))
                }
              }
            }
          }
        }
      }
    }
    return all
  }()

  private func rank(_ evidence: Evidence) -> Int {
    Ladder.remedies(for: DiagnosisTable.diagnose(evidence)).map(\.rank).max() ?? 0
  }

  private func harsher(_ milder: (inout Evidence) -> Void) -> [String] {
    Self.all.compactMap { evidence in
      var better = evidence
      milder(&better)
      guard rank(better) > rank(evidence), rank(better) >= 3 else { return nil }
      return "\(DiagnosisTable.diagnose(evidence)) → \(DiagnosisTable.diagnose(better)): \(evidence)"
    }
  }

  private func expectNone(_ found: [String]) {
    #expect(found.isEmpty, "\(found.count): \(found.prefix(3).joined(separator: "\n"))")
  }

  @Test("it answers from outside after all")
  func reach() {
    expectNone(
      harsher {
        // A port that refuses is an answer: silence beside it is no evidence that a probe can bring.
        guard $0.reach == .silent, $0.ssh == .silent || $0.ssh == .notMeasured else { return }
        $0.reach = .up
        if $0.ssh == .silent { $0.ssh = .working }
      })
  }

  @Test("nobody could measure whether it answers")
  func unmeasured() {
    expectNone(
      harsher {
        $0.reach = .notMeasured; $0.ssh = .notMeasured
      })
  }

  @Test("SSH works after all")
  func ssh() { expectNone(harsher { if $0.reach == .up { $0.ssh = .working } }) }

  @Test("the look finds all well, or cannot be made")
  func look() {
    expectNone(harsher { $0.look = .allWell })
    expectNone(
      harsher { if $0.look != .notMade { $0.look = .impossible; if $0.agent == .silent { $0.agent = .notTold } } })
  }

  @Test("the agent spoke, or nobody tells")
  func agent() {
    expectNone(harsher { if $0.agent != .notTold { $0.agent = .fresh } })
    expectNone(harsher { $0.agent = .notTold })
  }

  @Test("its processors are busy")
  func busy() { expectNone(harsher { $0.isBusy = true }) }

  @Test("others are down as well")
  func neighbours() { expectNone(harsher { if $0.reach == .silent { $0.neighbours = .newlyBad } }) }

  @Test("the outage is young")
  func young() { expectNone(harsher { $0.outageIsLong = false }) }
}
