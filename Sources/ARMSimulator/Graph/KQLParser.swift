/// Reads the part of the Kusto query language that a view of a fleet needs.
struct KQLParser {
  private let tokens: [KQLToken]
  private var index = 0

  /// - Throws: `KQLFault.syntax` with the word that cannot stand where it does.
  static func query(_ text: String) throws(KQLFault) -> KQLQuery {
    var parser = KQLParser(tokens: try KQLToken.all(in: text))
    let query = try parser.query()
    _ = parser.takeSign(";")
    guard parser.current.kind == .end else { throw .syntax(parser.current) }
    return query
  }

  private init(tokens: [KQLToken]) { self.tokens = tokens }

  private var current: KQLToken { tokens[index] }
  private var following: KQLToken { tokens[min(index + 1, tokens.count - 1)] }

  private mutating func advance() { if index < tokens.count - 1 { index += 1 } }

  private mutating func takeSign(_ sign: String) -> Bool {
    guard current.kind == .sign(sign) else { return false }
    advance()
    return true
  }

  private mutating func expectSign(_ sign: String) throws(KQLFault) {
    guard takeSign(sign) else { throw .syntax(current) }
  }

  private mutating func takeName(_ word: String) -> Bool {
    guard case .name(let name) = current.kind, name.lowercased() == word else { return false }
    advance()
    return true
  }

  private mutating func name() throws(KQLFault) -> String {
    guard case .name(let name) = current.kind else { throw .syntax(current) }
    advance()
    return name
  }

  private mutating func whole() throws(KQLFault) -> Int {
    guard case .number(let number) = current.kind, let whole = Int(exactly: number), whole >= 0 else {
      throw .syntax(current)
    }
    advance()
    return whole
  }

  // MARK: Steps

  private mutating func query() throws(KQLFault) -> KQLQuery {
    var query: KQLQuery
    if takeSign("(") {
      query = try self.query()
      try expectSign(")")
    } else {
      query = KQLQuery(table: try name())
    }
    while takeSign("|") { query.stages.append(try stage()) }
    return query
  }

  private mutating func stage() throws(KQLFault) -> KQLStage {
    let start = current
    var word = try name().lowercased()
    // `project-away` and `mv-expand` are one word each.
    if ["project", "mv"].contains(word), current.kind == .sign("-"), case .name(let second) = following.kind {
      advance()
      advance()
      word += "-" + second.lowercased()
    }
    switch word {
    case "where", "filter": return .filter(try expression())
    case "extend": return .extend(try columns())
    case "project": return .project(try columns())
    case "project-away": return .projectAway(try names())
    case "project-keep": return .project(try columns())
    case "project-rename": return .projectRename(try columns())
    case "mv-expand", "mvexpand": return .expand(try columns())
    case "order", "sort":
      guard takeName("by") else { throw .syntax(current) }
      var orders = [try order()]
      while takeSign(",") { orders.append(try order()) }
      return .order(orders)
    case "take", "limit": return .take(try whole())
    case "top":
      let number = try whole()
      guard takeName("by") else { throw .syntax(current) }
      return .top(number, try order())
    case "count": return .count
    case "distinct": return .distinct(try columns())
    case "summarize": return try summary()
    case "join": return try join()
    case "union":
      var queries: [KQLQuery] = []
      repeat {
        let isNested = current.kind == .sign("(")
        queries.append(isNested ? try query() : KQLQuery(table: try name()))
      } while takeSign(",")
      return .union(queries)
    default: throw .syntax(start)
    }
  }

  private mutating func names() throws(KQLFault) -> [String] {
    var names = [try name()]
    while takeSign(",") { names.append(try name()) }
    return names
  }

  private mutating func columns() throws(KQLFault) -> [KQLColumn] {
    var columns = [try column()]
    while takeSign(",") { columns.append(try column()) }
    return columns
  }

  private mutating func column() throws(KQLFault) -> KQLColumn {
    if case .name(let name) = current.kind, following.kind == .sign("=") {
      advance()
      advance()
      return KQLColumn(name: name, expression: try expression())
    }
    return KQLColumn(expression: try expression())
  }

  private mutating func order() throws(KQLFault) -> KQLStage.Order {
    let expression = try expression()
    // The language sorts downwards where nothing is said.
    let isAscending = takeName("asc")
    if !isAscending { _ = takeName("desc") }
    if takeName("nulls"), !takeName("first"), !takeName("last") { throw .syntax(current) }
    return KQLStage.Order(expression: expression, isAscending: isAscending)
  }

  private mutating func summary() throws(KQLFault) -> KQLStage {
    var values: [KQLColumn] = []
    if case .name(let word) = current.kind, word.lowercased() == "by" {} else { values = try columns() }
    let keys = takeName("by") ? try columns() : []
    guard !values.isEmpty || !keys.isEmpty else { throw .syntax(current) }
    return .summarize(values, by: keys)
  }

  private mutating func join() throws(KQLFault) -> KQLStage {
    var kind = KQLStage.JoinKind.innerunique
    if takeName("kind") {
      try expectSign("=")
      let start = current
      guard let known = KQLStage.JoinKind(rawValue: try name().lowercased()) else { throw .syntax(start) }
      kind = known
    }
    try expectSign("(")
    let right = try query()
    try expectSign(")")
    guard takeName("on") else { throw .syntax(current) }
    var pairs = [try pair()]
    while takeSign(",") { pairs.append(try pair()) }
    return .join(kind, right, on: pairs)
  }

  private mutating func pair() throws(KQLFault) -> KQLStage.KeyPair {
    let first = try name()
    guard first == "$left" || first == "$right" else { return .init(left: first, right: first) }
    try expectSign(".")
    let one = try name()
    try expectSign("==")
    let start = current
    let second = try name()
    guard second == "$left" || second == "$right", second != first else { throw .syntax(start) }
    try expectSign(".")
    let other = try name()
    return first == "$left" ? .init(left: one, right: other) : .init(left: other, right: one)
  }

  // MARK: Expressions

  private mutating func expression() throws(KQLFault) -> KQLExpression {
    var left = try conjunction()
    while takeName("or") { left = .binary("or", left, try conjunction()) }
    return left
  }

  private mutating func conjunction() throws(KQLFault) -> KQLExpression {
    var left = try comparison()
    while takeName("and") { left = .binary("and", left, try comparison()) }
    return left
  }

  private static let signs: Set<String> = ["==", "!=", "=~", "!~", "<", "<=", ">", ">=", "<>"]
  private static let words: Set<String> = [
    "contains", "contains_cs", "has", "has_cs", "startswith", "startswith_cs", "endswith", "endswith_cs",
  ]

  private mutating func comparison() throws(KQLFault) -> KQLExpression {
    let left = try sum()
    if case .sign(let sign) = current.kind, Self.signs.contains(sign) {
      advance()
      return .binary(sign == "<>" ? "!=" : sign, left, try sum())
    }
    var isNegated = false
    if current.kind == .sign("!"), case .name = following.kind {
      advance()
      isNegated = true
    }
    if case .name(let name) = current.kind {
      let word = name.lowercased()
      if word == "in" {
        advance()
        let ignoresCase = takeSign("~")
        return .membership(left, try list(), ignoresCase: ignoresCase, isNegated: isNegated)
      }
      if Self.words.contains(word) {
        advance()
        let found = KQLExpression.binary(word, left, try sum())
        return isNegated ? .call("not", [found]) : found
      }
      if word == "matches", !isNegated {
        throw .syntax(current)
      }
    }
    if isNegated { throw .syntax(current) }
    return left
  }

  private mutating func list() throws(KQLFault) -> [KQLExpression] {
    try expectSign("(")
    var items: [KQLExpression] = []
    if takeSign(")") { return items }
    repeat { items.append(try expression()) } while takeSign(",")
    try expectSign(")")
    return items
  }

  private mutating func sum() throws(KQLFault) -> KQLExpression {
    var left = try product()
    while case .sign(let sign) = current.kind, sign == "+" || sign == "-" {
      advance()
      left = .binary(sign, left, try product())
    }
    return left
  }

  private mutating func product() throws(KQLFault) -> KQLExpression {
    var left = try unary()
    while case .sign(let sign) = current.kind, ["*", "/", "%"].contains(sign) {
      advance()
      left = .binary(sign, left, try unary())
    }
    return left
  }

  private mutating func unary() throws(KQLFault) -> KQLExpression {
    if takeSign("-") { return .binary("-", .literal(.integer(0)), try unary()) }
    return try postfix()
  }

  private mutating func postfix() throws(KQLFault) -> KQLExpression {
    var base = try primary()
    while true {
      if takeSign(".") {
        base = .member(base, try name())
      } else if takeSign("[") {
        base = .element(base, try expression())
        try expectSign("]")
      } else {
        return base
      }
    }
  }

  private mutating func primary() throws(KQLFault) -> KQLExpression {
    let token = current
    switch token.kind {
    case .text(let text):
      advance()
      return .literal(.string(text))
    case .number(let number):
      advance()
      return .literal(Int64(exactly: number).map { .integer($0) } ?? .number(number))
    case .span(let seconds):
      advance()
      return .span(seconds)
    case .sign("("):
      advance()
      let inner = try expression()
      try expectSign(")")
      return inner
    case .sign("["):
      advance()
      guard case .text(let name) = current.kind else { throw .syntax(current) }
      advance()
      try expectSign("]")
      return .column(name)
    case .name(let name):
      advance()
      switch name.lowercased() {
      case "true": return .literal(true)
      case "false": return .literal(false)
      case "null": return .literal(.null)
      default: break
      }
      guard current.kind == .sign("(") else { return .column(name) }
      return .call(name.lowercased(), try list())
    case .sign, .end: throw .syntax(token)
    }
  }
}
