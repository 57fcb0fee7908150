import HTTPTypes

/// A request's path and query, percent signs taken off.
struct ARMPath: Sendable {
  /// As the client wrote them.
  let segments: [String]
  /// Lower-cased: ids of Resource Manager know no case.
  let folded: [String]
  private let query: [(name: String, value: String)]

  init(_ target: String) {
    let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    let segments = (parts.first ?? "").split(separator: "/").map { Self.decoded($0, isForm: false) }
    self.segments = segments
    folded = segments.map { $0.lowercased() }
    query = Self.pairs(parts.count > 1 ? parts[1] : "")
  }

  /// A query parameter, whatever the case of its name.
  func parameter(_ name: String) -> String? {
    let wanted = name.lowercased()
    return query.first { $0.name == wanted }?.value
  }

  /// The query without a parameter, for the link to the next page.
  func queryText(without dropped: String, adding more: [(String, String)] = []) -> String {
    (query.filter { $0.name != dropped.lowercased() }.map { ($0.name, $0.value) } + more)
      .map { "\($0.0)=\(Self.encoded($0.1))" }.joined(separator: "&")
  }

  /// What stands after a segment (`resourcegroups`), as the client wrote it.
  func value(after name: String) -> String? {
    guard let index = folded.firstIndex(of: name), index + 1 < segments.count else { return nil }
    return segments[index + 1]
  }

  /// The path as text.
  var text: String { "/" + segments.joined(separator: "/") }

  /// `a=1&b=2`, percent signs and plus signs taken off, names lower-cased.
  static func pairs(_ text: Substring) -> [(name: String, value: String)] {
    text.split(separator: "&").map { pair in
      let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      return (
        decoded(sides[0], isForm: true).lowercased(), sides.count > 1 ? decoded(sides[1], isForm: true) : ""
      )
    }
  }

  static func decoded(_ text: Substring, isForm: Bool) -> String {
    guard text.utf8.contains(where: { $0 == 0x25 || $0 == 0x2B }) else { return String(text) }
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      if byte == 0x25, rest.count >= 2,
        let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
      {
        bytes.append(value)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte == 0x2B && isForm ? 0x20 : byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// A value as it stands in a query.
  static func encoded(_ text: String) -> String {
    var result = ""
    for byte in text.utf8 {
      let isPlain =
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
        || byte == 0x2D || byte == 0x2E || byte == 0x5F || byte == 0x7E
      if isPlain {
        result.unicodeScalars.append(Unicode.Scalar(byte))
      } else {
        let digits = String(byte, radix: 16, uppercase: true)
        result += "%" + (digits.count == 1 ? "0" : "") + digits
      }
    }
    return result
  }
}
