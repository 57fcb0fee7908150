import FleetModel
import Simulator

/// One thing that goes wrong in a campaign's run, or that somebody does: when, what, where, for how long.
package struct Trouble: Hashable, Sendable, Codable {
  /// Counts the troubles of a run: `--only` names them by it.
  package var number: Int
  package var at: Instant
  package var kind: TroubleKind
  /// Places of the machines it strikes; empty where it strikes none in particular.
  package var places: [Int]
  /// nil: until something ends it.
  package var duration: Duration?

  package init(number: Int, at: Instant, kind: TroubleKind, places: [Int] = [], for duration: Duration? = nil) {
    self.number = number
    self.at = at
    self.kind = kind
    self.places = places
    self.duration = duration
  }

  package var end: Instant { duration.map { at + $0 } ?? .distantFuture }
}

/// What can go wrong around a fleet; the raw value is its name in a file of faults.
package enum TroubleKind: String, Hashable, Sendable, Codable, CaseIterable {
  // In a guest.
  case dies = "stopped"
  case hangs = "hung"
  case stalls = "stalled"
  case networkDown = "network-down"
  case sshDown = "ssh-down"
  case sshHung = "ssh-hung"
  case sshConfigBroken = "ssh-config-broken"
  case diskFull = "disk-full"
  case diskFullLiveLog = "disk-full-live-log"
  case memoryHigh = "memory-high"
  case cpuHigh = "cpu-high"
  case agentDead = "agent-not-ready"
  case hostKeyChanged = "host-key-changed"
  case authRefused = "auth-refused"
  case slowBoot = "slow-boot"
  case packageManager = "package-manager"
  // On the path.
  case halfOpen = "half-open"
  case pathBlocked = "path-blocked"
  case subnetBlocked = "subnet-down"
  case allBlocked = "all-blocked"
  case banned = "address-banned"
  case vpnLost = "vpn-lost"
  // Of the platform.
  case hostFault = "platform-unavailable"
  case zoneLost = "zone-lost"
  case rollingLoss = "rolling-loss"
  case evicted = "evicted"
  // Of remedies.
  case remedyLies = "remedy-lies"
  case remedyFails = "remedy-fails"
  case remedyHarms = "remedy-harms"
  case remedySlow = "remedy-slow"
  case remedyLate = "remedy-late"
  // Of the control plane.
  case throttled = "arm-throttled"
  /// Reads are answered; operations are not.
  case writesThrottled = "arm-writes-throttled"
  case armErrors = "arm-errors"
  case armConflict = "arm-conflict"
  case armSilent = "arm-timeout-but-done"
  case armReadsDown = "arm-down"
  case powerStale = "graph-stale"
  case logLags = "activity-log-lags"
  case healthLags = "resource-health-lags"
  // Other hands.
  case personStops = "stopped-by-user"
  case personDeallocates = "deallocated-by-user"
  case personStarts = "started-by-user"
  case scheduleStops = "stopped-by-schedule"
  case otherRestarts = "restarted-by-second-azlin"
  case resized = "resized"
  case recreated = "recreated"
  case operatorPauses = "paused"
  case operatorAcknowledges = "acknowledged"
  case operatorRecovers = "recovered-by-hand"
  case policyChanges = "policy-changed"
  case inventoryShrinks = "inventory-shrunk"
  case hookVetoes = "hook-veto"
  // Of the monitor.
  case networkLost = "monitor-network-lost"
  case probesFail = "monitor-probes-fail"
  case frozen = "monitor-frozen"
  case suspended = "monitor-suspended"
  case clockSteps = "clock-stepped"
  case diskIsFull = "monitor-disk-full"
  case killedBeforeWrite = "killed-before-write"
  case killedAfterWrite = "killed-after-write"
  case killedBeforeCall = "killed-before-call"
  case killedAfterCall = "killed-after-call"
  case killedBeforeAnswer = "killed-before-answer"
  case killedBeforeKeep = "killed-before-keep"
  case killed = "killed"

  /// The fault of a simulated guest that this is; nil: it is none of a guest's own.
  package var guestFault: SimulatedFault? {
    switch self {
    case .dies: .stopped
    case .hangs: .hung
    case .networkDown: .networkDown
    case .sshDown: .sshDown
    case .sshHung: .sshHung
    case .sshConfigBroken: .sshConfigBroken
    case .diskFull: .diskFull
    case .diskFullLiveLog: .diskFullLiveLog
    case .memoryHigh: .memoryHigh
    case .cpuHigh: .cpuHigh
    case .agentDead: .agentNotReady
    case .hostKeyChanged: .hostKeyChanged
    case .authRefused: .authRefused
    case .hostFault, .zoneLost: .platformUnavailable
    default: nil
    }
  }

  /// Whether it ends the engine's life.
  package var isKill: Bool {
    switch self {
    case .killed, .killedBeforeWrite, .killedAfterWrite, .killedBeforeCall, .killedAfterCall, .killedBeforeAnswer,
      .killedBeforeKeep:
      true
    default: false
    }
  }

  /// Whether it keeps the monitor or its control plane from seeing or acting.
  package var isOfMonitor: Bool {
    if isKill { return true }
    return switch self {
    case .networkLost, .probesFail, .frozen, .suspended, .clockSteps, .diskIsFull, .armReadsDown, .throttled,
      .writesThrottled, .armConflict, .armErrors, .operatorPauses, .inventoryShrinks, .allBlocked:
      true
    default: false
    }
  }

  /// Whether it strikes machines that a user names in a file of faults.
  package var isOfMachine: Bool {
    switch self {
    case .subnetBlocked, .allBlocked, .vpnLost, .zoneLost, .rollingLoss, .throttled, .writesThrottled, .armErrors,
      .armConflict,
      .armReadsDown, .powerStale, .logLags, .healthLags, .operatorPauses, .networkLost, .probesFail, .frozen,
      .suspended, .clockSteps, .diskIsFull, .inventoryShrinks, .killed, .killedBeforeWrite, .killedAfterWrite,
      .killedBeforeCall, .killedAfterCall, .killedBeforeAnswer, .killedBeforeKeep:
      false
    default: true
    }
  }
}
