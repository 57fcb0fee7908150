/// A query, read.
indirect enum QueryCondition: Hashable, Sendable {
  case all([QueryCondition])
  case any([QueryCondition])
  case not(QueryCondition)
  case name(NamePattern)
  case flag(QueryFlag)
  case text(QueryTextField, TextTest)
  case tag(String, TextTest)
  case number(QueryNumberField, QueryComparison, Double)

  func holds(for machine: MachineSnapshot) -> Bool {
    switch self {
    case .all(let parts): parts.allSatisfy { $0.holds(for: machine) }
    case .any(let parts): parts.contains { $0.holds(for: machine) }
    case .not(let part): !part.holds(for: machine)
    case .name(let pattern): pattern.matches(machine.status.machine)
    case .flag(let flag): flag.holds(for: machine)
    case .text(let field, let test): test.holds(for: field.value(of: machine))
    case .tag(let key, let test):
      test.holds(for: machine.status.machine.tags.first { $0.key.lowercased() == key }?.value ?? "")
    case .number(let field, let comparison, let limit):
      field.value(of: machine).map { Self.compare($0, comparison, limit) } ?? false
    }
  }

  var nameWords: [String] {
    switch self {
    case .all(let parts), .any(let parts): parts.flatMap(\.nameWords)
    case .name(let pattern): [pattern.text]
    case .not, .flag, .text, .tag, .number: []
    }
  }

  private static func compare(_ value: Double, _ comparison: QueryComparison, _ limit: Double) -> Bool {
    switch comparison {
    case .equal: value.rounded() == limit.rounded()
    case .notEqual: value.rounded() != limit.rounded()
    case .above: value > limit
    case .atLeast: value >= limit
    case .below: value < limit
    case .atMost: value <= limit
    case .contains, .lacks: false
    }
  }
}

/// A comparison of text with one or more words.
struct TextTest: Hashable, Sendable {
  enum Pattern: Hashable, Sendable {
    /// The whole text, with `*` and `?` as in a shell; lower case.
    case whole(String)
    /// A part of the text; lower case.
    case part(String)
  }
  var anyOf: [Pattern]
  var negated: Bool

  func holds(for text: String) -> Bool {
    let text = text.lowercased()
    let found = anyOf.contains { pattern in
      switch pattern {
      case .whole(let word): word.contains("*") || word.contains("?") ? Glob(word).matches(text) : text == word
      case .part(let word): text.contains(word)
      }
    }
    return found != negated
  }
}

/// Bare text in a query: a glob where it has wildcards, else letters to be found in this order in the name.
struct NamePattern: Hashable, Sendable {
  let text: String
  private let letters: [UInt8]
  private let glob: Glob?
  /// With a slash in it, the pattern is about `group/name`.
  private let isQualified: Bool

  init(_ text: String) {
    self.text = text
    letters = Array(text.lowercased().utf8)
    glob = text.contains("*") || text.contains("?") ? Glob(text.lowercased()) : nil
    isQualified = text.contains("/")
  }

  func matches(_ machine: VirtualMachine) -> Bool {
    if isQualified { return matches(machine.qualifiedName) }
    return matches(machine.name)
  }

  private func matches(_ name: String) -> Bool {
    if let glob { return glob.matches(name.lowercased()) }
    return FuzzyMatch.matches(letters, in: name)
  }
}
