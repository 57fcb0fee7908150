/// How values of the language are compared and written.
enum KQLText {
  /// Whether two texts are the same but for the case of their letters; ASCII is all that ids hold, and quick.
  static func equal(_ left: String, _ right: String) -> Bool {
    let (a, b) = (left.utf8, right.utf8)
    guard a.count == b.count else {
      return left.utf8.count != right.utf8.count && left.lowercased() == right.lowercased()
    }
    for (one, other) in zip(a, b) where one != other {
      guard one | 0x20 == other | 0x20, (0x61...0x7A).contains(one | 0x20) else {
        return one < 0x80 && other < 0x80 ? false : left.lowercased() == right.lowercased()
      }
    }
    return true
  }

  static func isEqual(_ left: JSON, _ right: JSON, ignoresCase: Bool) -> Bool {
    switch (left, right) {
    case (.string(let a), .string(let b)): ignoresCase ? equal(a, b) : a == b
    case (.null, .string(let text)), (.string(let text), .null): text.isEmpty
    case (.bool(let flag), .string(let text)), (.string(let text), .bool(let flag)): text.lowercased() == "\(flag)"
    default: left.double.flatMap { a in right.double.map { a == $0 } } ?? (left == right)
    }
  }

  /// -1, 0, 1; nil: they cannot be compared.
  static func order(_ left: JSON, _ right: JSON) -> Int? {
    if let a = left.double, let b = right.double { return a < b ? -1 : a > b ? 1 : 0 }
    if let a = left.text, let b = right.text { return a < b ? -1 : a > b ? 1 : 0 }
    if let a = left.flag, let b = right.flag { return a == b ? 0 : a ? 1 : -1 }
    return nil
  }

  /// Of any two values, for sorting: what is missing comes first.
  static func sortOrder(_ left: JSON, _ right: JSON) -> Int {
    if let order = order(left, right) { return order }
    if left.isNull || right.isNull { return left.isNull ? (right.isNull ? 0 : -1) : 1 }
    let (a, b) = (string(left), string(right))
    return a < b ? -1 : a > b ? 1 : 0
  }

  /// `tostring`.
  static func string(_ value: JSON) -> String {
    switch value {
    case .string(let text): text
    case .null: ""
    default: String(decoding: JSONWriter.bytes(value), as: UTF8.self)
    }
  }

  static func relation(_ word: String, _ text: String, _ part: String) -> Bool {
    switch word {
    case "contains": text.lowercased().contains(part.lowercased())
    case "contains_cs": text.contains(part)
    case "startswith": text.lowercased().hasPrefix(part.lowercased())
    case "startswith_cs": text.hasPrefix(part)
    case "endswith": text.lowercased().hasSuffix(part.lowercased())
    case "endswith_cs": text.hasSuffix(part)
    case "has": hasTerm(text.lowercased(), part.lowercased())
    case "has_cs": hasTerm(text, part)
    default: false
    }
  }

  /// Whether a word stands there as a whole.
  private static func hasTerm(_ text: String, _ term: String) -> Bool {
    guard !term.isEmpty else { return true }
    func isPart(_ character: Character?) -> Bool { character.map { $0.isLetter || $0.isNumber } ?? false }
    return text.ranges(of: term).contains { range in
      let before = range.lowerBound > text.startIndex ? text[text.index(before: range.lowerBound)] : nil
      let after = range.upperBound < text.endIndex ? text[range.upperBound] : nil
      return !isPart(before) && !isPart(after)
    }
  }

  static func arithmetic(_ sign: String, _ left: JSON, _ right: JSON) -> JSON {
    guard let a = left.double, let b = right.double else { return .null }
    let value: Double
    switch sign {
    case "+": value = a + b
    case "-": value = a - b
    case "*": value = a * b
    case "/":
      guard b != 0 else { return .null }
      value = a / b
    default:
      guard b != 0 else { return .null }
      value = a.truncatingRemainder(dividingBy: b)
    }
    if case .integer = left, case .integer = right, let whole = Int64(exactly: value.rounded(.towardZero)) {
      return .integer(whole)
    }
    return .number(value)
  }
}
