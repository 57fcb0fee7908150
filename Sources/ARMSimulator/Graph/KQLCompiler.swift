import FleetModel

/// Rows of named columns.
struct KQLTable: Sendable {
  var columns: [String]
  var rows: [[JSON]]

  static let empty = KQLTable(columns: [], rows: [])
}

/// An expression made ready for the rows of one table.
typealias KQLFunction = @Sendable ([JSON]) -> JSON

/// Makes expressions ready: columns become places, so that ten thousand rows look up no names.
struct KQLCompiler {
  let columns: [String]
  let now: Instant

  /// - Throws: `KQLFault.meaning` where a column or a function is not there.
  func function(_ expression: KQLExpression) throws(KQLFault) -> KQLFunction {
    switch expression {
    case .literal(let value): return { _ in value }
    case .span(let seconds): return { _ in .number(seconds) }
    case .column(let name):
      guard let place = place(of: name) else {
        throw .meaning("Failed to resolve scalar expression named '\(name)'")
      }
      return { $0[place] }
    case .member(let base, let name):
      let inner = try function(base)
      return { Self.member(inner($0), name) }
    case .element(let base, let key):
      let inner = try function(base)
      if case .literal(.string(let name)) = key { return { Self.member(inner($0), name) } }
      let index = try function(key)
      return { row in
        let (value, key) = (inner(row), index(row))
        if let name = key.text { return Self.member(value, name) }
        guard let place = key.whole else { return .null }
        return value[place < 0 ? value.items.count + place : place]
      }
    case .binary(let sign, let left, let right):
      return try Self.binary(sign, try function(left), try function(right))
    case .membership(let value, let list, let ignoresCase, let isNegated):
      return try membership(try function(value), list, ignoresCase, isNegated)
    case .call(let name, let arguments): return try call(name, arguments)
    }
  }

  /// Columns are found by their very name first, then without regard to case.
  func place(of name: String) -> Int? {
    columns.firstIndex(of: name) ?? columns.firstIndex { KQLText.equal($0, name) }
  }

  /// Members of a dynamic value: Resource Graph finds them by their very name; ids of tags in any case.
  private static func member(_ value: JSON, _ name: String) -> JSON {
    let found = value[name]
    guard found.isNull, case .object(let members) = value else { return found }
    return members.first { KQLText.equal($0.name, name) }?.value ?? .null
  }

  private func membership(
    _ value: @escaping KQLFunction, _ list: [KQLExpression], _ ignoresCase: Bool, _ isNegated: Bool
  ) throws(KQLFault) -> KQLFunction {
    var constants: Set<String> = []
    var others: [KQLFunction] = []
    for item in list {
      if case .literal(.string(let text)) = item {
        constants.insert(ignoresCase ? text.lowercased() : text)
      } else {
        others.append(try function(item))
      }
    }
    return { [constants, others] row in
      let wanted = value(row)
      var isIn = false
      if let text = wanted.text { isIn = constants.contains(ignoresCase ? text.lowercased() : text) }
      if !isIn {
        isIn = others.contains { other in
          let item = other(row)
          let choices = item.items.isEmpty ? [item] : item.items
          return choices.contains { KQLText.isEqual($0, wanted, ignoresCase: ignoresCase) }
        }
      }
      return .bool(isIn != isNegated)
    }
  }

  private static func binary(
    _ sign: String, _ left: @escaping KQLFunction, _ right: @escaping KQLFunction
  ) throws(KQLFault) -> KQLFunction {
    switch sign {
    case "and": return { .bool(left($0).flag == true && right($0).flag == true) }
    case "or": return { .bool(left($0).flag == true || right($0).flag == true) }
    case "==": return { .bool(KQLText.isEqual(left($0), right($0), ignoresCase: false)) }
    case "!=": return { .bool(!KQLText.isEqual(left($0), right($0), ignoresCase: false)) }
    case "=~": return { .bool(KQLText.isEqual(left($0), right($0), ignoresCase: true)) }
    case "!~": return { .bool(!KQLText.isEqual(left($0), right($0), ignoresCase: true)) }
    case "<": return { compared(left($0), right($0)) { $0 < 0 } }
    case "<=": return { compared(left($0), right($0)) { $0 <= 0 } }
    case ">": return { compared(left($0), right($0)) { $0 > 0 } }
    case ">=": return { compared(left($0), right($0)) { $0 >= 0 } }
    case "+", "-", "*", "/", "%": return { KQLText.arithmetic(sign, left($0), right($0)) }
    default:
      return { row in
        .bool(KQLText.relation(sign, KQLText.string(left(row)), KQLText.string(right(row))))
      }
    }
  }

  private static func compared(_ left: JSON, _ right: JSON, _ holds: (Int) -> Bool) -> JSON {
    KQLText.order(left, right).map { .bool(holds($0)) } ?? false
  }
}
