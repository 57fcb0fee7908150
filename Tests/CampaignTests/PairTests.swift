import Autopilot
import FleetModel
import Testing

@testable import FaultCampaign

@Suite("Runs in pairs")
struct PairTests {
  /// One pair of each change.
  @Test(
    "One more witness, or a stricter toggle, is never harsher", arguments: Array(0..<UInt64(PairPlan.changes.count)))
  func pair(seed: UInt64) {
    let pair = Pair(.of(seed: seed))
    #expect(pair.plan.change == PairPlan.changes[Int(seed)])
    #expect(pair.violations.isEmpty, "\(pair.violations.map(\.description).joined(separator: "\n"))")
  }

  @Test("A change that forbids what would be done makes it milder")
  func milder() throws {
    let number = try #require(PairPlan.changes.firstIndex(of: "network_reset false"))
    let pair = Pair(.of(seed: UInt64(number)))
    #expect(pair.isMilder)
    #expect(pair.base.world.calls.contains { $0.remedy == .restartNetwork })
    #expect(!pair.other.world.calls.contains { $0.remedy == .restartNetwork })
  }

  @Test("Harsher is seen: a rung where there was a milder one, or none")
  func bites() {
    let plan = PairPlan.of(seed: 0)
    let mild = CallInvariantTests.good(.restartSSH)
    let harsh = CallInvariantTests.good(.restart)
    func broken(_ base: [FleetCall], _ other: [FleetCall]) -> [Invariant] {
      Pair.judge(plan, base: base, other: other).map(\.invariant)
    }
    #expect(broken([mild], [mild, harsh]) == [.milder])
    #expect(broken([], [mild]) == [.milder])
    #expect(broken([harsh], [mild]).isEmpty && broken([harsh], []).isEmpty)
    #expect(broken([CallInvariantTests.good(.restart, place: 1)], [harsh]) == [.milder])
    var owed = CallInvariantTests.good(.start)
    owed.isOwed = true
    #expect(broken([], [owed]).isEmpty)
  }
}
