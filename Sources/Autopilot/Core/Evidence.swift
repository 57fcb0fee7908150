import FleetModel

/// All that a diagnosis may rest on, reduced to what the table of semantics 4 asks. Every field is small and finite,
/// so that a test can walk all combinations.
package struct Evidence: Hashable, Sendable {
  package enum Power: Hashable, Sendable, CaseIterable {
    /// No control plane tells the power state of this machine.
    case notTold
    /// A control plane is configured, but its word is missing or too old.
    case unconfirmed
    case running, off, changing
  }

  package enum Reach: Hashable, Sendable, CaseIterable {
    case notMeasured
    /// No witness that counts has ever answered.
    case neverReached
    case up, silent
  }

  package enum SSH: Hashable, Sendable, CaseIterable {
    case notMeasured, working
    /// Port refused, or accepted without a banner.
    case refused, noBanner
    /// The rungs above the banner, where no remedy applies by itself.
    case authenticationRefused, hostKeyChanged, noShell
    case silent
  }

  package enum Look: Hashable, Sendable, CaseIterable {
    case notMade, impossible, silent
    /// Sshd serves, link, address and route are there.
    case allWell
    case sshNotServing
    /// Not serving, and `sshd -t` says why.
    case sshConfigurationBroken
    case networkBroken
  }

  package enum Resource: Hashable, Sendable, CaseIterable { case fine, diskFull, overloaded }

  package enum Neighbours: Hashable, Sendable, CaseIterable { case notAsked, fine, newlyBad, allSilent }

  package var power: Power
  /// Stopped through azlin, or never seen running since it is watched.
  package var offOnPurpose: Bool
  /// Off, and who turned it off is not known yet: an Azure machine until its Activity Log was read (semantics 5.6).
  package var offReasonPending: Bool
  package var reach: Reach
  package var ssh: SSH
  package var look: Look
  package var resource: Resource
  package var neighbours: Neighbours
  /// No witness, or stalled, for at least 3 × `power_after`.
  package var outageIsLong: Bool

  package init(
    power: Power, offOnPurpose: Bool, offReasonPending: Bool = false, reach: Reach, ssh: SSH, look: Look,
    resource: Resource, neighbours: Neighbours, outageIsLong: Bool
  ) {
    self.power = power
    self.offOnPurpose = offOnPurpose
    self.offReasonPending = offReasonPending
    self.reach = reach
    self.ssh = ssh
    self.look = look
    self.resource = resource
    self.neighbours = neighbours
    self.outageIsLong = outageIsLong
  }

  /// Something is wrong that a diagnosis has to explain.
  package var isBad: Bool {
    power == .off || reach == .silent || reach == .neverReached || resource != .fine
      || (ssh != .working && ssh != .notMeasured)
  }

  /// Somebody has to be asked before a remedy can be chosen: the guest, or who keeps the log of what was done to it.
  package var needsInquiry: Bool { needsLook || (power == .off && !offOnPurpose && offReasonPending) }

  /// Only a look into the guest can tell the candidates apart (semantics 5.3).
  package var needsLook: Bool {
    power != .off && power != .changing && (reach == .silent || ssh == .refused || ssh == .noBanner || ssh == .noShell)
  }
}

extension Evidence.Look {
  /// Reduces a look report.
  package init(_ report: LookReport?) {
    switch report?.outcome {
    case nil: self = .notMade
    case .impossible: self = .impossible
    case .silent: self = .silent
    case .done(let findings):
      if findings.linkUp == false || findings.hasAddress == false || findings.hasDefaultRoute == false {
        self = .networkBroken
      } else if findings.sshConfigurationValid == false {
        self = .sshConfigurationBroken
      } else if findings.sshListening == false || findings.localBanner == false {
        self = .sshNotServing
      } else {
        self = .allWell
      }
    }
  }
}

/// The table of semantics 4, without the rows whose evidence is not gathered yet (3, 4): total, and the first row that
/// matches wins.
package enum DiagnosisTable {
  package static func diagnose(_ e: Evidence) -> Diagnosis {
    guard e.isBad else { return .none }
    if e.neighbours == .allSilent, e.power != .off { return .monitorBlind }  // 1
    if e.power == .off, e.offOnPurpose { return .offOnPurpose }  // 2
    if e.power == .off { return e.offReasonPending ? .offReasonPending : .stopped }  // 5, 6
    let unreachable = e.reach == .silent
    if unreachable, e.neighbours == .newlyBad { return .sharedCause }  // 7
    if e.reach == .neverReached { return .notYetReachable }
    let sshOutOfService = e.ssh == .refused || e.ssh == .noBanner
    let lookFoundNoFault = e.look == .allWell
    if unreachable || sshOutOfService {
      if lookFoundNoFault { return .pathBlocked }  // 9
      if !unreachable, e.look == .sshNotServing || e.look == .sshConfigurationBroken { return .sshDown }  // 10
      if unreachable, e.look == .networkBroken { return .networkDownInGuest }  // 11
      if !unreachable, e.look == .notMade, e.ssh == .refused { return .sshDown }  // 10, before the look
      if e.look == .silent || e.look == .impossible, e.outageIsLong, unreachable || e.ssh == .noBanner {
        return e.look == .silent ? .hung : .unexplained  // 13; without a way in nobody can say
      }
      if !unreachable, e.ssh == .noBanner { return .stalled }  // 12
      return .unexplained
    }
    if e.ssh == .noShell { return .stalled }  // 12
    switch e.resource {
    case .diskFull where e.ssh == .working || e.ssh == .notMeasured: return .diskFull  // 14
    case .overloaded: return .overloaded  // 15
    case .diskFull, .fine: return .unexplained  // 16
    }
  }
}

/// The automatic remedies of each diagnosis, in order of harm (semantics 4 and 5).
package enum Ladder {
  package static func remedies(for diagnosis: Diagnosis) -> [Remedy] {
    switch diagnosis {
    case .sshDown: [.restartSSH]
    case .stopped: [.start]
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
}
