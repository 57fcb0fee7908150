import FleetModel

/// What can go wrong in the simulated fleet; the raw value is its name in `azlin simulate inject`.
package enum SimulatedFault: String, Hashable, Sendable, Codable, CaseIterable {
  /// The guest has lost its link, its address or its route; its agent still answers.
  case networkDown = "network-down"
  /// A rule between monitor and guest drops everything; the guest itself is well.
  case pathBlocked = "path-blocked"
  /// sshd is not running.
  case sshDown = "ssh-down"
  /// sshd accepts connections and says nothing.
  case sshHung = "ssh-hung"
  /// Somebody broke sshd_config: sshd cannot be started until it is mended by hand.
  case sshConfigBroken = "ssh-config-broken"
  /// Old temporary files and package caches fill the root: clean-up frees them.
  case diskFull = "disk-full"
  /// A log that a service holds open, or its data, fills a file system: clean-up cannot free it.
  case diskFullLiveLog = "disk-full-live-log"
  case memoryHigh = "memory-high"
  case cpuHigh = "cpu-high"
  /// The VM crashed or its host did: power says `stopped`, nobody meant it.
  case stopped
  /// A person stopped the VM. Where the world has an activity log, power says `stopped` and the log names the person;
  /// elsewhere nothing could tell that from a crash, so power says `deallocated`, as after a stop in the portal.
  case stoppedByUser = "stopped-by-user"
  /// A person deallocated the VM: power says `deallocated`.
  case deallocatedByUser = "deallocated-by-user"
  /// The kernel is stuck: echo may answer for a while, nothing else does, neither does the agent.
  case hung
  /// The guest agent is silent: no script runs in the guest by the control plane; the guest itself is well.
  case agentNotReady = "agent-not-ready"
  /// The host below the VM is in trouble: nothing of the guest answers, and the platform says so itself.
  case platformUnavailable = "platform-unavailable"
  case hostKeyChanged = "host-key-changed"
  /// The monitor's key is no longer accepted.
  case authRefused = "auth-refused"
  /// A whole subnet has lost its way out; its guests are well.
  case subnetDown = "subnet-down"

  /// Whether it strikes a subnet, not one machine.
  package var isShared: Bool { self == .subnetDown }

  /// Whether a new boot ends it. What lies on the disk, on the path or in a configuration stays.
  var endsWithBoot: Bool {
    switch self {
    case .networkDown, .sshDown, .sshHung, .memoryHigh, .cpuHigh, .stopped, .stoppedByUser, .deallocatedByUser, .hung,
      .agentNotReady, .platformUnavailable:
      true
    case .pathBlocked, .sshConfigBroken, .diskFull, .diskFullLiveLog, .hostKeyChanged, .authRefused, .subnetDown:
      false
    }
  }

  /// Whether the machine is off while it lasts.
  var isPowerOff: Bool { self == .stopped || isMeant }

  /// Whether a person wants the machine as it is.
  package var isMeant: Bool { self == .stoppedByUser || self == .deallocatedByUser }
}

/// One fault, planned: when, where, what, for how long.
package struct FaultOccurrence: Hashable, Sendable, Codable {
  package enum Onset: String, Hashable, Sendable, Codable {
    /// Evident at once.
    case sudden
    /// Disks fill, leaks grow and loads climb over minutes; the other kinds are always sudden.
    case gradual
  }
  package var at: Instant
  /// The machine's name; for `subnetDown` a machine of the subnet.
  package var machine: String
  package var fault: SimulatedFault
  /// When somebody else puts it right, counted from `at`; nil: never.
  package var duration: Duration?
  package var onset: Onset
  /// Percent of the disk, the memory or the processors; nil: 97, 97 or 99.4.
  package var level: Double?

  package init(
    at: Instant, machine: String, fault: SimulatedFault, for duration: Duration? = nil, onset: Onset = .sudden,
    level: Double? = nil
  ) {
    self.at = at
    self.machine = machine
    self.fault = fault
    self.duration = duration
    self.onset = onset
    self.level = level
  }
}
