import CNcurses
import Glibc

/// The terminal that the program was started on, looked up before anything is written to it.
package struct TerminalType: Hashable, Sendable {
  /// The value of TERM.
  package var name: String
  package var capabilities: Capabilities
  /// Whether the locale's character set is UTF-8; otherwise only ASCII may be sent.
  package var encodesUnicode: Bool
  /// Byte sequences of keys, as the terminal's entry has them.
  var keySequences: [[UInt8]: Key]
  /// What brings the terminal back to a shell, whatever state it is in.
  var restoreSequence: [UInt8]

  /// Looks at the standard streams and the environment.
  ///
  /// - Throws: `TerminalError` where no screen can be drawn: no terminal, TERM unset, dumb or unknown.
  package static func detect(_ options: TerminalOptions = TerminalOptions()) throws(TerminalError) -> TerminalType {
    guard isatty(STDIN_FILENO) == 1 else { throw .notATerminal(stream: "standard input") }
    guard isatty(STDOUT_FILENO) == 1 else { throw .notATerminal(stream: "standard output") }
    return try lookUp(options)
  }

  /// Looks the terminal's entry up without asking whether there is a terminal.
  static func lookUp(_ options: TerminalOptions) throws(TerminalError) -> TerminalType {
    guard let name = options.environment["TERM"], !name.isEmpty else { throw .noTerminalType }
    // What a hostile environment wrote there must not reach the message as it is.
    let visible = TextWidth.truncate(name, columns: 40)
    guard name != "dumb" else { throw .dumbTerminal(visible) }
    switch Int(cnc_entry_load(name, STDOUT_FILENO)) {
    case CNC_ENTRY_FOUND: break
    case CNC_ENTRY_UNKNOWN: throw .unknownTerminal(visible)
    case CNC_ENTRY_NO_DATABASE: throw .noTerminalDatabase(visible)
    default: throw .terminalTooSimple(visible)
    }
    // The Linux console's font has no braille and few blocks.
    let encodesUnicode = cnc_locale_is_utf8()
    let unicode = encodesUnicode && !options.ascii && name != "linux"
    return TerminalType(
      name: name, capabilities: Capabilities(colors: colors(options), unicode: unicode),
      encodesUnicode: encodesUnicode, keySequences: keySequences(), restoreSequence: restoreSequence())
  }

  private static func colors(_ options: TerminalOptions) -> ColorDepth {
    let refuses = options.environment["NO_COLOR"].map { !$0.isEmpty } ?? false
    if options.color == .never || (refuses && options.color == .auto) { return .mono }
    if cnc_entry_is_direct() { return .trueColor }
    switch cnc_entry_colors() {
    case ..<8: return .mono
    case ..<256: return .ansi16
    case ..<(1 << 24): return .indexed256
    default: return .trueColor
    }
  }

  private static func keySequences() -> [[UInt8]: Key] {
    var names: [(String, Key)] = [
      ("kcuu1", .up), ("kcud1", .down), ("kcub1", .left), ("kcuf1", .right), ("khome", .home), ("kend", .end),
      ("kpp", .pageUp), ("knp", .pageDown), ("kdch1", .delete), ("kich1", .insert), ("kcbt", .backTab),
      ("kent", .enter),
    ]
    for number in 1...24 { names.append(("kf\(number)", .function(number))) }
    var sequences: [[UInt8]: Key] = [:]
    for (name, key) in names {
      // Keys that send a single byte are decoded as that byte.
      if let bytes = string(name), bytes.count > 1 { sequences[bytes] = key }
    }
    return sequences
  }

  private static func restoreSequence() -> [UInt8] {
    var bytes = Array(ControlSequence.endSynchronizedUpdate.utf8)
    for name in ["sgr0", "op"] { bytes += string(name) ?? [] }
    bytes += Array((ControlSequence.mouseOff + ControlSequence.bracketedPasteOff).utf8)
    for name in ["rmkx", "cnorm", "rmcup"] { bytes += string(name) ?? [] }
    return bytes + Array("\r".utf8)
  }

  /// A capability's bytes without the padding times that only real hardware terminals needed.
  private static func string(_ name: String) -> [UInt8]? {
    guard let text = cnc_entry_string(name) else { return nil }
    var bytes = Array(String(cString: text).utf8)
    while let start = bytes.firstIndex(of: UInt8(ascii: "$")), start + 1 < bytes.count,
      bytes[start + 1] == UInt8(ascii: "<"), let end = bytes[start...].firstIndex(of: UInt8(ascii: ">"))
    {
      bytes.removeSubrange(start...end)
    }
    return bytes
  }
}

/// Sequences that ncurses does not send for us (xterm's control sequences; mode 2026 as contour defined it).
enum ControlSequence {
  static let bracketedPasteOn = "\u{1B}[?2004h"
  static let bracketedPasteOff = "\u{1B}[?2004l"
  /// Buttons and drags, in the SGR form without a limit of columns.
  static let mouseOn = "\u{1B}[?1000h\u{1B}[?1002h\u{1B}[?1006h"
  static let mouseOff = "\u{1B}[?1006l\u{1B}[?1002l\u{1B}[?1000l"
  static let beginSynchronizedUpdate = "\u{1B}[?2026h"
  static let endSynchronizedUpdate = "\u{1B}[?2026l"
  /// Asks whether the terminal knows mode 2026; it answers `ESC [ ? 2026 ; n $ y`.
  static let requestSynchronizedUpdate = "\u{1B}[?2026$p"
}
