/// Numbers that look like chance and are the same in every run: ids, sizes of waits, opaque texts.
enum Chance {
  /// FNV-1a over UTF-8, then SplitMix64's finaliser.
  static func hash(_ text: String, _ salt: UInt64 = 0) -> UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325 ^ salt
    for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
    return mixed(hash)
  }

  static func mixed(_ value: UInt64) -> UInt64 {
    var z = value &+ 0x9e37_79b9_7f4a_7c15
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  /// In 0..<1.
  static func share(_ value: UInt64) -> Double { Double(mixed(value) >> 11) * 0x1p-53 }

  /// A UUID of a text.
  static func uuid(_ text: String) -> String {
    let digits = digits(of: text)
    return String(unsafeUninitializedCapacity: 36) { target in
      var next = 0
      for (index, digit) in digits.enumerated() {
        if index == 8 || index == 12 || index == 16 || index == 20 {
          target[next] = UInt8(ascii: "-")
          next += 1
        }
        // Version 4 of the first variant.
        target[next] = index == 12 ? UInt8(ascii: "4") : index == 16 ? hexDigits[8 + Int(digit & 3)] : digit
        next += 1
      }
      return next
    }
  }

  /// 32 digits of a text.
  static func hex(_ text: String) -> String { String(decoding: digits(of: text), as: UTF8.self) }

  private static let hexDigits = Array("0123456789abcdef".utf8)

  private static func digits(of text: String) -> [UInt8] {
    let (a, b) = (hash(text, 1), hash(text, 2))
    return (0..<32).map { index in
      let word = index < 16 ? a : b
      return hexDigits[Int(word >> UInt64(60 - 4 * (index & 15)) & 15)]
    }
  }

  /// Text as signatures and opaque tokens have it.
  static func opaque(_ text: String, length: Int) -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    var state = hash(text, 3)
    var result = ""
    result.reserveCapacity(length)
    for _ in 0..<length {
      state = mixed(state)
      result.append(alphabet[Int(state & 63)])
    }
    return result
  }
}
