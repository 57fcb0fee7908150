import FleetModel
import Simulator

/// Everything a run of a campaign is made from; a function of its seed alone, unless a scenario says otherwise.
package struct CampaignPlan: Sendable {
  package var name: String
  package var seed: UInt64
  package var machines: Int
  package var startAt: Instant
  package var duration: Duration
  /// A cloud with an activity log, agent words and metrics; false: hosts with commands of their own.
  package var isCloud: Bool
  /// By place.
  package var policies: [Policy]
  /// By place: `name` or `group/name` that the machine bears instead of its own.
  package var names: [Int: String] = [:]
  /// Places of Spot machines.
  package var spot: Set<Int>
  /// Places of machines that wear the tag `azlin:heal=off`.
  package var shielded: Set<Int> = []
  /// Places of machines that nobody may run scripts on or restart.
  package var limited: Set<Int> = []
  package var troubles: [Trouble]
  /// One fault at a time with a healthy monitor: what liveness is judged by.
  package var isCalm: Bool
  /// A witness beside the truth, and of which place; nil: none.
  package var extraWitness: (kind: ExtraWitness, place: Int)?
  /// Engines on state directories of their own that watch the same fleet.
  package var engines = 1
  /// How far the platform's words are behind.
  package var logLag: Duration
  package var healthLag: Duration
  /// The list's power words are as old as this at most.
  package var powerLag: Duration

  package init(
    name: String, seed: UInt64, machines: Int, duration: Duration, isCloud: Bool = true,
    startAt: Instant = Self.defaultStart, policy: Policy = Self.standardPolicy(), troubles: [Trouble] = []
  ) {
    self.name = name
    self.seed = seed
    self.machines = machines
    self.startAt = startAt
    self.duration = duration
    self.isCloud = isCloud
    self.policies = Array(repeating: policy, count: machines)
    spot = []
    self.troubles = troubles
    isCalm = false
    logLag = .minutes(3)
    healthLag = .minutes(4)
    powerLag = .zero
  }

  /// Wednesday, 2025-12-03 14:02:31 UTC.
  package static let defaultStart = Instant(seconds: 1_764_770_551)

  /// What `azlin autopilot enable` writes.
  package static func standardPolicy() -> Policy {
    var policy = Policy()
    policy.monitoring.enabled = true
    return policy
  }

  package var end: Instant { startAt + duration }

  /// The machines of the fleet, by place.
  package var fleetMachines: [VirtualMachine] {
    var machines = SimulatedFleet(fleetParameters).machines(at: startAt)
    for (place, name) in names where machines.indices.contains(place) {
      let parts = name.split(separator: "/", maxSplits: 1).map(String.init)
      if parts.count == 2 { machines[place].group = parts[0] }
      machines[place].name = parts.last ?? name
    }
    return machines
  }

  package var fleetParameters: SimulatedFleet.Parameters {
    var parameters = SimulatedFleet.Parameters(
      machines: machines, seed: seed, startAt: startAt - .hours(1), hasOddMachines: false)
    if isCloud { parameters.subscription = "5a1e0000-0000-4000-8000-00000000a211" }
    parameters.hasActivityLog = isCloud
    return parameters
  }
}
