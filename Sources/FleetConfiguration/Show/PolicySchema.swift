import FleetModel

/// The JSON Schema (2020-12) of a policy file, made from the table of keys: for editors that complete and check YAML.
package enum PolicySchema {
  /// The schema as indented JSON.
  package static func text(scope: PolicyScope) -> String {
    var schema = branch("", scope)
    schema.insert(("title", .string(scope == .fleet ? "azlin defaults.yaml" : "azlin policy of one VM")), at: 0)
    schema.insert(("$schema", .string("https://json-schema.org/draft/2020-12/schema")), at: 0)
    return JSONText.object(schema).text()
  }

  private static func branch(_ path: String, _ scope: PolicyScope) -> [(String, JSONText)] {
    var properties: [(String, JSONText)] = []
    for name in PolicyKey.children(of: path) {
      let child = path.isEmpty ? name : path + "." + name
      if let key = PolicyKey.named(child) {
        if key.isFleetOnly, scope == .machine { continue }
        properties.append((name, .object(leaf(key))))
      } else {
        let below = branch(child, scope)
        if case .object(let inner)? = below.first(where: { $0.0 == "properties" })?.1, inner.isEmpty { continue }
        // An empty branch is a null in YAML.
        properties.append(
          (name, .object([("type", .array([.string("object"), .string("null")]))] + below.dropFirst())))
      }
    }
    return [("type", .string("object")), ("additionalProperties", .bool(false)), ("properties", .object(properties))]
  }

  private static func leaf(_ key: PolicyKey) -> [(String, JSONText)] {
    let summary = key.summary + (key.isInForce ? "" : " (not in force yet)")
    var schema: [(String, JSONText)] = [("description", .string("\(summary); \(key.kind.allowed)"))]
    schema += kind(key.kind)
    if key.defaultNote == nil, let value = defaultValue(key) { schema.append(("default", value)) }
    return schema
  }

  private static func kind(_ kind: PolicyValueKind) -> [(String, JSONText)] {
    switch kind {
    case .flag: [("type", .string("boolean"))]
    case .percent: range(1...100)
    case .integer(let bounds): range(bounds)
    case .duration:
      [
        ("type", .array([.string("string"), .string("integer")])),
        ("pattern", .string("^[0-9]+$|^([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?$")), ("minimum", .number(0)),
      ]
    case .choice(let words): [("enum", .array(words.map { .string($0) }))]
    case .text, .cron, .secret: [("type", .string("string"))]
    case .timeOfDay: [("type", .string("string")), ("pattern", .string("^([01]?[0-9]|2[0-3]):[0-5][0-9]$"))]
    case .list: oneOrMany([("type", .string("string"))])
    case .hooks: oneOrMany(hook)
    }
  }

  private static func range(_ bounds: ClosedRange<Int>) -> [(String, JSONText)] {
    [
      ("type", .string("integer")), ("minimum", .number(bounds.lowerBound)), ("maximum", .number(bounds.upperBound)),
    ]
  }

  private static func oneOrMany(_ item: [(String, JSONText)]) -> [(String, JSONText)] {
    let list: [(String, JSONText)] = [("type", .string("array")), ("items", .object(item)), ("minItems", .number(1))]
    return [("anyOf", .array([.object(item), .object(list)]))]
  }

  private static var hook: [(String, JSONText)] {
    let path: JSONText = .object([("type", .string("string")), ("pattern", .string("^(/|~/)"))])
    let options: [(String, JSONText)] = [
      ("type", .string("object")), ("additionalProperties", .bool(false)), ("required", .array([.string("path")])),
      (
        "properties",
        .object([
          ("path", path), ("timeout", .object([("type", .array([.string("string"), .string("integer")]))])),
          ("veto", .object([("type", .string("boolean"))])),
        ])
      ),
    ]
    return [("anyOf", .array([path, .object(options)]))]
  }

  private static func defaultValue(_ key: PolicyKey) -> JSONText? {
    switch key.value(of: Policy()) {
    case .flag(let flag): .bool(flag)
    case .integer(let number): .number(number)
    case .duration, .text, .timeOfDay: .string(key.text(of: Policy()))
    case .unset, .list, .hooks: nil
    }
  }
}

/// JSON with its keys in the order given.
indirect enum JSONText {
  case string(String)
  case number(Int)
  case bool(Bool)
  case array([JSONText])
  case object([(String, JSONText)])

  /// Two blanks a level; what is short and flat stands in one line.
  func text(indent: Int = 0) -> String {
    let pad = String(repeating: "  ", count: indent + 1)
    let end = "\n" + String(repeating: "  ", count: indent)
    switch self {
    case .string(let text): return Self.quoted(text)
    case .number(let number): return String(number)
    case .bool(let flag): return flag ? "true" : "false"
    case .array(let items):
      if items.allSatisfy(\.isFlat) { return "[" + items.map { $0.text() }.joined(separator: ", ") + "]" }
      return "[\n" + items.map { pad + $0.text(indent: indent + 1) }.joined(separator: ",\n") + end + "]"
    case .object(let members):
      if members.isEmpty { return "{}" }
      let lines = members.map { pad + Self.quoted($0.0) + ": " + $0.1.text(indent: indent + 1) }
      return "{\n" + lines.joined(separator: ",\n") + end + "}"
    }
  }

  private var isFlat: Bool {
    switch self {
    case .string, .number, .bool: true
    case .array, .object: false
    }
  }

  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case _ where scalar.value < 0x20 || scalar.value == 0x7f:
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result += String(Character(scalar))
      }
    }
    return result + "\""
  }
}
