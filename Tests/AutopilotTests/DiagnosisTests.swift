import Autopilot
import FleetModel
import Testing

@Suite("The diagnosis is a total table")
struct DiagnosisTests {
  /// Every combination of evidence; what matters only to machines that are off is varied only for them.
  static func walk(_ visit: (Evidence) -> Void) {
    for power in Evidence.Power.allCases {
      for stop in power == .off ? Evidence.Stop.allCases : [.unasked] {
        for fault in [false, true] {
          for reach in Evidence.Reach.allCases {
            for ssh in Evidence.SSH.allCases {
              for look in Evidence.Look.allCases {
                for agent in Evidence.Agent.allCases {
                  for resource in Evidence.Resource.allCases {
                    for neighbours in Evidence.Neighbours.allCases {
                      for busy in [false, true] {
                        for long in [false, true] {
                          visit(
                            Evidence(
                              power: power, stop: stop, platformFault: fault, reach: reach, ssh: ssh, look: look,
                              agent: agent, isBusy: busy, resource: resource, neighbours: neighbours,
                              outageIsLong: long))
                        }
                      }
                    }
                  }
                }
              }
            }
          }
        }
      }
    }
  }

  /// The harshest remedy that a combination may lead to.
  private static func harm(_ evidence: Evidence) -> Int {
    Ladder.remedies(for: DiagnosisTable.diagnose(evidence)).map(\.rank).max() ?? 0
  }

  @Test("no combination leads to a remedy its evidence does not call for")
  func remediesAreEarned() {
    var seen: [Diagnosis: Int] = [:]
    var broken: [String: Evidence] = [:]
    Self.walk { evidence in
      let diagnosis = DiagnosisTable.diagnose(evidence)
      seen[diagnosis, default: 0] += 1
      let remedies = Ladder.remedies(for: diagnosis)
      func demand(_ holds: Bool, _ what: String) {
        if !holds { broken["\(diagnosis): \(what)", default: evidence] = evidence }
      }
      if remedies.contains(.start) { demand(evidence.power == .off, "a start of what is not off") }
      if diagnosis == .stopped { demand(evidence.stop == .unasked, "a start of what somebody stopped") }
      if diagnosis == .sshDown {
        demand(evidence.ssh == .refused || evidence.ssh == .noBanner || evidence.ssh == .noShell, "sshd serves")
        demand(
          evidence.look == .sshNotServing || evidence.look == .sshConfigurationBroken, "the look does not show it")
        demand(evidence.reach != .silent, "nobody could verify it")
      }
      if diagnosis == .networkDownInGuest { demand(evidence.look == .networkBroken, "the look does not show it") }
      if diagnosis == .hung {
        demand(evidence.agent == .silent, "the agent is not silent")
        demand(!evidence.isBusy, "it works hard")
        demand(evidence.power != .off && evidence.power != .changing, "power")
        demand(evidence.look != .allWell && evidence.look != .networkBroken, "the guest answered")
        demand(evidence.reach == .silent || evidence.outageIsLong, "something answers")
      }
      if remedies.contains(.cleanDisk) { demand(evidence.resource == .diskFull, "the disk is not full") }
      if !evidence.isBad { demand(diagnosis == .none, "nothing is wrong") }
      if evidence.neighbours == .allSilent, evidence.power != .off { demand(remedies.isEmpty, "blind") }
      if evidence.platformFault, evidence.power != .off, evidence.reach == .silent {
        demand(remedies.isEmpty, "the platform heals it")
      }
    }
    #expect(broken.isEmpty)
    for diagnosis in Diagnosis.allCases { #expect(seen[diagnosis] != nil, "\(diagnosis) is never reached") }
  }

  @Test("one more healthy, unknown or milder word never leads to a harsher remedy")
  func monotone() {
    var harsher: [String: Evidence] = [:]
    Self.walk { evidence in
      let harm = Self.harm(evidence)
      func demand(_ what: String, atMost limit: Int? = nil, _ change: (inout Evidence) -> Void) {
        var other = evidence
        change(&other)
        if Self.harm(other) > limit ?? harm { harsher[what] = evidence }
      }
      demand("a look that finds nothing") { $0.look = .allWell }
      demand("a look that cannot be made") { if $0.look != .notMade && $0.agent != .silent { $0.look = .impossible } }
      demand("a fresh agent") { $0.agent = .fresh }
      demand("an agent nobody tells of") { $0.agent = .notTold }
      demand("a platform at fault") { $0.platformFault = true }
      demand("a busy processor") { $0.isBusy = true }
      demand("a shorter outage") { $0.outageIsLong = false }
      // Other ladders than power's may open up once the machine is known to run and answer.
      demand("power known to be on", atMost: max(harm, 2)) {
        if $0.power == .off { ($0.power, $0.look, $0.agent) = (.running, .notMade, .notTold) }
      }
      demand("a stop on purpose") { $0.stop = .onPurpose }
      demand("a pending reason") { if $0.stop == .unasked { $0.stop = .pending } }
      demand("neighbours that fail too") { if $0.reach == .silent { $0.neighbours = .newlyBad } }
      demand("nobody who answers at all") { $0.neighbours = .allSilent }
    }
    #expect(harsher.isEmpty)
  }
}
