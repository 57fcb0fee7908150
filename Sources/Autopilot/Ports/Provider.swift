import FleetModel

/// Where a set of machines comes from, and how they are reached: one bundle a provider (architecture, decision 9).
package struct Provider: Sendable {
  /// Whether its list comes over a network from far away: the engine shows what it last knew until the list is there.
  package var isRemote: Bool { kind == .azure }
  package let kind: ProviderKind
  package let inventory: any Inventory
  package let probe: any GuestProbe
  package let control: any ControlPlane

  package init(
    kind: ProviderKind, inventory: any Inventory, probe: any GuestProbe, control: any ControlPlane
  ) {
    self.kind = kind
    self.inventory = inventory
    self.probe = probe
    self.control = control
  }
}

/// Lists machines.
package protocol Inventory: Sendable {
  /// All machines of this provider, now.
  /// - Throws: an error whose description names the place and the remedy; the engine keeps the last list.
  func machines() async throws -> [VirtualMachine]

  /// The power words that came with the last list; nil: the list says nothing of power.
  func listedPower() async -> ListedPower?
}

extension Inventory {
  package func listedPower() async -> ListedPower? { nil }
}

/// What a list of machines says of their power: good enough to be shown, never a reason to act (semantics 2.1).
package struct ListedPower: Hashable, Sendable {
  package var words: [MachineID: PowerState]
  /// When the list was asked for.
  package var at: Instant

  package init(words: [MachineID: PowerState], at: Instant) {
    self.words = words
    self.at = at
  }
}

/// Asks machines how they are. A probe never throws: what could not be measured is in the report, with its reason.
package protocol GuestProbe: Sendable {
  /// Probes one machine; returns within the request's time-outs plus a second, also when cancelled.
  func probe(_ machine: VirtualMachine, _ request: ProbeRequest) async -> ProbeReport

  /// What an operator should know about this monitor's means (`ICMP is off here: …`), with what to do.
  func notices() async -> [String]
}

/// What one probe is to do.
package struct ProbeRequest: Hashable, Sendable, Codable {
  package enum Depth: String, Hashable, Sendable, Codable {
    /// All checks of the policy.
    case full
    /// Power, connectivity and ssh up to the banner (semantics 2.3, 2.6).
    case recheck
    /// Only the two network witnesses: asking a neighbour (semantics 6.3).
    case witnesses
  }
  package var depth: Depth
  package var checks: Set<CheckKind>
  package var connectivityTimeout: Duration
  package var sshTimeout: Duration
  /// Take two CPU samples at least 1 s apart: there are no earlier counters.
  package var wantsTwoCPUSamples: Bool
  /// Where the log check goes on; empty: from now.
  package var logCursor: String
  /// The policy's words on how to reach the guest, over the inventory's.
  package var user: String?
  package var port: Int?
  package var identity: String?
  package var address: String?
  /// `access.proxy` as it is written; nil: the process's own way, mostly directly.
  package var proxy: String?
  /// A guest that no way leads to may be measured by a script that its control plane runs in it.
  package var usesRunCommand: Bool

  package init(
    depth: Depth, checks: Set<CheckKind>, connectivityTimeout: Duration, sshTimeout: Duration,
    wantsTwoCPUSamples: Bool = false, logCursor: String = "", user: String? = nil, port: Int? = nil,
    identity: String? = nil, address: String? = nil, proxy: String? = nil, usesRunCommand: Bool = false
  ) {
    self.depth = depth
    self.checks = checks
    self.connectivityTimeout = connectivityTimeout
    self.sshTimeout = sshTimeout
    self.wantsTwoCPUSamples = wantsTwoCPUSamples
    self.logCursor = logCursor
    self.user = user
    self.port = port
    self.identity = identity
    self.address = address
    self.proxy = proxy
    self.usesRunCommand = usesRunCommand
  }

  /// What the policy and the inventory say of reaching one machine.
  package init(_ depth: Depth, _ checks: Set<CheckKind>, of machine: VirtualMachine, _ policy: Policy) {
    let (monitoring, access) = (policy.monitoring, policy.access)
    self.init(
      depth: depth, checks: checks, connectivityTimeout: monitoring.connectivityTimeout,
      sshTimeout: monitoring.sshTimeout, user: access.user ?? machine.address?.user,
      port: access.port ?? machine.address?.port, identity: access.identity ?? machine.address?.identity,
      address: access.address, proxy: access.proxy, usesRunCommand: monitoring.runCommandChecks)
  }
}

/// What can be done to machines from outside.
package protocol ControlPlane: Sendable {
  /// Runs the read-only look out of band (semantics 5.3).
  func look(at machine: VirtualMachine, _ order: LookOrder) async -> LookReport

  /// Carries out one remedy. Returns when its effect is accepted, refused or unknown; at the latest at the order's
  /// `notAfter`.
  func perform(_ order: RemedyOrder) async -> RemedyReport

  /// Asks the platform about one machine directly, each word with its age: before a remedy, and where witnesses from
  /// outside are silent.
  func inspect(_ machine: VirtualMachine, _ order: InspectionOrder) async -> PlatformReport

  /// Asks who turned a machine off.
  func stopReason(of machine: VirtualMachine, _ question: StopQuestion) async -> StopReport

  /// Exactly what a remedy would do here, for the confirmation dialog; nil: not possible here.
  func effect(of remedy: Remedy, on machine: VirtualMachine) -> String?
}

extension ControlPlane {
  /// Nothing but what probes tell.
  package func inspect(_ machine: VirtualMachine, _ order: InspectionOrder) async -> PlatformReport {
    PlatformReport(askedAt: order.askedAt, finishedAt: order.askedAt)
  }

  /// Where no log tells who stopped a machine, azlin's own journal decides (semantics 5.6).
  package func stopReason(of machine: VirtualMachine, _ question: StopQuestion) async -> StopReport {
    StopReport(finishedAt: question.askedAt, reason: .nobody("nobody stopped it through azlin"))
  }
}

/// What is to be asked of the platform.
package struct InspectionOrder: Hashable, Sendable, Codable {
  package var askedAt: Instant
  /// Also the host's health and the metrics: a remedy of rank 3 or more may rest on the answer.
  package var isThorough: Bool
  /// Also the end of the serial log, as evidence, as far as it is to be had in a few seconds.
  package var wantsSerialLog: Bool
  /// The answer is of no use after it.
  package var timeout: Duration

  package init(askedAt: Instant, isThorough: Bool, wantsSerialLog: Bool = false, timeout: Duration = .seconds(20)) {
    self.askedAt = askedAt
    self.isThorough = isThorough
    self.wantsSerialLog = wantsSerialLog
    self.timeout = timeout
  }
}

/// What is known of a machine that was found off.
package struct StopQuestion: Hashable, Sendable {
  package var askedAt: Instant
  /// When it was first seen off.
  package var offSince: Instant
  /// When it was surely running; nil: not since this azlin watches it.
  package var runningAt: Instant?
  /// When azlin itself was acting on its power: those stops are nobody else's.
  package var ours: [ClosedRange<Instant>]

  package init(askedAt: Instant, offSince: Instant, runningAt: Instant?, ours: [ClosedRange<Instant>] = []) {
    self.askedAt = askedAt
    self.offSince = offSince
    self.runningAt = runningAt
    self.ours = ours
  }

  /// Whether azlin itself was acting then; its operations begin and end a little beside its own notes of them.
  package func isOurs(_ instant: Instant) -> Bool {
    ours.contains { ($0.lowerBound - .seconds(30)...$0.upperBound + .minutes(2)).contains(instant) }
  }
}

/// Whether the monitor's own way out is there: addresses whose silence says that it is the monitor that is cut off
/// (semantics 4 row 1).
package protocol CanarySource: Sendable {
  /// Asks all canaries at once; returns within 6 s.
  func ask() async -> CanaryReport
}

/// Which canaries answered.
package struct CanaryReport: Hashable, Sendable, Codable {
  package var askedAt: Instant
  package var finishedAt: Instant
  /// By name (`gateway 10.0.0.1`): whether it answered.
  package var answered: [String: Bool]
  /// Those that the operator named: they stand on the path of what is watched.
  package var named: Set<String>

  package init(askedAt: Instant, finishedAt: Instant, answered: [String: Bool], named: Set<String> = []) {
    self.named = named
    self.askedAt = askedAt
    self.finishedAt = finishedAt
    self.answered = answered
  }
}

/// How the look is to be made.
package struct LookOrder: Hashable, Sendable, Codable {
  package var sshPort: Int
  package var timeout: Duration
  package init(sshPort: Int, timeout: Duration) {
    self.sshPort = sshPort
    self.timeout = timeout
  }
}

/// One remedy to be carried out, already written to the journal as an intent.
package struct RemedyOrder: Hashable, Sendable, Codable {
  package var intent: IntentID
  package var machine: VirtualMachine
  package var remedy: Remedy
  /// The boot the evidence belongs to: a script does nothing in another (semantics 5.13). nil: not known.
  package var bootID: String?
  /// Nothing may take effect after this instant.
  package var notAfter: Instant
  /// How the guest is reached, with the policy's words applied.
  package var request: ProbeRequest
  /// Clean-up only: the mount that is full.
  package var mount: String?
  /// Clean-up only: age limit in /tmp; /var/tmp keeps at least 30 d.
  package var temporaryFileAge: Duration

  package init(
    intent: IntentID, machine: VirtualMachine, remedy: Remedy, bootID: String?, notAfter: Instant,
    request: ProbeRequest, mount: String? = nil, temporaryFileAge: Duration = .days(7)
  ) {
    self.intent = intent
    self.machine = machine
    self.remedy = remedy
    self.bootID = bootID
    self.notAfter = notAfter
    self.request = request
    self.mount = mount
    self.temporaryFileAge = temporaryFileAge
  }
}

/// What came of a remedy, in the control plane's own words. Whether the machine is well again is not for it to say.
package struct RemedyReport: Hashable, Sendable, Codable {
  package enum Outcome: Hashable, Sendable, Codable {
    /// The effect was accepted and, as far as the control plane can tell, done.
    case done
    /// Done without success: it counts as an attempt.
    case failed(String)
    /// The guest or the control plane said no before any effect: the ladder ends (semantics 5.2).
    case refused(String)
    /// Throttled or busy: held, no attempt (semantics 5.11).
    case busy(String)
    /// Nobody knows whether it took effect.
    case unknown(String)
  }
  package var finishedAt: Instant
  package var outcome: Outcome
  /// What was done, exactly (`systemctl restart ssh`).
  package var action: String
  /// What came of it (`freed 1.2 GiB: 96 % → 41 %`).
  package var detail: String

  package init(finishedAt: Instant, outcome: Outcome, action: String = "", detail: String = "") {
    self.finishedAt = finishedAt
    self.outcome = outcome
    self.action = action
    self.detail = detail
  }
}
