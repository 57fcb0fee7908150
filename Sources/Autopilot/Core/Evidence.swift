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

  /// Why a machine that is off is off.
  package enum Stop: Hashable, Sendable, CaseIterable {
    /// Nobody asked for it.
    case unasked
    /// Somebody did, or it was never seen running.
    case onPurpose
    /// A Spot machine lost its place.
    case evicted
    /// Not known yet: an Azure machine until its Activity Log was read (semantics 5.6).
    case pending
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

  /// The guest agent, judged by the time of its last word and never by the word itself.
  package enum Agent: Hashable, Sendable, CaseIterable {
    case notTold
    /// Newer than the onset of the outage.
    case fresh
    /// Older than the onset in one direct read.
    case silentOnce
    /// Older in two direct reads at least 60 s apart.
    case silent
  }

  package enum Resource: Hashable, Sendable, CaseIterable { case fine, diskFull, overloaded }

  package enum Neighbours: Hashable, Sendable, CaseIterable {
    case notAsked
    /// Some of them answer: the path is there.
    case fine
    /// None is there to be asked on the same path.
    case none
    case newlyBad
    /// None of them answers, nor does any canary.
    case allSilent
  }

  package var power: Power
  package var stop: Stop
  /// Azure says that the platform is at fault, or under maintenance.
  package var platformFault: Bool
  package var reach: Reach
  package var ssh: SSH
  package var look: Look
  package var agent: Agent
  /// The hypervisor counts at least 90 % of its processors as busy.
  package var isBusy: Bool
  package var resource: Resource
  package var neighbours: Neighbours
  /// No witness, or stalled, for at least 3 × `power_after`.
  package var outageIsLong: Bool

  package init(
    power: Power, stop: Stop = .unasked, platformFault: Bool = false, reach: Reach, ssh: SSH, look: Look = .notMade,
    agent: Agent = .notTold, isBusy: Bool = false, resource: Resource = .fine, neighbours: Neighbours = .notAsked,
    outageIsLong: Bool = false
  ) {
    self.power = power
    self.stop = stop
    self.platformFault = platformFault
    self.reach = reach
    self.ssh = ssh
    self.look = look
    self.agent = agent
    self.isBusy = isBusy
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
  package var needsInquiry: Bool { needsLook || (power == .off && stop == .pending) }

  /// Only a look into the guest can tell the candidates apart (semantics 5.3).
  package var needsLook: Bool {
    power != .off && power != .changing && (reach == .silent || isSSHOutOfService || ssh == .noShell)
  }

  /// Nothing serves SSH there, as far as can be seen from outside.
  var isSSHOutOfService: Bool { ssh == .refused || ssh == .noBanner }
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
