import FleetModel
import Simulator

/// What is really so of one machine, its path included.
package struct Truth: Hashable, Sendable {
  package var power: PowerState
  package var faults: Set<TroubleKind>
  /// Somebody wants it off.
  package var isOffOnPurpose: Bool
  package var isEvicted: Bool
  /// It runs, but has not come up yet.
  package var isBooting: Bool
  /// The policy lets a restart mend SSH.
  package var mayRestartForSSH: Bool
  /// The policy lets every machine that is off be started.
  package var mayAlwaysStart = false
  /// Nobody tells its agent's time, so that a stall looks like a hang (semantics 4, hosts without Azure).
  package var isAgentUntold = false

  /// Whether the machine itself is broken in a way that this remedy is for: without, it does harm for nothing.
  package func callsFor(_ remedy: Remedy) -> Bool {
    switch remedy {
    case .restartSSH, .resetSSHConfiguration: has(.sshDown, .sshHung, .sshConfigBroken)
    case .restartNetwork, .reapply, .resetNetworkInterface: has(.networkDown)
    case .cleanDisk: has(.diskFull, .diskFullLiveLog)
    // A start of a machine that runs changes nothing.
    case .start: !isOffOnPurpose || mayAlwaysStart
    case .restart, .powerCycle, .redeploy:
      !isBooting && !power.isOff
        && (has(.hangs, .networkDown, .hostFault) || ((isAgentUntold || has(.agentDead)) && has(.stalls, .sshHung))
          // A dead agent behind a path that is its machine's alone and carries nothing, or handshakes only: both sources that
          // semantics 6.4 asks for say broken, and neighbours say nothing against it.
          || (has(.agentDead) && has(.halfOpen, .pathBlocked))
          || (mayRestartForSSH && has(.sshDown, .sshHung, .sshConfigBroken)))
    case .stop: false
    }
  }

  func has(_ kinds: TroubleKind...) -> Bool { kinds.contains { faults.contains($0) } }

  /// Nothing of it needs anybody.
  package var isWell: Bool { power == .running && !isBooting && faults.isSubset(of: Self.harmless) }

  /// Well, with no figure of its guest out of bounds either: nothing that an incident could be about.
  package var isSound: Bool { isWell && !has(.memoryHigh, .cpuHigh, .probesFail) }

  private static let harmless: Set<TroubleKind> = [
    .agentDead, .slowBoot, .packageManager, .memoryHigh, .cpuHigh, .probesFail, .hookVetoes, .remedyLies, .remedyFails,
    .remedyHarms, .remedySlow, .remedyLate, .armSilent,
  ]

  /// Nobody outside can reach it, for whatever reason.
  package var isDark: Bool {
    has(
      .hangs, .networkDown, .hostFault, .pathBlocked, .subnetBlocked, .allBlocked, .vpnLost, .banned, .networkLost)
  }

  /// The monitor's own way, or one that many share, is cut.
  package var isPathCut: Bool {
    has(.pathBlocked, .subnetBlocked, .allBlocked, .vpnLost, .banned, .networkLost, .halfOpen)
  }
}

extension SimulatedFault {
  /// The trouble that a guest's fault is.
  var trouble: TroubleKind? {
    switch self {
    case .networkDown: .networkDown
    case .pathBlocked: .pathBlocked
    case .sshDown: .sshDown
    case .sshHung: .sshHung
    case .sshConfigBroken: .sshConfigBroken
    case .diskFull: .diskFull
    case .diskFullLiveLog: .diskFullLiveLog
    case .memoryHigh: .memoryHigh
    case .cpuHigh: .cpuHigh
    case .stopped: .dies
    case .stoppedByUser, .deallocatedByUser: nil
    case .hung: .hangs
    case .agentNotReady: .agentDead
    case .platformUnavailable: .hostFault
    case .hostKeyChanged: .hostKeyChanged
    case .authRefused: .authRefused
    case .subnetDown: .subnetBlocked
    }
  }
}
