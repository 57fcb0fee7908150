/// Names and values as a token endpoint reads them (application/x-www-form-urlencoded) and as a query holds them.
enum FormText {
  typealias Item = (name: String, value: String)

  /// A form's body.
  static func body(_ items: [Item]) -> [UInt8] {
    Array(items.map { encoded($0.name) + "=" + encoded($0.value) }.joined(separator: "&").utf8)
  }

  /// A query without its question mark. `:` and `/` stay as they are, as Microsoft's libraries leave them.
  static func query(_ items: [Item]) -> String {
    items.map { encoded($0.name) + "=" + encoded($0.value, keeping: ":/") }.joined(separator: "&")
  }

  /// Everything but RFC 3986's unreserved characters and `keeping` as `%XX`.
  static func encoded(_ text: String, keeping: String = "") -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    var bytes: [UInt8] = []
    for byte in text.utf8 {
      switch byte {
      case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x2e, 0x5f, 0x7e: bytes.append(byte)
      case _ where keeping.utf8.contains(byte): bytes.append(byte)
      default: bytes += [0x25, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
