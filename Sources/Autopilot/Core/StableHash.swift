import FleetModel

/// Hashes that are the same in every process and run: schedules and jitter must not dance with each start.
enum StableHash {
  /// FNV-1a over UTF-8, then mixed.
  static func of(_ text: String, seed: UInt64 = 0) -> UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325 ^ seed
    for byte in text.utf8 {
      hash ^= UInt64(byte)
      hash = hash &* 0x0000_0100_0000_01b3
    }
    return mixed(hash)
  }

  /// The finaliser of SplitMix64.
  static func mixed(_ value: UInt64) -> UInt64 {
    var z = value &+ 0x9e37_79b9_7f4a_7c15
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  /// A share in 0..<1.
  static func share(_ value: UInt64) -> Double { Double(mixed(value) >> 11) / Double(1 << 53) }
}
