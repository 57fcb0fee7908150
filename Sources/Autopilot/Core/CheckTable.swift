import FleetModel

/// One value for each kind of check, found by position: the engine asks such tables many times for each probe.
struct CheckTable<Value> {
  private var values: ContiguousArray<Value?>

  init() { values = ContiguousArray(repeating: nil, count: CheckKind.ordered.count) }

  subscript(kind: CheckKind) -> Value? {
    get { values[kind.position] }
    set { values[kind.position] = newValue }
  }

  subscript(kind: CheckKind, default fallback: @autoclosure () -> Value) -> Value {
    get { values[kind.position] ?? fallback() }
    _modify {
      let at = kind.position
      var value = values[at] ?? fallback()
      values[at] = nil
      defer { values[at] = value }
      yield &value
    }
  }
}

extension CheckTable: Sendable where Value: Sendable {}

/// A set of checks as bits.
struct CheckSet: Hashable, Sendable {
  private var bits: UInt16 = 0

  init(_ kinds: some Sequence<CheckKind>) {
    for kind in kinds { insert(kind) }
  }

  func contains(_ kind: CheckKind) -> Bool { bits & 1 << UInt16(kind.position) != 0 }
  mutating func insert(_ kind: CheckKind) { bits |= 1 << UInt16(kind.position) }
}

extension CheckKind {
  /// All kinds in their order, made once.
  static let ordered = CheckKind.allCases

  /// The kind's place in `ordered`.
  var position: Int {
    switch self {
    case .power: 0
    case .connectivity: 1
    case .ssh: 2
    case .disk: 3
    case .memory: 4
    case .cpu: 5
    case .iowait: 6
    case .logs: 7
    }
  }
}
