import FleetModel

/// The automatic remedies of each diagnosis, in order of harm (semantics 4 and 5).
package enum Ladder {
  /// - Parameter hasPlatform: Azure's remedies exist for this machine (reapply, redeploy, VMAccess).
  package static func remedies(for diagnosis: Diagnosis, hasPlatform: Bool = true) -> [Remedy] {
    switch diagnosis {
    case .sshDown: hasPlatform ? [.restartSSH, .resetSSHConfiguration, .restart] : [.restartSSH, .restart]
    // Without Azure it ends after the first rung.
    case .networkDownInGuest: hasPlatform ? [.restartNetwork, .reapply, .restart, .redeploy] : [.restartNetwork]
    case .stopped, .evicted: [.start]
    case .hung: hasPlatform ? [.restart, .powerCycle, .redeploy] : [.restart, .powerCycle]
    case .diskFull: [.cleanDisk]
    default: []
    }
  }

  /// Remedies an operator may choose by hand, mildest first.
  package static let manual: [Remedy] = [
    .restartSSH, .restartNetwork, .cleanDisk, .start, .restart, .powerCycle, .stop,
  ]

  /// The check whose recovery a remedy is verified by.
  package static func verifies(_ remedy: Remedy) -> Set<CheckKind> {
    switch remedy {
    case .restartSSH, .resetSSHConfiguration: [.connectivity, .ssh]
    case .cleanDisk: [.disk]
    case .restartNetwork, .reapply, .resetNetworkInterface: [.connectivity]
    case .start, .restart, .powerCycle, .redeploy: [.power, .connectivity, .ssh]
    case .stop: []
    }
  }

  /// Whether the fault that a look found is the one this remedy is for: of SSH and network rungs nothing else will do
  /// (semantics 5.3).
  static func isShown(_ remedy: Remedy, by look: Evidence.Look) -> Bool {
    switch remedy {
    case .restartSSH, .resetSSHConfiguration: look == .sshNotServing || look == .sshConfigurationBroken
    case .restartNetwork, .reapply, .resetNetworkInterface: look == .networkBroken
    default: true
    }
  }
}
