import FleetModel

// The functions of the language.
extension KQLCompiler {
  func call(_ name: String, _ arguments: [KQLExpression]) throws(KQLFault) -> KQLFunction {
    var functions: [KQLFunction] = []
    for argument in arguments { functions.append(try function(argument)) }
    guard let least = Self.arity[name] else { throw .meaning("Unknown function: '\(name)'") }
    guard least.contains(functions.count) else {
      throw .meaning("Function '\(name)' cannot be invoked with \(functions.count) arguments")
    }
    if functions.count == 1 { return Self.unary(name, functions[0]) }
    return Self.several(name, functions, now)
  }

  /// How many arguments each takes.
  private static let arity: [String: ClosedRange<Int>] = {
    var arity: [String: ClosedRange<Int>] = [:]
    for name in [
      "tolower", "toupper", "tostring", "toint", "tolong", "todouble", "toreal", "tobool", "isnull", "isnotnull",
      "isempty", "isnotempty", "notempty", "not", "array_length", "strlen", "parse_json", "todynamic", "dynamic", "ago",
      "todatetime", "datetime", "trim_ws",
    ] { arity[name] = 1...1 }
    arity["now"] = 0...0
    arity["coalesce"] = 2...64
    arity["strcat"] = 1...64
    arity["iff"] = 3...3
    arity["iif"] = 3...3
    arity["case"] = 3...65
    arity["split"] = 2...3
    arity["substring"] = 2...3
    arity["replace_string"] = 3...3
    arity["indexof"] = 2...2
    arity["pack_array"] = 1...64
    return arity
  }()

  private static func unary(_ name: String, _ value: @escaping KQLFunction) -> KQLFunction {
    switch name {
    case "tolower": return { .string(KQLText.string(value($0)).lowercased()) }
    case "toupper": return { .string(KQLText.string(value($0)).uppercased()) }
    case "tostring", "strcat": return { .string(KQLText.string(value($0))) }
    case "toint", "tolong":
      return { row in
        let value = value(row)
        return (value.double ?? Double(KQLText.string(value))).map { .integer(Int64($0)) } ?? .null
      }
    case "todouble", "toreal":
      return { row in
        let value = value(row)
        return (value.double ?? Double(KQLText.string(value))).map { .number($0) } ?? .null
      }
    case "tobool":
      return { row in
        let value = value(row)
        if let number = value.double { return .bool(number != 0) }
        switch KQLText.string(value).lowercased() {
        case "true", "1": return true
        case "false", "0": return false
        default: return .null
        }
      }
    case "isnull": return { .bool(value($0).isNull) }
    case "isnotnull": return { .bool(!value($0).isNull) }
    case "isempty": return { .bool(KQLText.string(value($0)).isEmpty) }
    case "isnotempty", "notempty": return { .bool(!KQLText.string(value($0)).isEmpty) }
    case "not": return { .bool(value($0).flag != true) }
    case "array_length":
      return { if case .array(let items) = value($0) { .integer(Int64(items.count)) } else { .null } }
    case "strlen": return { .integer(Int64(KQLText.string(value($0)).unicodeScalars.count)) }
    case "pack_array": return { .array([value($0)]) }
    case "parse_json", "todynamic", "dynamic":
      return { row in
        let value = value(row)
        guard let text = value.text else { return value }
        return JSONReader.value(Array(text.utf8)) ?? value
      }
    default: return value
    }
  }

  private static func several(_ name: String, _ values: [KQLFunction], _ now: Instant) -> KQLFunction {
    switch name {
    case "now": return { _ in .string(AzureTime.activity(now)) }
    case "coalesce":
      return { row in
        for value in values {
          let found = value(row)
          if !found.isNull, found.text?.isEmpty != true { return found }
        }
        return values.last.map { $0(row) } ?? .null
      }
    case "strcat": return { row in .string(values.map { KQLText.string($0(row)) }.joined()) }
    case "iff", "iif": return { values[0]($0).flag == true ? values[1]($0) : values[2]($0) }
    case "case":
      return { row in
        for index in stride(from: 0, to: values.count - 1, by: 2) where values[index](row).flag == true {
          return values[index + 1](row)
        }
        return values.last.map { $0(row) } ?? .null
      }
    case "split":
      return { row in
        let separator = KQLText.string(values[1](row))
        let text = KQLText.string(values[0](row))
        let parts =
          separator.isEmpty
          ? [text] : text.split(separator: separator, omittingEmptySubsequences: false).map(String.init)
        let all = JSON.array(parts.map { .string($0) })
        guard values.count == 3, let index = values[2](row).whole else { return all }
        return .array([all[index]])
      }
    case "substring":
      return { row in
        let text = KQLText.string(values[0](row))
        let rest = text.dropFirst(max(values[1](row).whole ?? 0, 0))
        guard values.count == 3, let length = values[2](row).whole else { return .string(String(rest)) }
        return .string(String(rest.prefix(max(length, 0))))
      }
    case "replace_string":
      return { row in
        .string(
          KQLText.string(values[0](row)).replacing(KQLText.string(values[1](row)), with: KQLText.string(values[2](row)))
        )
      }
    case "indexof":
      return { row in
        let text = KQLText.string(values[0](row))
        guard let range = text.firstRange(of: KQLText.string(values[1](row))) else { return -1 }
        return .integer(Int64(text.distance(from: text.startIndex, to: range.lowerBound)))
      }
    default: return { row in .array(values.map { $0(row) }) }
    }
  }
}
