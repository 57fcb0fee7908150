import FleetModel

/// The last list of each provider, how old it is where it did not come just now, and what is wrong with it.
struct KnownLists {
  private var machines: [ProviderKind: [VirtualMachine]] = [:]
  /// When the list in force was asked for.
  private var askedAt: [ProviderKind: Instant] = [:]
  private var problems: [ProviderKind: String] = [:]

  var all: [VirtualMachine] { Array(machines.values.joined()) }

  /// For the operator, in a fixed order.
  var notices: [String] { problems.values.sorted() }

  /// - Returns: whether it says something new.
  mutating func take(_ list: [VirtualMachine], of kind: ProviderKind, askedAt instant: Instant) -> Bool {
    problems[kind] = nil
    askedAt[kind] = instant
    let isNew = list != machines[kind]
    machines[kind] = list
    return isNew
  }

  /// The provider did not answer: its last list stays in force.
  mutating func lack(_ kind: ProviderKind, because error: any Error) {
    // The age first: a screen may have room for no more.
    problems[kind] = "\(age(of: kind))\(error)"
  }

  /// Until a provider that is far away has answered, its machines are shown as the journal last held them.
  mutating func recall(_ known: [LastKnownMachine], of kind: ProviderKind) {
    if let oldest = known.map(\.at).min() {
      machines[kind] = known.map(\.machine)
      askedAt[kind] = oldest
      problems[kind] = "\(age(of: kind))asking for its machines…"
    } else {
      problems[kind] = "asking \(kind.title) for its machines…"
    }
  }

  private func age(of kind: ProviderKind) -> String {
    askedAt[kind].map { "\(kind.title) as of \(TimestampText.rfc3339($0)): " } ?? ""
  }
}
