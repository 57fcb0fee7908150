import CNcurses
import Testing

@testable import Terminal

@Suite("Text width")
struct TextWidthTests {
  @Test("Widths agree with the C library's wcwidth wherever both know the character")
  func agreesWithTheCLibrary() {
    #expect(cnc_utf8_width(0x41) == 1, "the C.UTF-8 locale is missing")
    var disagreements: [String] = []
    for value in 0..<UInt32(0x110000) {
      guard let scalar = Unicode.Scalar(value) else { continue }
      let library = Int(cnc_utf8_width(value))
      let own = TextWidth.columns(of: scalar)
      // A library with another Unicode version knows more or fewer characters; those it shares must be equal.
      if own != library, own >= 0, library >= 0 { disagreements.append(String(value, radix: 16)) }
    }
    // Unicode 15 and 16 made some symbols wide (hexagrams, trigrams); the screen replaces those where it meets them.
    #expect(disagreements.count < 200, "\(disagreements.prefix(20))")
  }

  @Test("Unassigned numbers are the C library's own where it has the same Unicode version")
  func agreesOnAssignment() {
    // Assigned in Unicode 14 (the table's), 15 and 16: tells which version the library has.
    guard cnc_utf8_width(0x1FAE0) == 2, cnc_utf8_width(0x31350) != 2 else { return }
    let different = (0..<UInt32(0x20000)).compactMap(Unicode.Scalar.init).filter { scalar in
      TextWidth.columns(of: scalar) != Int(cnc_utf8_width(scalar.value))
    }
    #expect(different.isEmpty)
  }

  @Test("A text's width is what its writing takes", arguments: samples)
  func widthIsWhatWritingTakes(_ text: String) {
    var grid = Grid(size: Size(columns: 200, rows: 1))
    #expect(grid.write(text, x: 0, y: 0) == TextWidth.columns(of: text))
  }

  @Test("Text has these widths")
  func examples() {
    #expect(TextWidth.columns(of: "") == 0)
    #expect(TextWidth.columns(of: "vm-prod-01") == 10)
    #expect(TextWidth.columns(of: "naïve") == 5)
    #expect(TextWidth.columns(of: "e\u{301}") == 1)
    #expect(TextWidth.columns(of: "日本") == 4)
    #expect(TextWidth.columns(of: "▁▂▃⣿┌…") == 6)
    #expect(TextWidth.columns(of: Character("語")) == 2)
    #expect(TextWidth.columns(of: "\u{1B}[31m") == 6)
    #expect(TextWidth.columns(of: "\u{202E}") == 8)
  }

  @Test("Cutting never takes more columns than allowed and never tears a wide character", arguments: samples)
  func cutting(_ text: String) {
    for columns in 0..<20 {
      #expect(TextWidth.columns(of: TextWidth.prefix(text, columns: columns)) <= columns)
      let cut = TextWidth.truncate(text, columns: columns)
      #expect(TextWidth.columns(of: cut) <= columns)
      if TextWidth.columns(of: text) > columns, columns > 0 { #expect(cut.hasSuffix("…")) }
    }
  }

  static let samples = [
    "", "plain", "naïve café", "日本語テキスト", "mixed 日 and e\u{301}\u{302}\u{303} marks", "\u{1B}[2J\u{7}bell",
    "bidi \u{202E}txt.exe", "👩‍👩‍👧 family", "flags 🇩🇪", "\u{301}lone mark", "tab\tand\nline", "null\0", "\u{9B}31m",
    "한국어 \u{1112}\u{1161}\u{11AB}", "unassigned \u{378}", "soft\u{AD}hyphen zero\u{200B}width",
  ]
}
