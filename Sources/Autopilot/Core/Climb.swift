import FleetModel

/// Where one machine's recovery stands: one incident's way up its ladder, as a state machine. The engine moves it;
/// it holds nothing that another state could contradict.
struct Climb: Sendable {
  var phase = Phase.idle
  /// Index into the ladder of the diagnosis.
  var rung = 0
  /// The diagnosis the ladder was chosen for.
  var diagnosis = Diagnosis.none
  /// Who turned the machine off, asked for this rung.
  var stop: StopReport?
  var neighbours = Evidence.Neighbours.notAsked
  var neighboursAt = Instant.distantPast
  /// Before the first rung `recovery_delay`, then doubling (semantics 5.12).
  var nextDelay: Duration?
  /// How often the guest was asked without a remedy coming of it: the questions become rarer.
  var inquiries = 0
  /// Written down once an incident where effects are not wanted (semantics 1.5).
  var wroteWouldHave = false
  /// The remedy under way or last tried in this incident.
  var record: RecoveryRecord?
  /// Remedies of this incident that were verified and may still relapse.
  var verified: RecoveryRecord?
  /// How often a pre-hook has said no to the rung at hand.
  var vetoes = 0
  var firstVetoAt: Instant?
  /// The pre-hooks of this remedy have agreed then.
  var agreed: (remedy: Remedy, at: Instant)?
  /// When the remedy under way was counted as an attempt: before its intent, so that no crash forgets it.
  var countedAt = Instant.distantPast
  /// How the rung at hand is held; nil: it is not.
  var held: HeldSpan?
  /// When the effect under verification was last seen to come on: a port, an echo, a new boot.
  var progressAt: Instant?
  var bootSign: BootSign?

  struct HeldSpan: Sendable {
    var since: Instant
    /// The guard that holds it now.
    var by: Guard
    /// A person was told that it has been for long.
    var isTold = false
  }

  enum Phase: Sendable {
    /// No incident.
    case idle
    /// An incident without automatic remedy; its guest is asked again then.
    case watching(askAgainAt: Instant)
    case waiting(until: Instant)
    /// A fresh full probe must start at or after this instant.
    case probing(since: Instant)
    /// Somebody was asked, for a rung that rests on a probe of `since`.
    case inquiring(Ticket, Question, since: Instant, askedAt: Instant)
    case askingNeighbours(Set<MachineID>, since: Instant, canaries: Bool, Purpose)
    case askingHooks(Ticket, since: Instant)
    case writing(IntentID, since: Instant)
    case acting(RemedyOrder, since: Instant)
    case verifying(since: Instant, until: Instant, nextProbe: Instant)
    case held(Hold, retryAt: Instant)
    case needsHuman(String)
    /// Well again; the incident closes then.
    case settling(until: Instant)
  }

  enum Question: Sendable { case platform, look, stop }

  /// Why neighbours are asked.
  enum Purpose: Sendable {
    /// An incident has just begun: is it this machine's own?
    case cause
    /// A rung is about to be taken.
    case rung
  }

  /// The longest that a question may take before it counts as not answered.
  static let longestInquiry = Duration.seconds(100)
  static let longestNeighbours = Duration.minutes(1)
  static let longestHooks = Duration.minutes(10)
  static let longestWrite = Duration.minutes(1)

  /// The log says that nobody asked for the stop.
  var isStopUnasked: Bool {
    if case .nobody? = stop?.reason { true } else { false }
  }

  /// A remedy's effect may be in the machine now: nothing else may start.
  var isActing: Bool {
    switch phase {
    case .writing, .acting, .verifying: true
    default: false
    }
  }

  /// Well, until its incident closes.
  var isSettling: Bool { if case .settling = phase { true } else { false } }

  /// Between the first step towards a rung and its end.
  var isBusy: Bool {
    switch phase {
    case .inquiring, .askingNeighbours, .askingHooks, .probing: true
    default: isActing
    }
  }

  /// When the phase must be looked at again without any other event.
  var deadline: Instant? {
    switch phase {
    case .idle, .needsHuman: nil
    case .watching(let until): until == .distantFuture ? nil : until
    case .waiting(let until), .settling(let until): until
    case .probing(let since): since + .minutes(2)
    case .inquiring(_, _, _, let asked): asked + Self.longestInquiry
    case .askingNeighbours(_, let since, _, _): since + Self.longestNeighbours
    case .askingHooks(_, let since): since + Self.longestHooks
    case .writing(_, let since): since + Self.longestWrite
    case .acting(let order, _): order.notAfter + .seconds(30)
    case .verifying(_, let until, let nextProbe): min(until, nextProbe)
    case .held(_, let retryAt): retryAt
    }
  }
}

/// How far a boot has visibly come.
struct BootSign: Hashable, Sendable {
  var isUp: Bool
  var ssh: SSHRung?
  var boot: String?
  var power: PowerState?
}

/// What was asked about one machine since its outage began: looks into the guest, and the platform's own words. They
/// outlive a rung, but not the outage.
struct Inquiry: Sendable {
  var look: LookReport?
  var platform: PlatformReport?
  /// Direct reads that found no word of the agent newer than the onset.
  var silentReads: [Instant] = []
  var freshAt: Instant?

  /// An older look is made again; one that found nobody sooner, for it takes two of them to call an agent silent.
  static let lookLifetime = Duration.minutes(3)
  static let silentLookLifetime = Duration.seconds(50)

  func hasFreshLook(at now: Instant, onset: Instant) -> Bool {
    guard let look, look.finishedAt > onset else { return false }
    let lifetime = if case .silent = look.outcome { Self.silentLookLifetime } else { Self.lookLifetime }
    return now - look.finishedAt <= lifetime
  }

  mutating func take(look report: LookReport, isAgentTold: Bool, onset: Instant) {
    look = report
    switch report.outcome {
    case .done: if report.finishedAt > onset { heard(at: report.finishedAt) }
    // Where nobody tells the agent's time, a way in that does not answer is a silent agent (semantics 4).
    case .silent: if !isAgentTold { missed(at: report.finishedAt) }
    case .impossible: break
    }
  }

  mutating func take(platform report: PlatformReport, onset: Instant) {
    platform = report
    guard let agent = report.agent.value else { return }
    guard let at = agent.at else {
      // It has not spoken since a boot: what was not heard before that says nothing of the machine as it is now.
      silentReads = []
      return
    }
    if at > onset { heard(at: at) } else { missed(at: report.finishedAt) }
  }

  private mutating func heard(at instant: Instant) {
    freshAt = max(freshAt ?? instant, instant)
    silentReads = []
  }

  private mutating func missed(at instant: Instant) {
    if let first = silentReads.first { silentReads = [first, instant] } else { silentReads = [instant] }
  }

  var agent: Evidence.Agent {
    guard let first = silentReads.first, let last = silentReads.last else { return freshAt == nil ? .notTold : .fresh }
    return last - first >= .seconds(60) ? .silent : .silentOnce
  }
}
