import Autopilot
import FleetModel

/// What is really so of one machine at one instant, whatever anybody believes.
package struct GroundTruth: Hashable, Sendable, Codable {
  package var power: PowerState
  /// What is wrong with it now, the outage of its subnet included.
  package var faults: [SimulatedFault]
  /// A person wants it off.
  package var isOffOnPurpose: Bool
  /// It runs, but has not come up yet.
  package var isBooting: Bool

  package init(power: PowerState, faults: [SimulatedFault], isOffOnPurpose: Bool, isBooting: Bool) {
    self.power = power
    self.faults = faults
    self.isOffOnPurpose = isOffOnPurpose
    self.isBooting = isBooting
  }

  /// Something is wrong with it that nobody meant.
  package var isBroken: Bool { faults.contains { !$0.isMeant } }

  /// Whether the machine itself is broken in a way this remedy is for; a remedy without this does harm for nothing.
  package func callsFor(_ remedy: Remedy) -> Bool {
    let here = Set(faults)
    return switch remedy {
    case .restartSSH, .resetSSHConfiguration: !here.isDisjoint(with: [.sshDown, .sshHung, .sshConfigBroken])
    case .restartNetwork, .reapply, .resetNetworkInterface: here.contains(.networkDown)
    case .cleanDisk: !here.isDisjoint(with: [.diskFull, .diskFullLiveLog])
    case .start: here.contains(.stopped) && !isOffOnPurpose
    case .restart, .powerCycle, .redeploy: !here.isDisjoint(with: [.hung, .networkDown])
    case .stop: false
    }
  }
}

/// Something that reached the fleet to change it, with what was true when it came.
package struct SimulatedAction: Hashable, Sendable, Codable {
  package var at: Instant
  /// When the caller had its answer.
  package var finishedAt: Instant
  package var machine: MachineID
  package var machineName: String
  package var intent: IntentID
  package var remedy: Remedy
  package var outcome: RemedyReport.Outcome
  package var truth: GroundTruth

  /// Whether the machine was in fact broken in a way this remedy is for.
  package var wasCalledFor: Bool { truth.callsFor(remedy) }
}

/// How often the fleet was asked for each thing.
package struct SimulatedCalls: Hashable, Sendable, Codable {
  package var probes = 0
  package var rechecks = 0
  package var witnesses = 0
  package var looks = 0
  package var remedies = 0
  package init() {}
}
