/// Text from outside made fit for a terminal, a log line, a mail header or JSON (semantics 10): what would act or hide
/// is shown instead.
///
/// Control characters become caret notation (`^[`), other characters without a shape of their own (bidi marks,
/// zero-width and unassigned ones) become `<U+202E>`, bytes that are not UTF-8 become `\xFF`. A tab becomes one space,
/// for a tab moves the cursor and carries no meaning. Ordinary text passes unchanged.
public enum SafeText {
  /// Combining marks allowed on one base character; more of them only smear the lines around.
  public static let combiningMarks = 4

  /// `text` as one line: line ends are shown as `^J` and `^M` too.
  public static func line(_ text: String) -> String { visible(text, keepsLines: false) }

  /// `text` with its line ends kept; CR LF counts as one.
  public static func lines(_ text: String) -> String { visible(text, keepsLines: true) }

  /// Bytes of unknown encoding as text; those that are not UTF-8 are shown as `\xFF`.
  public static func line(bytes: some Sequence<UInt8>) -> String {
    visible(decoding(bytes) { visible(scalar: $0, keepsLines: false) })
  }

  /// Bytes of unknown encoding as text with its line ends kept.
  public static func lines(bytes: some Sequence<UInt8>) -> String {
    visible(decoding(bytes) { visible(scalar: $0, keepsLines: true) })
  }

  /// Whether `text` would pass `line` unchanged.
  public static func isPlain(_ text: String) -> Bool { line(text) == text }

  private static func visible(_ text: String, keepsLines: Bool) -> String {
    if text.utf8.allSatisfy({ (0x20...0x7e).contains($0) || (keepsLines && $0 == 0x0a) }) { return text }
    var pieces: [Piece] = []
    pieces.reserveCapacity(text.utf8.count)
    for scalar in text.unicodeScalars { pieces.append(visible(scalar: scalar, keepsLines: keepsLines)) }
    return visible(pieces)
  }

  /// One character on its way to the screen.
  private enum Piece {
    case plain(Unicode.Scalar)
    /// Takes no cell of its own: sits on the character before it.
    case mark(Unicode.Scalar)
    case shown(String)
    case dropped
  }

  private static func visible(_ pieces: [Piece]) -> String {
    // Bytes, because appending to a view of scalars copies all that is there (swift 6.3).
    var bytes: [UInt8] = []
    bytes.reserveCapacity(pieces.count)
    var marks = combiningMarks  // a mark with nothing before it has nothing to sit on
    for piece in pieces {
      switch piece {
      case .plain(let scalar):
        bytes.append(contentsOf: Unicode.UTF8.encode(scalar) ?? .init())
        marks = scalar.properties.isWhitespace ? combiningMarks : 0
      case .mark(let scalar) where marks < combiningMarks:
        bytes.append(contentsOf: Unicode.UTF8.encode(scalar) ?? .init())
        marks += 1
      case .mark(let scalar): bytes.append(contentsOf: code(scalar).utf8)
      case .shown(let text):
        bytes.append(contentsOf: text.utf8)
        marks = combiningMarks
      case .dropped: break
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func visible(scalar: Unicode.Scalar, keepsLines: Bool) -> Piece {
    switch scalar.value {
    case 0x0a where keepsLines: return .plain(scalar)
    case 0x0d where keepsLines: return .dropped
    case 0x09: return .plain(" ")
    case 0..<0x20: return .shown("^" + String(Character(Unicode.Scalar(UInt8(scalar.value) + 0x40))))
    case 0x20..<0x7f: return .plain(scalar)
    case 0x7f: return .shown("^?")
    // Emoji and text presentation selectors of ordinary symbols: they say nothing that a terminal could show.
    case 0xfe0e, 0xfe0f: return .dropped
    default: break
    }
    let properties = scalar.properties
    if properties.isDefaultIgnorableCodePoint { return .shown(code(scalar)) }
    switch properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator:
      return .shown(code(scalar))
    case .spaceSeparator: return .plain(" ")
    case .nonspacingMark, .enclosingMark: return .mark(scalar)
    default: return .plain(scalar)
    }
  }

  private static func code(_ scalar: Unicode.Scalar) -> String {
    let digits = String(scalar.value, radix: 16, uppercase: true)
    return "<U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits + ">"
  }

  private static func decoding(_ bytes: some Sequence<UInt8>, _ piece: (Unicode.Scalar) -> Piece) -> [Piece] {
    let bytes = Array(bytes)
    var pieces: [Piece] = []
    pieces.reserveCapacity(bytes.count)
    var rest = bytes[...].makeIterator()
    var parser = Unicode.UTF8.ForwardParser()
    var offset = 0
    while true {
      switch parser.parseScalar(from: &rest) {
      case .valid(let encoded):
        pieces.append(piece(Unicode.UTF8.decode(encoded)))
        offset += encoded.count
      case .error(let length):
        for byte in bytes[offset..<min(offset + length, bytes.count)] {
          let digits = String(byte, radix: 16, uppercase: true)
          pieces.append(.shown("\\x" + (digits.count < 2 ? "0" : "") + digits))
        }
        offset += length
      case .emptyInput: return pieces
      }
    }
  }
}
