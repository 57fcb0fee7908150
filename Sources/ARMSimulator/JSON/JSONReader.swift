/// Reads JSON (RFC 8259) from bytes that anybody may have sent.
struct JSONReader {
  private var rest: ArraySlice<UInt8>
  private var depth = 0
  /// Deeper nesting is refused.
  private static let deepest = 64

  /// nil: the bytes are no JSON.
  static func value(_ bytes: [UInt8]) -> JSON? {
    var reader = JSONReader(rest: bytes[...])
    guard let value = reader.value() else { return nil }
    reader.space()
    return reader.rest.isEmpty ? value : nil
  }

  private init(rest: ArraySlice<UInt8>) {
    self.rest = rest
    if rest.starts(with: [0xEF, 0xBB, 0xBF]) { self.rest = rest.dropFirst(3) }
  }

  private mutating func space() {
    rest = rest.drop { $0 == 0x20 || $0 == 0x0A || $0 == 0x0D || $0 == 0x09 }
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    space()
    guard rest.first == UInt8(ascii: character) else { return false }
    rest = rest.dropFirst()
    return true
  }

  private mutating func word(_ text: StaticString, _ value: JSON) -> JSON? {
    let bytes = Array("\(text)".utf8)
    guard rest.starts(with: bytes) else { return nil }
    rest = rest.dropFirst(bytes.count)
    return value
  }

  private mutating func value() -> JSON? {
    space()
    guard depth < Self.deepest, let first = rest.first else { return nil }
    depth += 1
    defer { depth -= 1 }
    switch first {
    case UInt8(ascii: "{"): return object()
    case UInt8(ascii: "["): return array()
    case UInt8(ascii: "\""): return string().map { .string($0) }
    case UInt8(ascii: "t"): return word("true", true)
    case UInt8(ascii: "f"): return word("false", false)
    case UInt8(ascii: "n"): return word("null", .null)
    default: return number()
    }
  }

  private mutating func object() -> JSON? {
    rest = rest.dropFirst()
    var members: [JSON.Member] = []
    if take("}") { return .object([]) }
    while true {
      space()
      guard rest.first == UInt8(ascii: "\""), let name = string(), take(":"), let value = value() else { return nil }
      members.append(JSON.Member(name, value))
      if take("}") { return .object(members) }
      guard take(",") else { return nil }
    }
  }

  private mutating func array() -> JSON? {
    rest = rest.dropFirst()
    var items: [JSON] = []
    if take("]") { return .array([]) }
    while true {
      guard let value = value() else { return nil }
      items.append(value)
      if take("]") { return .array(items) }
      guard take(",") else { return nil }
    }
  }

  private mutating func number() -> JSON? {
    let text = rest.prefix { byte in
      (0x30...0x39).contains(byte) || byte == 0x2B || byte == 0x2D || byte == 0x2E || byte | 0x20 == 0x65
    }
    guard let first = text.first, first == 0x2D || (0x30...0x39).contains(first) else { return nil }
    rest = rest.dropFirst(text.count)
    let word = String(decoding: text, as: UTF8.self)
    if let whole = Int64(word) { return .integer(whole) }
    return Double(word).map { .number($0) }
  }

  private mutating func string() -> String? {
    rest = rest.dropFirst()
    var bytes: [UInt8] = []
    while let byte = rest.popFirst() {
      switch byte {
      case UInt8(ascii: "\""): return String(decoding: bytes, as: UTF8.self)
      case UInt8(ascii: "\\"):
        guard let escape = rest.popFirst() else { return nil }
        switch escape {
        case UInt8(ascii: "n"): bytes.append(0x0A)
        case UInt8(ascii: "r"): bytes.append(0x0D)
        case UInt8(ascii: "t"): bytes.append(0x09)
        case UInt8(ascii: "b"): bytes.append(0x08)
        case UInt8(ascii: "f"): bytes.append(0x0C)
        case UInt8(ascii: "u"):
          guard let scalar = scalar() else { return nil }
          bytes.append(contentsOf: String(Character(scalar)).utf8)
        default: bytes.append(escape)
        }
      default: bytes.append(byte)
      }
    }
    return nil
  }

  private mutating func unit() -> UInt32? {
    guard rest.count >= 4, let value = UInt32(String(decoding: rest.prefix(4), as: UTF8.self), radix: 16) else {
      return nil
    }
    rest = rest.dropFirst(4)
    return value
  }

  /// A UTF-16 code unit, or a pair of surrogates; half a pair becomes U+FFFD.
  private mutating func scalar() -> Unicode.Scalar? {
    guard let high = unit() else { return nil }
    guard (0xD800...0xDBFF).contains(high), rest.starts(with: [0x5C, 0x75]) else {
      return Unicode.Scalar(high) ?? "\u{FFFD}"
    }
    rest = rest.dropFirst(2)
    guard let low = unit() else { return nil }
    guard (0xDC00...0xDFFF).contains(low) else { return "\u{FFFD}" }
    return Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00))
  }
}
