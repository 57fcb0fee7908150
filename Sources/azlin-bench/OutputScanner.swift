/// Reads what a program writes to its terminal: keeps the plain text, counts the bytes, and answers the questions a
/// program may wait on, as a plain xterm would.
struct OutputScanner {
  /// Bytes so far.
  private(set) var count = 0

  /// The latest plain text, without escape sequences; where the cursor was moved there is a space.
  private(set) var text: [UInt8] = []

  /// Whether the program has asked for the cursor keys' application form (DECCKM): ESC O B instead of ESC [ B.
  private(set) var wantsApplicationCursorKeys = false

  private enum State {
    case ground
    case escape
    /// ESC and one of ` ( ) * + - . / % #`: one more byte follows.
    case designation
    case control([UInt8])
    /// OSC, DCS, APC, PM, SOS: until BEL or ESC \.
    case string(introducer: UInt8, [UInt8], sawEscape: Bool)
  }
  private var state = State.ground

  /// More than any screen of text holds.
  private static let kept = 1 << 17

  /// Takes output and returns what the terminal says to it.
  mutating func feed(_ bytes: some Sequence<UInt8>) -> [UInt8] {
    var reply: [UInt8] = []
    for byte in bytes {
      count += 1
      reply += step(byte)
    }
    if text.count > 2 * Self.kept { text.removeFirst(text.count - Self.kept) }
    return reply
  }

  /// Whether the text has been written, in one piece.
  func contains(_ wanted: String) -> Bool { text.firstRange(of: Array(wanted.utf8)) != nil }

  private mutating func step(_ byte: UInt8) -> [UInt8] {
    switch state {
    case .ground:
      if byte == 0x1B { state = .escape } else { text.append(byte < 0x20 ? UInt8(ascii: " ") : byte) }
    case .escape: return begin(byte)
    case .designation: state = .ground
    case .control(var parameters):
      if byte == 0x1B { state = .escape; break }
      parameters.append(byte)
      guard (0x40...0x7E).contains(byte) else {
        state = .control(parameters)
        break
      }
      state = .ground
      if byte != UInt8(ascii: "m") { text.append(UInt8(ascii: " ")) }
      let control = String(decoding: parameters, as: UTF8.self)
      noteMode(control)
      return Self.answer(control: control)
    case .string(let introducer, var body, let sawEscape):
      if byte == 0x07 || (sawEscape && byte == UInt8(ascii: "\\")) {
        state = .ground
        return Self.answer(introducer: introducer, string: String(decoding: body, as: UTF8.self))
      }
      if byte != 0x1B { body.append(byte) }
      state = .string(introducer: introducer, body, sawEscape: byte == 0x1B)
    }
    return []
  }

  private mutating func noteMode(_ control: String) {
    guard control.hasPrefix("?"), let last = control.last, last == "h" || last == "l" else { return }
    if control.dropFirst().dropLast().split(separator: ";").contains("1") { wantsApplicationCursorKeys = last == "h" }
  }

  private mutating func begin(_ byte: UInt8) -> [UInt8] {
    switch byte {
    case UInt8(ascii: "["): state = .control([])
    case UInt8(ascii: "]"), UInt8(ascii: "P"), UInt8(ascii: "_"), UInt8(ascii: "^"), UInt8(ascii: "X"):
      state = .string(introducer: byte, [], sawEscape: false)
    case 0x20...0x2F: state = .designation
    case UInt8(ascii: "Z"):
      state = .ground
      return Self.answer(control: "c")
    default: state = .ground
    }
    return []
  }

  /// ECMA-48 and xterm's control sequences: the device attributes and status reports.
  private static func answer(control: String) -> [UInt8] {
    switch control {
    case "c", "0c": reply("[?62;22c")
    case ">c", ">0c": reply("[>0;276;0c")
    case "5n": reply("[0n")
    case "6n": reply("[1;1R")
    case "18t": reply("[8;60;200t")
    case ">q", ">0q": reply("P>|xterm(390)\u{1B}\\")
    // DECRQM: 0, not recognized.
    case let request where request.hasPrefix("?") && request.hasSuffix("$p"):
      reply("[?\(request.dropFirst().dropLast(2));0$y")
    default: []
    }
  }

  private static func answer(introducer: UInt8, string: String) -> [UInt8] {
    switch (introducer, string) {
    case (UInt8(ascii: "]"), "10;?"): reply("]10;rgb:d4d4/d4d4/d4d4\u{1B}\\")
    case (UInt8(ascii: "]"), "11;?"): reply("]11;rgb:1818/1818/1818\u{1B}\\")
    // XTGETTCAP and DECRQSS: not known.
    case (UInt8(ascii: "P"), let request) where request.hasPrefix("+q"): reply("P0+r\u{1B}\\")
    case (UInt8(ascii: "P"), let request) where request.hasPrefix("$q"): reply("P0$r\u{1B}\\")
    default: []
    }
  }

  private static func reply(_ text: String) -> [UInt8] { [0x1B] + Array(text.utf8) }
}
