/// A question about machines: `state=critical cpu>80 tag.env=prod rg~weu !flapping`.
///
/// Bare words match names fuzzily (or by glob, with `*` or `?`); terms side by side must all hold; `and`, `or`, `not`
/// and parentheses combine them. A word alone that is a flag (`flapping`, `paused`, …) asks for it; quotes make any
/// word text. The same language serves the dashboard's filter and `--where`.
public struct FleetQuery: Hashable, Sendable {
  /// As typed.
  public let text: String
  /// nil: everything matches.
  let condition: QueryCondition?

  /// The query that every machine matches.
  public static let everything = FleetQuery(text: "", condition: nil)

  /// Reads a query.
  /// - Throws: `QueryError` with the place.
  public init(_ text: String) throws(QueryError) {
    var parser = QueryParser(tokens: try QueryToken.tokens(of: text), end: text.count)
    self.text = text
    condition = try parser.parse()
  }

  private init(text: String, condition: QueryCondition?) {
    self.text = text
    self.condition = condition
  }

  /// The longest beginning of a text that can be read, word by word: what a prompt filters by while the rest is being
  /// typed. A field's name at the end is taken as the beginning of a comparison, not as part of a VM's name.
  public init(beginningOf text: String) {
    var words = text.split(separator: " ", omittingEmptySubsequences: true)[...]
    while let last = words.last {
      if QueryField(String(last)) == nil, let query = try? FleetQuery(words.joined(separator: " ")) {
        self = query
        return
      }
      words.removeLast()
    }
    self = .everything
  }

  /// Whether the query lets everything through.
  public var isEverything: Bool { condition == nil }

  /// Whether a machine satisfies the query.
  ///
  /// Asked of the shared object, for copying a whole status costs far more than the question.
  public func matches(_ machine: MachineSnapshot) -> Bool { condition?.holds(for: machine) ?? true }

  /// Whether a machine whose status alone is known (from the journal) satisfies the query.
  public func matches(_ status: MachineStatus) -> Bool {
    matches(
      MachineSnapshot(
        status: status, history: MetricHistory(), policy: EffectivePolicy(), hooks: [], isProbing: false))
  }

  /// Bare words, for showing where a name matched; none of them is negated.
  public var nameWords: [String] { condition?.nameWords ?? [] }

  /// The words a term can begin with, for help and completion.
  public static var vocabulary: [String] { QueryField.names + QueryFlag.allCases.map(\.rawValue) }
}

/// Reads tokens into a condition: `or` binds weakest, then `and` (or nothing), then `not`.
private struct QueryParser {
  let tokens: [QueryToken]
  /// Characters in the text.
  let end: Int
  private var index = 0

  init(tokens: [QueryToken], end: Int) {
    self.tokens = tokens
    self.end = end
  }

  mutating func parse() throws(QueryError) -> QueryCondition? {
    if tokens.isEmpty { return nil }
    let condition = try alternatives()
    if let rest = current { throw QueryError("nothing is open here that could be closed", at: rest.range) }
    return condition
  }

  private var current: QueryToken? { index < tokens.count ? tokens[index] : nil }

  private func currentIsWord(_ word: String) -> Bool {
    if case .word(let text) = current?.kind { text.lowercased() == word } else { false }
  }

  private mutating func alternatives() throws(QueryError) -> QueryCondition {
    var parts = [try conjunction()]
    while currentIsWord("or") {
      index += 1
      parts.append(try conjunction())
    }
    return parts.count == 1 ? parts[0] : .any(parts)
  }

  private mutating func conjunction() throws(QueryError) -> QueryCondition {
    var parts = [try factor()]
    while let token = current, token.kind != .close, !currentIsWord("or") {
      if currentIsWord("and") { index += 1 }
      parts.append(try factor())
    }
    return parts.count == 1 ? parts[0] : .all(parts)
  }

  private mutating func factor() throws(QueryError) -> QueryCondition {
    guard let token = current else { throw QueryError("a condition is missing here", at: end..<end) }
    switch token.kind {
    case .bang:
      index += 1
      return .not(try factor())
    case .open:
      index += 1
      let inner = try alternatives()
      guard current?.kind == .close else { throw QueryError("this parenthesis is not closed", at: token.range) }
      index += 1
      return inner
    case .close:
      throw QueryError("a condition is missing before this parenthesis", at: token.range)
    case .comparison(let comparison):
      throw QueryError("“\(comparison.rawValue)” needs a field before it, such as cpu or state", at: token.range)
    case .quoted(let text):
      index += 1
      return .name(NamePattern(text))
    case .word(let word):
      index += 1
      switch word.lowercased() {
      case "not": return .not(try factor())
      case "and", "or": throw QueryError("“\(word)” needs a condition before it", at: token.range)
      default: return try term(word, at: token.range)
      }
    }
  }

  private mutating func term(_ word: String, at range: Range<Int>) throws(QueryError) -> QueryCondition {
    guard case .comparison(let comparison) = current?.kind, let sign = current else {
      if let flag = QueryFlag(rawValue: word.lowercased()) { return .flag(flag) }
      return .name(NamePattern(word))
    }
    guard let field = QueryField(word) else {
      let nearest = NearestName.nearest(to: word, in: QueryField.names).map { "; did you mean \($0)?" } ?? ""
      throw QueryError("there is no field “\(word)”\(nearest)", at: range)
    }
    index += 1
    let value: String
    switch current?.kind {
    case .word(let text), .quoted(let text): value = text
    default:
      throw QueryError("a value is missing after “\(comparison.rawValue)”", at: sign.range.upperBound..<end)
    }
    let place = current?.range ?? sign.range
    index += 1
    switch field {
    case .number(let number): return try numeric(number, comparison, value, sign.range, place)
    case .text(let text): return try textual(text, comparison, value, sign.range, place)
    case .tag(let key):
      let test = try textTest(comparison, value, nil, field: word, sign.range, place)
      return .tag(key, test)
    }
  }

  private func numeric(
    _ field: QueryNumberField, _ comparison: QueryComparison, _ value: String, _ sign: Range<Int>, _ place: Range<Int>
  ) throws(QueryError) -> QueryCondition {
    if comparison == .contains || comparison == .lacks {
      throw QueryError("\(field.rawValue) is a number: compare it with = != > >= < <=", at: sign)
    }
    guard let number = field.parse(value) else {
      throw QueryError("“\(value)” is no value for \(field.rawValue), which looks like \(field.example)", at: place)
    }
    return .number(field, comparison, number)
  }

  private func textual(
    _ field: QueryTextField, _ comparison: QueryComparison, _ value: String, _ sign: Range<Int>, _ place: Range<Int>
  ) throws(QueryError) -> QueryCondition {
    .text(field, try textTest(comparison, value, field.vocabulary, field: field.rawValue, sign, place))
  }

  private func textTest(
    _ comparison: QueryComparison, _ value: String, _ vocabulary: [String]?, field: String, _ sign: Range<Int>,
    _ place: Range<Int>
  ) throws(QueryError) -> TextTest {
    let words = value.split(separator: ",").map { $0.lowercased() }
    switch comparison {
    case .contains: return TextTest(anyOf: words.map { .part($0) }, negated: false)
    case .lacks: return TextTest(anyOf: words.map { .part($0) }, negated: true)
    case .equal, .notEqual:
      var patterns: [TextTest.Pattern] = []
      for word in words {
        guard let vocabulary else {
          patterns.append(.whole(word))
          continue
        }
        // `state=crit` and `state=not-watched` are what fingers type.
        let plain = word.filter { $0 != "-" && $0 != " " }
        let candidates = vocabulary.filter { $0.filter { $0 != " " }.hasPrefix(plain) }
        guard !candidates.isEmpty else {
          throw QueryError("\(field) is one of \(vocabulary.joined(separator: ", "))", at: place)
        }
        patterns += candidates.filter { $0 == word }.isEmpty ? candidates.map { .whole($0) } : [.whole(word)]
      }
      return TextTest(anyOf: patterns, negated: comparison == .notEqual)
    case .above, .atLeast, .below, .atMost:
      throw QueryError("\(field) is text: compare it with = != ~ !~", at: sign)
    }
  }
}
