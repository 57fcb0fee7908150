import FleetModel

/// The table of semantics 4: total, and the first row that matches wins. Row 8, a control plane that cannot be asked, is
/// a cap on remedies and no result: it is a guard (`Guard.unconfirmed`).
package enum DiagnosisTable {
  package static func diagnose(_ e: Evidence) -> Diagnosis {
    guard e.isBad else { return .none }
    let isUnreachable = e.reach == .silent
    if e.neighbours == .allSilent, e.power != .off { return .monitorBlind }  // 1
    if e.power == .off {
      switch e.stop {
      case .onPurpose: return .offOnPurpose  // 2
      case .evicted: return .evicted  // 3
      case .pending where e.platformFault, .unasked where e.platformFault: return .platformFault  // 4
      case .pending: return .offReasonPending  // 5
      case .unasked: return .stopped  // 6
      }
    }
    if e.platformFault, isUnreachable || e.isSSHOutOfService || e.ssh == .noShell { return .platformFault }  // 4
    if isUnreachable, e.neighbours == .newlyBad { return .sharedCause }  // 7
    if e.reach == .neverReached { return .notYetReachable }
    if isUnreachable || e.isSSHOutOfService || e.ssh == .noShell { return unserved(e, isUnreachable) }
    switch e.resource {
    case .diskFull where e.ssh == .working || e.ssh == .notMeasured: return .diskFull  // 14
    case .overloaded: return .overloaded  // 15
    case .diskFull, .fine: return .unexplained  // 16
    }
  }

  /// Rows 9 to 13: nobody answers, or what answers does not serve.
  private static func unserved(_ e: Evidence, _ isUnreachable: Bool) -> Diagnosis {
    let isStalled = !isUnreachable && (e.ssh == .noBanner || e.ssh == .noShell)
    switch e.look {
    case .allWell:
      return e.ssh == .noShell && !isUnreachable ? .stalled : .pathBlocked  // 9
    case .sshNotServing, .sshConfigurationBroken:
      // Unreachable as well: the path may be blocked besides, and nobody could verify a restart.
      return isUnreachable ? .pathBlocked : .sshDown  // 10
    case .networkBroken:
      return isUnreachable ? .networkDownInGuest : .unexplained  // 11
    case .notMade, .impossible, .silent: break
    }
    if e.agent == .fresh {
      if isUnreachable { return .pathBlocked }  // 9: the look cannot be made
      if isStalled { return .stalled }  // 12
    }
    // A machine on its way up or down proves nothing yet.
    if e.power == .changing { return .unexplained }
    if e.agent == .silent, isUnreachable || (isStalled && e.outageIsLong) {
      return e.isBusy ? .stalled : .hung  // 13
    }
    if isStalled { return .stalled }  // 12, as long as nothing says worse
    return .unexplained  // 16
  }
}
