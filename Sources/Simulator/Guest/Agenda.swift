import FleetModel

/// What is going to happen to one guest.
enum GuestChange: Hashable, Sendable {
  /// The control plane's word changes.
  case power(PowerState)
  /// Nothing of the guest runs any more.
  case halt
  /// The kernel starts.
  case powered(BootTimes)
  /// The first minute's rush is over.
  case settled
  case begin(FaultOccurrence)
  /// Somebody else puts the fault of this number right.
  case putRight(UInt64)
  /// A remedy takes effect.
  case cure([SimulatedFault])
  case cleaned(reclaimed: Double, cures: Bool)
  case stoppedByOperator

  /// Whether a crash makes it void.
  var isPower: Bool {
    switch self {
    case .power, .halt, .powered, .settled, .stoppedByOperator: true
    case .begin, .putRight, .cure, .cleaned: false
    }
  }
}

/// Changes to come, earliest first; those of one instant in the order in which they were added.
struct Agenda: Sendable {
  private(set) var entries: [(at: Instant, change: GuestChange)] = []

  var next: Instant { entries.first?.at ?? .distantFuture }

  mutating func add(_ change: GuestChange, at instant: Instant) {
    let index = entries.firstIndex { $0.at > instant } ?? entries.endIndex
    entries.insert((instant, change), at: index)
  }

  mutating func takeFirst() -> (at: Instant, change: GuestChange) { entries.removeFirst() }

  mutating func removeAll(where predicate: (GuestChange) -> Bool) {
    entries.removeAll { predicate($0.change) }
  }
}
