/// Cuts text into glyphs, one or two columns each, and makes what could harm a screen visible instead.
///
/// The unit is the spacing scalar with its marks, not Unicode's grapheme cluster: terminals agree on the former, but
/// not on how wide joined emoji or flags are. Joiners and variation selectors are dropped for the same reason.
enum GlyphScanner {
  /// Whether every byte is a printable ASCII character.
  static func isPrintableASCII(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    // Without an early exit the loop becomes vector code; texts are short.
    var bad: UInt8 = 0
    for byte in bytes { bad |= (byte &- 0x20 > 0x5E) ? 1 : 0 }
    return bad == 0
  }

  /// The first glyph of a text, nil if it is empty.
  static func first(of text: String) -> Glyph? {
    var first: Glyph?
    scan(text) { if first == nil { first = $0 } }
    return first
  }

  /// Calls `body` with each glyph in order; never with the right half of a wide one.
  static func scan(_ text: String, _ body: (Glyph) -> Void) {
    var pending: Glyph?
    func flush() {
      if let glyph = pending { body(glyph) }
      pending = nil
    }
    func spell(_ text: String) {
      flush()
      for byte in text.utf8 { body(Glyph(ascii: byte)) }
    }
    for scalar in text.unicodeScalars {
      switch treatment(of: scalar) {
      case .spacing(let isWide):
        flush()
        pending = Glyph(scalar, isWide: isWide)
      case .mark:
        var glyph = pending ?? .blank
        glyph.add(mark: scalar)
        pending = glyph
      case .dropped: break
      case .spelled(let visible): spell(visible)
      case .replaced:
        flush()
        pending = Glyph("\u{FFFD}", isWide: false)
      }
    }
    flush()
  }

  private enum Treatment {
    case spacing(isWide: Bool)
    case mark
    case dropped
    case spelled(String)
    case replaced
  }

  private static func treatment(of scalar: Unicode.Scalar) -> Treatment {
    let value = scalar.value
    switch value {
    case 0x20..<0x7F: return .spacing(isWide: false)
    case 0..<0x20, 0x7F: return .spelled("^" + String(UnicodeScalar(UInt8(value ^ 0x40))))
    case 0x80..<0xA0: return .spelled("<" + String(value, radix: 16, uppercase: true) + ">")
    // Joiners, variation selectors and other marks without a shape.
    case 0x34F, 0x17B4, 0x17B5, 0x180B...0x180D, 0x180F, 0x200C, 0x200D, 0xFE00...0xFE0F, 0xE0100...0xE01EF:
      return .dropped
    // Soft hyphen, bidi marks, embeddings and isolates, invisible separators and fillers, annotations and tags.
    case 0xAD, 0x61C, 0x115F, 0x1160, 0x180E, 0x200B, 0x200E, 0x200F, 0x2028...0x202E, 0x2060...0x206F, 0x3164,
      0xFEFF, 0xFFA0, 0xFFF0...0xFFFB, 0x1BCA0...0x1BCA3, 0x1D173...0x1D17A, 0xE0000...0xE0FFF:
      return .spelled("<U+" + hexadecimal(value) + ">")
    default: break
    }
    switch TextWidth.columns(of: scalar) {
    case 0: return .mark
    case 1: return .spacing(isWide: false)
    case 2: return .spacing(isWide: true)
    // Unassigned: nobody knows its width, so it is shown as the replacement character.
    default: return .replaced
    }
  }

  private static func hexadecimal(_ value: UInt32) -> String {
    let digits = String(value, radix: 16, uppercase: true)
    return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
  }
}
