/// What one cell shows: a spacing scalar with up to two combining marks, in one word and without any table.
///
/// 21 bits a scalar; bit 63 says that the glyph takes two columns. Zero is the right half of a wide glyph.
struct Glyph: Hashable, Sendable {
  private(set) var bits: UInt64

  static let continuation = Glyph(bits: 0)
  static let blank = Glyph(bits: 0x20)
  private static let wideBit: UInt64 = 1 << 63
  private static let scalarMask: UInt64 = 0x1F_FFFF

  private init(bits: UInt64) { self.bits = bits }

  init(ascii byte: UInt8) { bits = UInt64(byte) }

  init(_ scalar: Unicode.Scalar, isWide: Bool) { bits = UInt64(scalar.value) | (isWide ? Self.wideBit : 0) }

  var isWide: Bool { bits & Self.wideBit != 0 }
  var columns: Int { bits == 0 ? 0 : isWide ? 2 : 1 }
  /// The spacing scalar's number; 0 for the right half of a wide glyph.
  var base: UInt32 { UInt32(truncatingIfNeeded: bits & Self.scalarMask) }

  /// The spacing scalar's number and those of its marks, 0 for none.
  var packedScalars: (UInt32, UInt32, UInt32) {
    (
      UInt32(truncatingIfNeeded: bits & Self.scalarMask), UInt32(truncatingIfNeeded: bits >> 21 & Self.scalarMask),
      UInt32(truncatingIfNeeded: bits >> 42 & Self.scalarMask)
    )
  }

  /// The spacing scalar and its marks, none for the right half of a wide glyph.
  var scalars: [Unicode.Scalar] {
    let (base, first, second) = packedScalars
    return [base, first, second].filter { $0 != 0 }.compactMap { Unicode.Scalar($0) }
  }

  /// Adds a combining mark; a third and later mark is dropped, so that no text can pile marks over its neighbours.
  mutating func add(mark: Unicode.Scalar) {
    if bits >> 21 & Self.scalarMask == 0 {
      bits |= UInt64(mark.value) << 21
    } else if bits >> 42 & Self.scalarMask == 0 {
      bits |= UInt64(mark.value) << 42
    }
  }
}
