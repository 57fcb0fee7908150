import FleetModel

/// A long-running operation of the simulated Azure.
struct SimulatedOperation: Sendable {
  /// How its end is asked for.
  enum Form: Sendable {
    /// Compute: `Azure-AsyncOperation` and `Location`.
    case both
    /// Network's changes: `Azure-AsyncOperation`, whose body is a status alone.
    case network
    /// Network's questions: `Location` alone.
    case location
  }
  struct Failure: Hashable, Sendable {
    var code: String
    var message: String
    /// Of HTTP, where the order was refused at once; nil: it began, and failed later.
    var status: Int?
  }
  var id: String
  /// As the path names it: `restart`.
  var name: String
  var place: Int
  var region: String
  var form: Form
  var startedAt: Instant
  var endsAt: Instant
  /// What Run Command printed, or what was asked for.
  var output: JSON?
  var failure: Failure?
  /// Waits for a guest that does not speak: another order takes its place.
  var hangs: Bool
  /// Part of its URL: the URL has to come back as it was given.
  var seal: String
  var version: String
  var polls = 0

  func isDone(at now: Instant) -> Bool { now >= endsAt }
}

/// What is under way and what was, one operation that changes something at a time on a machine.
struct OperationDesk: Sendable {
  private(set) var all: [String: SimulatedOperation] = [:]
  /// By place: the last one that changes the machine.
  private var latest: [Int: String] = [:]

  subscript(id: String) -> SimulatedOperation? { all[id] }

  /// What is changing a machine now.
  func running(on place: Int, at now: Instant) -> SimulatedOperation? {
    latest[place].flatMap { all[$0] }.flatMap { $0.isDone(at: now) ? nil : $0 }
  }

  /// The last change of a machine, done or not.
  func last(on place: Int) -> SimulatedOperation? { latest[place].flatMap { all[$0] } }

  mutating func add(_ operation: SimulatedOperation, isChange: Bool = true) {
    all[operation.id] = operation
    if isChange { latest[operation.place] = operation.id }
  }

  /// Another order has taken its place.
  mutating func preempt(_ id: String, at now: Instant) {
    all[id]?.endsAt = now
    all[id]?.output = nil
    all[id]?.failure = .init(
      code: "OperationPreempted", message: "The operation has been preempted by a more recent operation.")
  }

  /// - Returns: how often it had been asked for before.
  mutating func countPoll(_ id: String) -> Int {
    defer { all[id]?.polls += 1 }
    return all[id]?.polls ?? 0
  }

  /// Forgets what ended before an instant; the last change of each machine is kept.
  mutating func forget(endedBefore instant: Instant) {
    guard all.count > 1000 else { return }
    let kept = Set(latest.values)
    all = all.filter { $0.value.endsAt >= instant || kept.contains($0.key) }
  }
}
