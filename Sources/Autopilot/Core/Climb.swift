import FleetModel

/// Where one machine's recovery stands: one incident's way up its ladder, as a state machine. The engine moves it;
/// it holds nothing that another state could contradict.
struct Climb: Sendable {
  var phase = Phase.idle
  /// Index into the ladder of the diagnosis.
  var rung = 0
  /// The diagnosis the ladder was chosen for.
  var diagnosis = Diagnosis.none
  var look: LookReport?
  /// Who turned the machine off, asked for this rung.
  var stop: StopReport?
  var neighbours = Evidence.Neighbours.notAsked
  /// Before the first rung `recovery_delay`, then doubling (semantics 5.12).
  var nextDelay: Duration?
  /// Written down once an incident where effects are not wanted (semantics 1.5).
  var wroteWouldHave = false
  /// The remedy under way or last tried in this incident.
  var record: RecoveryRecord?
  /// Remedies of this incident that were verified and may still relapse.
  var verified: RecoveryRecord?
  /// How often a pre-hook has said no to the rung at hand.
  var vetoes = 0
  var firstVetoAt: Instant?

  enum Phase: Sendable {
    /// No incident.
    case idle
    /// An incident without automatic remedy.
    case watching
    case waiting(until: Instant)
    /// A fresh full probe must start at or after this instant.
    case probing(since: Instant)
    case looking(Ticket)
    case askingNeighbours(Set<MachineID>, since: Instant)
    case askingHooks(Ticket)
    case writing(IntentID)
    case acting(RemedyOrder, since: Instant)
    case verifying(since: Instant, until: Instant, nextProbe: Instant)
    case held(Hold, retryAt: Instant)
    case needsHuman(String)
    /// Well again; the incident closes then.
    case settling(until: Instant)
  }

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

  /// Between the first step towards a rung and its end.
  var isBusy: Bool {
    switch phase {
    case .looking, .askingNeighbours, .askingHooks, .probing: true
    default: isActing
    }
  }

  /// When the phase must be looked at again without any other event.
  var deadline: Instant? {
    switch phase {
    case .idle, .watching, .looking, .askingHooks, .writing, .needsHuman: nil
    case .waiting(let until), .settling(let until): until
    case .probing(let since): since + .minutes(2)
    case .askingNeighbours(_, let since): since + .minutes(1)
    case .acting(let order, _): order.notAfter + .seconds(30)
    case .verifying(_, let until, let nextProbe): min(until, nextProbe)
    case .held(_, let retryAt): retryAt
    }
  }
}
