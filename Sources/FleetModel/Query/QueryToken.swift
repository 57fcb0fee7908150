/// One piece of a query's text.
struct QueryToken: Hashable, Sendable {
  enum Kind: Hashable, Sendable {
    case word(String)
    /// In double quotes: never a field, a flag or a connective.
    case quoted(String)
    case comparison(QueryComparison)
    case bang, open, close
  }
  var kind: Kind
  /// In characters of the query's text.
  var range: Range<Int>

  /// Splits a query into tokens.
  /// - Throws: `QueryError` for a quotation that is not closed.
  static func tokens(of text: String) throws(QueryError) -> [QueryToken] {
    let characters = Array(text)
    var tokens: [QueryToken] = []
    var index = 0
    while index < characters.count {
      let start = index
      switch characters[index] {
      case let space where space.isWhitespace:
        index += 1
        continue
      case "(":
        index += 1
        tokens.append(QueryToken(kind: .open, range: start..<index))
      case ")":
        index += 1
        tokens.append(QueryToken(kind: .close, range: start..<index))
      case "\"":
        guard let end = characters[(start + 1)...].firstIndex(of: "\"") else {
          throw QueryError("a closing quotation mark is missing", at: start..<characters.count)
        }
        index = end + 1
        tokens.append(QueryToken(kind: .quoted(String(characters[(start + 1)..<end])), range: start..<index))
      case let sign where "=!<>~".contains(sign):
        let next = index + 1 < characters.count ? characters[index + 1] : " "
        let (kind, length) = Self.sign(sign, next)
        index += length
        tokens.append(QueryToken(kind: kind, range: start..<index))
      default:
        while index < characters.count, Self.belongsToWord(characters[index]) { index += 1 }
        tokens.append(QueryToken(kind: .word(String(characters[start..<index])), range: start..<index))
      }
    }
    return tokens
  }

  private static func belongsToWord(_ character: Character) -> Bool {
    !character.isWhitespace && !"()\"=!<>~".contains(character)
  }

  private static func sign(_ sign: Character, _ next: Character) -> (Kind, length: Int) {
    switch (sign, next) {
    case ("=", "="): (.comparison(.equal), 2)
    case ("=", _): (.comparison(.equal), 1)
    case ("!", "="): (.comparison(.notEqual), 2)
    case ("!", "~"): (.comparison(.lacks), 2)
    case ("!", _): (.bang, 1)
    case (">", "="): (.comparison(.atLeast), 2)
    case (">", _): (.comparison(.above), 1)
    case ("<", "="): (.comparison(.atMost), 2)
    case ("<", _): (.comparison(.below), 1)
    default: (.comparison(.contains), 1)
    }
  }
}

/// How a field is compared with a value.
enum QueryComparison: String, Hashable, Sendable {
  case equal = "="
  case notEqual = "!="
  case above = ">"
  case atLeast = ">="
  case below = "<"
  case atMost = "<="
  case contains = "~"
  case lacks = "!~"
}
