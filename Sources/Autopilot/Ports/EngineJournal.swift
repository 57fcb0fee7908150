import FleetModel

/// What the engine remembers across restarts. An intent that is not on disk is no effect (semantics 6.10).
package protocol EngineJournal: Sendable {
  /// Everything an engine needs to go on where the last one stopped.
  func restore() async throws -> RestoredState

  /// Writes a remedy about to run, durably: when this returns, it survives a power cut.
  func write(intent: RecoveryRecord) async throws

  /// Writes entries in order, in one transaction.
  func append(_ entries: [JournalEntry]) async throws

  /// Commands other processes have left for a living engine, oldest first; each is returned once.
  func takeCommands() async throws -> [QueuedCommand]

  /// Answers one of them.
  func answer(_ id: Int64, _ answer: CommandAnswer) async throws

  /// Says that this engine is alive; other processes look at its age.
  func heartbeat(_ beat: EngineHeartbeat) async throws

  /// The machines of a provider as they were last written down: shown until the provider has answered.
  func lastKnown(of provider: ProviderKind) async throws -> [LastKnownMachine]
}

/// A machine as the journal last held it.
package struct LastKnownMachine: Hashable, Sendable {
  package var machine: VirtualMachine
  /// nil: it was not known.
  package var power: PowerState?
  package var at: Instant

  package init(machine: VirtualMachine, power: PowerState?, at: Instant) {
    self.machine = machine
    self.power = power
    self.at = at
  }
}

/// One thing to be kept.
package enum JournalEntry: Hashable, Sendable, Codable {
  /// A remedy that has changed; the one with the same id is replaced.
  case recovery(RecoveryRecord)
  case memory(MachineMemory)
  case fleet(FleetMemory)
  case event(FleetEvent)
  case sample(MachineID, MetricSample)
  case status(MachineStatus, at: Instant)
  case hookRun(HookRun)
  /// The machine is gone: forget its memory and status, keep its history.
  case forget(MachineID)
}

/// What an engine starts with.
package struct RestoredState: Sendable {
  package var machines: [MachineMemory]
  package var fleet: FleetMemory
  /// Latest first is last: the newest 500, oldest first. Among them all that are not settled.
  package var recoveries: [RecoveryRecord]
  /// The newest 500, oldest first.
  package var events: [FleetEvent]
  /// By machine: the last run of each hook.
  package var hookRuns: [HookRun]
  /// By machine, the newest `MetricHistory.capacity` samples, oldest first.
  package var samples: [MachineID: [MetricSample]]

  package init(
    machines: [MachineMemory] = [], fleet: FleetMemory = FleetMemory(), recoveries: [RecoveryRecord] = [],
    events: [FleetEvent] = [], hookRuns: [HookRun] = [], samples: [MachineID: [MetricSample]] = [:]
  ) {
    self.machines = machines
    self.fleet = fleet
    self.recoveries = recoveries
    self.events = events
    self.hookRuns = hookRuns
    self.samples = samples
  }
}

/// What is remembered of one machine: witnesses, holds, and its open incident.
package struct MachineMemory: Hashable, Sendable, Codable {
  package var machine: MachineID
  package var incarnation: String
  /// When each witness last answered this monitor, by the path it answered on (semantics 2.2).
  package var echoAnsweredAt: Instant?
  package var tcpAnsweredAt: Instant?
  package var bannerSeenAt: Instant?
  package var path: String
  /// When all checks of reaching the machine were healthy for the first time.
  package var baselineAt: Instant?
  package var seenRunningAt: Instant?
  package var bootID: String?
  package var pausedUntil: Instant?
  package var acknowledgedUntil: Instant?
  /// An operator stopped it through azlin: off on purpose until it runs again.
  package var stoppedByOperatorAt: Instant?
  /// Who else turned it off, by the platform's own log: off on purpose until it runs again.
  package var stoppedBy: String?
  /// Starts of attempts within the last 24 h.
  package var attempts: [Instant]
  /// Starts of automatic starts and clean-ups, for the rules that count those.
  package var startsAt: [Instant]
  package var cleanUpsAt: [Instant]
  package var incident: IncidentMemory?
  package var logCursor: String
  /// A hard power-off was ordered: the start that it owes has not been seen done (semantics 5.8).
  package var owedStartSince: Instant?
  /// When the owed start was last ordered.
  package var owedStartTriedAt: Instant?
  /// A remedy's fate is not known: nothing else begins before then (semantics 5.1).
  package var fateUnknownUntil: Instant?
  /// When that remedy began; nil: every fate is known.
  package var fateUnknownSince: Instant? { fateUnknownUntil.map { $0 - Self.longestUnknown } }
  /// What has not taken effect by then never will (semantics 5.1).
  package static let longestUnknown = Duration.minutes(90)
  /// When azlin's last power action on it was accepted: a boot may be under way (semantics 5.7).
  package var poweredAt: Instant?
  /// When azlin's last operation on it ended: a later one is somebody else's (semantics 6.6).
  package var operatedAt: Instant?
  /// Nobody is notified until then.
  package var mutedUntil: Instant?

  package mutating func forgetOwedStart() { (owedStartSince, owedStartTriedAt) = (nil, nil) }

  package init(machine: MachineID, incarnation: String) {
    self.machine = machine
    self.incarnation = incarnation
    path = ""
    attempts = []
    startsAt = []
    cleanUpsAt = []
    logCursor = ""
  }
}

/// What is remembered of an open incident.
package struct IncidentMemory: Hashable, Sendable, Codable {
  package var id: String
  package var openedAt: Instant
  package var diagnosis: Diagnosis
  package var issue: String
  package var attempts: Int
  package var needsHuman: String?
  /// The guard that ended the ladder, where it was one: with another policy it may go on.
  package var endedBy: Guard?
  /// A person was told that this incident needs one.
  package var humanTold: Bool?
  package var failureHookRan: Bool
  package var recoveryHookRan: Bool
  /// Well again since; the incident closes 15 min later.
  package var wellSince: Instant?

  package init(id: String, openedAt: Instant, diagnosis: Diagnosis, issue: String) {
    self.id = id
    self.openedAt = openedAt
    self.diagnosis = diagnosis
    self.issue = issue
    attempts = 0
    failureHookRan = false
    recoveryHookRan = false
  }
}

/// What is remembered of the fleet as a whole.
package struct FleetMemory: Hashable, Sendable, Codable {
  package var pausedUntil: Instant?
  /// Machines power-acted within the last 24 h, with the time: the budget of semantics 6.1.
  package var powerActions: [PowerAction]
  /// A budget was used up: automatic power remedies wait for a person.
  package var powerLatched: Bool
  /// A storm is on since, and below its line since.
  package var stormSince: Instant?
  package var calmSince: Instant?
  /// When the storm's one on-failure hook ran.
  package var stormHookAt: Instant?
  /// Paths on which the monitor is blind, since when; the empty path is the direct one.
  package var blindPaths: [String: Instant]?
  /// Canaries that have ever answered, by name.
  package var canariesSeen: [String]?
  /// Failures of the last 15 minutes, and the remedies held because of them.
  package var failures: [Failure]?
  package var failureHolds: [FailureHold]?
  /// Incidents that several machines share.
  package var shared: [SharedIncident]?

  package struct Failure: Hashable, Sendable, Codable {
    package var machine: MachineID
    package var remedy: Remedy
    package var region: String
    package var errorClass: String
    package var at: Instant

    func isAlike(_ other: Failure) -> Bool {
      remedy == other.remedy && region == other.region && errorClass == other.errorClass
    }
  }

  package struct FailureHold: Hashable, Sendable, Codable {
    package var remedy: Remedy
    package var why: String
    package var until: Instant
  }

  package struct SharedIncident: Hashable, Sendable, Codable {
    package var diagnosis: Diagnosis
    /// The subnet, group or path they have in common.
    package var key: String
    package var openedAt: Instant
    package var lastJoinedAt: Instant
    package var machines: [MachineID]
  }

  package struct PowerAction: Hashable, Sendable, Codable {
    package var machine: MachineID
    package var at: Instant
    package init(machine: MachineID, at: Instant) {
      self.machine = machine
      self.at = at
    }
  }

  package init() {
    powerActions = []
    powerLatched = false
  }
}

/// A command another process left for the living engine.
package struct QueuedCommand: Hashable, Sendable {
  package var id: Int64
  package var command: OperatorCommand
  package init(id: Int64, command: OperatorCommand) {
    self.id = id
    self.command = command
  }
}

/// What the engine says to such a command.
package enum CommandAnswer: Hashable, Sendable, Codable {
  case done(String)
  case refused(CommandRefusal)
}

/// A sign of life of one engine.
package struct EngineHeartbeat: Hashable, Sendable, Codable {
  package var processID: Int32
  package var startedAt: Instant
  package var at: Instant
  package var status: EngineStatus
  package init(processID: Int32, startedAt: Instant, at: Instant, status: EngineStatus) {
    self.processID = processID
    self.startedAt = startedAt
    self.at = at
    self.status = status
  }
}
