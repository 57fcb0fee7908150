import Autopilot
import FleetModel
import Testing

@Suite("The diagnosis is a total table")
struct DiagnosisTests {
  /// Every combination of evidence.
  static var all: [Evidence] {
    var list: [Evidence] = []
    for power in Evidence.Power.allCases {
      for purpose in [false, true] {
        for reach in Evidence.Reach.allCases {
          for ssh in Evidence.SSH.allCases {
            for look in Evidence.Look.allCases {
              for resource in Evidence.Resource.allCases {
                for neighbours in Evidence.Neighbours.allCases {
                  for long in [false, true] {
                    list.append(
                      Evidence(
                        power: power, offOnPurpose: purpose, reach: reach, ssh: ssh, look: look, resource: resource,
                        neighbours: neighbours, outageIsLong: long))
                  }
                  // Matters only to machines that are off.
                  guard power == .off else { continue }
                  list.append(
                    Evidence(
                      power: power, offOnPurpose: purpose, offReasonPending: true, reach: reach, ssh: ssh, look: look,
                      resource: resource, neighbours: neighbours, outageIsLong: false))
                }
              }
            }
          }
        }
      }
    }
    return list
  }

  @Test("no combination leads to a remedy its evidence does not call for")
  func remediesAreEarned() {
    var seen: [Diagnosis: Int] = [:]
    for evidence in Self.all {
      let diagnosis = DiagnosisTable.diagnose(evidence)
      seen[diagnosis, default: 0] += 1
      let remedies = Ladder.remedies(for: diagnosis)
      if remedies.contains(.start), evidence.power != .off || evidence.offOnPurpose {
        Issue.record("start for \(evidence)")
      }
      if remedies.contains(.start), evidence.offReasonPending { Issue.record("start, reason pending: \(evidence)") }
      if remedies.contains(.restartSSH), evidence.ssh != .refused && evidence.ssh != .noBanner {
        Issue.record("restart-ssh for \(evidence)")
      }
      if remedies.contains(.restartSSH), evidence.look == .allWell { Issue.record("look found nothing: \(evidence)") }
      if remedies.contains(.cleanDisk), evidence.resource != .diskFull { Issue.record("clean-disk for \(evidence)") }
      if !evidence.isBad, diagnosis != .none { Issue.record("\(diagnosis) for \(evidence)") }
      if evidence.neighbours == .allSilent, evidence.power != .off, !remedies.isEmpty {
        Issue.record("a remedy while blind: \(evidence)")
      }
    }
    for diagnosis in [
      Diagnosis.none, .monitorBlind, .offOnPurpose, .offReasonPending, .stopped, .sharedCause, .pathBlocked, .sshDown,
      .networkDownInGuest, .stalled, .hung, .diskFull, .overloaded, .notYetReachable, .unexplained,
    ] {
      #expect(seen[diagnosis] != nil, "\(diagnosis) is never reached")
    }
  }

  @Test("healthier neighbours or a look that finds nothing never lead to a harsher remedy")
  func monotone() {
    func harm(_ evidence: Evidence) -> Int {
      Ladder.remedies(for: DiagnosisTable.diagnose(evidence)).map(\.rank).max() ?? 0
    }
    for evidence in Self.all {
      var well = evidence
      well.look = .allWell
      #expect(harm(well) <= harm(evidence) || evidence.look != .notMade, "\(evidence)")
      var up = evidence
      up.power = .running
      #expect(harm(up) <= max(harm(evidence), 2), "\(evidence)")
    }
  }
}
