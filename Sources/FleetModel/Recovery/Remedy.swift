/// One recovery action (architecture's glossary: *remedy*); the raw value is its name on the command line.
public enum Remedy: String, Hashable, Sendable, Codable, CaseIterable {
  case restartSSH = "restart-ssh"
  case restartNetwork = "restart-network"
  case reapply
  case cleanDisk = "clean-disk"
  case start
  case restart
  case powerCycle = "power-cycle"
  case redeploy
  case resetSSHConfiguration = "reset-ssh-config"
  case resetNetworkInterface = "reset-nic"
  /// Only by an operator's hand.
  case stop

  /// How much harm it can do (semantics 5.1): 1 service restart or reapply, 2 clean-up, 3 start, 4 restart,
  /// 5 hard power-off + start, 6 redeploy. ≥ 3 are power, ≥ 4 destructive.
  public var rank: Int {
    switch self {
    case .restartSSH, .restartNetwork, .reapply, .resetSSHConfiguration: 1
    case .cleanDisk: 2
    case .start: 3
    case .restart, .stop: 4
    case .powerCycle, .resetNetworkInterface: 5
    case .redeploy: 6
    }
  }

  public var isPower: Bool { rank >= 3 }
  public var isDestructive: Bool { rank >= 4 }

  /// Past it the outcome is unknown (semantics 5.1): Run Command 5 min, start, restart and reapply 10, redeploy 20.
  public var deadline: Duration {
    switch self {
    case .restartSSH, .restartNetwork, .cleanDisk, .resetSSHConfiguration: .minutes(5)
    case .reapply, .start, .restart, .stop, .powerCycle, .resetNetworkInterface: .minutes(10)
    case .redeploy: .minutes(20)
    }
  }

  /// What a control plane must be able to do for it; empty: a live shell is enough.
  public var needs: ControlAbilities {
    switch self {
    case .restartSSH, .restartNetwork, .resetSSHConfiguration: .run
    case .cleanDisk: []
    case .reapply: .reapply
    case .start: .start
    case .restart: .restart
    case .stop: .stop
    case .powerCycle: [.stop, .start]
    case .redeploy: .redeploy
    case .resetNetworkInterface: .reapply
    }
  }

  /// What an operator reads (`restart sshd`).
  public var title: String {
    switch self {
    case .restartSSH: "restart sshd"
    case .restartNetwork: "restart network service"
    case .reapply: "reapply"
    case .cleanDisk: "clean up disk"
    case .start: "start"
    case .restart: "restart"
    case .powerCycle: "power off and start"
    case .redeploy: "redeploy"
    case .resetSSHConfiguration: "reset SSH configuration"
    case .resetNetworkInterface: "reset network interface"
    case .stop: "stop"
    }
  }

  /// The heading of the four-line recovery log (`SSH Service Restarted`).
  public var pastTitle: String {
    switch self {
    case .restartSSH: "SSH Service Restarted"
    case .restartNetwork: "Network Connectivity Restored"
    case .reapply: "VM Reapplied"
    case .cleanDisk: "Disk Cleanup"
    case .start: "VM Started"
    case .restart: "VM Restarted"
    case .powerCycle: "VM Power-Cycled"
    case .redeploy: "VM Redeployed"
    case .resetSSHConfiguration: "SSH Configuration Reset"
    case .resetNetworkInterface: "Network Interface Reset"
    case .stop: "VM Stopped"
    }
  }
}

/// What is wrong with a machine as a whole (semantics 4).
public enum Diagnosis: String, Hashable, Sendable, Codable, CaseIterable {
  case none = "nothing wrong"
  case monitorBlind = "monitor blind"
  case offOnPurpose = "off on purpose"
  case evicted
  case platformFault = "platform fault"
  case offReasonPending = "off, reason pending"
  case stopped
  case sharedCause = "shared cause"
  case pathBlocked = "path blocked"
  case sshDown = "SSH down"
  case networkDownInGuest = "network down in guest"
  case stalled
  case hung
  case diskFull = "disk full"
  case overloaded
  case notYetReachable = "not yet reachable"
  case unexplained
}
