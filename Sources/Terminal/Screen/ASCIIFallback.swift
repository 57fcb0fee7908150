/// What a screen without Unicode shows instead of our drawing glyphs: the last resort behind views that know `ascii`.
enum ASCIIFallback {
  /// An ASCII character for any scalar.
  static func character(for scalar: UInt32) -> UInt8 {
    switch scalar {
    case 0x20..<0x7F: return UInt8(truncatingIfNeeded: scalar)
    case 0x2500, 0x2501, 0x2504, 0x2505, 0x2508, 0x2509, 0x254C, 0x254D, 0x2550, 0x2010...0x2015, 0x2212:
      return UInt8(ascii: "-")
    case 0x2502, 0x2503, 0x2506, 0x2507, 0x250A, 0x250B, 0x254E, 0x254F, 0x2551: return UInt8(ascii: "|")
    case 0x250C...0x254B, 0x2552...0x257F: return UInt8(ascii: "+")
    case 0x2581...0x2583, 0x2591: return UInt8(ascii: ".")
    case 0x2584...0x2586, 0x2592: return UInt8(ascii: ":")
    case 0x2580, 0x2587...0x2590, 0x2593, 0x25A0: return UInt8(ascii: "#")
    case 0x2800: return UInt8(ascii: " ")
    case 0x2801...0x28FF: return UInt8(ascii: ":")
    case 0x2026: return UInt8(ascii: "~")
    case 0x2018, 0x2019: return UInt8(ascii: "'")
    case 0x201C, 0x201D: return UInt8(ascii: "\"")
    case 0x2192, 0x25B6, 0x25B8, 0x203A: return UInt8(ascii: ">")
    case 0x2190, 0x25C0, 0x25C2, 0x2039: return UInt8(ascii: "<")
    case 0x2191, 0x25B2, 0x25B4: return UInt8(ascii: "^")
    case 0x2193, 0x25BC, 0x25BE: return UInt8(ascii: "v")
    case 0x25CF, 0x2022: return UInt8(ascii: "*")
    case 0x25CB, 0x25E6: return UInt8(ascii: "o")
    case 0x00B7: return UInt8(ascii: ".")
    case 0x2713, 0x2714: return UInt8(ascii: "+")
    case 0x2715...0x2718, 0x00D7: return UInt8(ascii: "x")
    case 0x00A0: return UInt8(ascii: " ")
    default: return UInt8(ascii: "?")
    }
  }
}
