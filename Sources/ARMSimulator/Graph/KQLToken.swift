/// A word of the query language, and where it stands.
struct KQLToken: Hashable, Sendable {
  enum Kind: Hashable, Sendable {
    case name(String)
    case text(String)
    case number(Double)
    /// Seconds.
    case span(Double)
    case sign(String)
    case end
  }
  var kind: Kind
  /// As it was written; `<EOF>` at the end.
  var text: String
  /// From 1.
  var line: Int
  /// From 0.
  var position: Int
}

/// What is wrong with a query.
enum KQLFault: Error, Hashable, Sendable {
  /// It cannot be read from this word on.
  case syntax(KQLToken)
  /// It can be read, and names something that is not there.
  case meaning(String)
}

extension KQLToken {
  /// Cuts a query into words; the last one is the end.
  static func all(in query: String) throws(KQLFault) -> [KQLToken] {
    let characters = Array(query)
    var tokens: [KQLToken] = []
    var index = 0
    var line = 1
    var lineStart = 0
    while index < characters.count {
      let character = characters[index]
      let start = index
      func token(_ kind: Kind, upTo end: Int) -> KQLToken {
        KQLToken(kind: kind, text: String(characters[start..<end]), line: line, position: start - lineStart)
      }
      if character.isNewline {
        index += 1
        line += 1
        lineStart = index
      } else if character.isWhitespace {
        index += 1
      } else if character == "/", index + 1 < characters.count, characters[index + 1] == "/" {
        while index < characters.count, !characters[index].isNewline { index += 1 }
      } else if character.isLetter || character == "_" || character == "$" {
        while index < characters.count,
          characters[index].isLetter || characters[index].isNumber || "_$".contains(characters[index])
        {
          index += 1
        }
        tokens.append(token(.name(String(characters[start..<index])), upTo: index))
      } else if character.isNumber {
        while index < characters.count, characters[index].isNumber { index += 1 }
        if index + 1 < characters.count, characters[index] == ".", characters[index + 1].isNumber {
          index += 1
          while index < characters.count, characters[index].isNumber { index += 1 }
        }
        let number = Double(String(characters[start..<index])) ?? 0
        let units: [Character: Double] = ["d": 86400, "h": 3600, "m": 60, "s": 1]
        if index < characters.count, let unit = units[characters[index]],
          index + 1 == characters.count || !characters[index + 1].isLetter
        {
          index += 1
          tokens.append(token(.span(number * unit), upTo: index))
        } else {
          tokens.append(token(.number(number), upTo: index))
        }
      } else if character == "'" || character == "\"" {
        var text = ""
        index += 1
        while index < characters.count, characters[index] != character {
          if characters[index] == "\\", index + 1 < characters.count {
            index += 1
            text.append(["n": "\n", "t": "\t", "r": "\r"][characters[index]] ?? characters[index])
          } else {
            text.append(characters[index])
          }
          index += 1
        }
        guard index < characters.count else { throw .syntax(token(.end, upTo: characters.count)) }
        index += 1
        tokens.append(token(.text(text), upTo: index))
      } else {
        let two = index + 1 < characters.count ? String(characters[index...index + 1]) : ""
        let width = ["==", "!=", "=~", "!~", "<=", ">=", "<>"].contains(two) ? 2 : 1
        index += width
        tokens.append(token(.sign(width == 2 ? two : String(character)), upTo: index))
      }
    }
    tokens.append(KQLToken(kind: .end, text: "<EOF>", line: line, position: characters.count - lineStart))
    return tokens
  }
}
