import CNcurses
import Foundation
import Testing

@testable import Terminal

/// Screens onto a file: what ncurses takes the terminal to show is compared with the grid, and bytes are counted.
@Suite("Screen", .serialized)
struct ScreenTests {
  private func withScreen(
    _ term: String = "xterm-256color", size: Size = Size(columns: 120, rows: 40),
    _ body: (Screen, Output) throws -> Void
  ) throws {
    // The C library judges widths by the locale, which a test run may lack.
    setenv("LC_ALL", "C.UTF-8", 1)
    let output = try Output()
    var options = TerminalOptions(environment: ["TERM": term])
    options.color = .auto
    let type = try TerminalType.lookUp(options)
    let screen = try Screen(
      type, input: output.descriptor, output: output.descriptor, restoresAfterCrash: false, fallbackSize: size)
    try body(screen, output)
    screen.close()
  }

  /// A file that tells how much was written to it.
  final class Output {
    let descriptor: Int32
    private var seen = 0

    init() throws {
      descriptor = cnc_memory_file("screen")
      try #require(descriptor >= 0)
    }

    deinit { close(descriptor) }

    /// What was written since the last call.
    func take() -> [UInt8] {
      var status = stat()
      guard fstat(descriptor, &status) == 0 else { return [] }
      var bytes = [UInt8](repeating: 0, count: Int(status.st_size) - seen)
      let count = pread(descriptor, &bytes, bytes.count, seen)
      seen += max(0, count)
      return bytes
    }
  }

  /// A fleet-like table: frame, columns, one row selected.
  private func table(size: Size, selected: Int, random: inout SplitMix) -> Grid {
    var grid = Grid(size: size)
    grid.box(grid.bounds, style: Style(foreground: .ansi(8)), title: "fleet")
    for row in 1..<size.rows - 1 {
      grid.write("● vm-prod-\(row)", x: 2, y: row, style: Style(foreground: .ansi(2)))
      grid.write("\(row * 7 % 100)%", x: 30, y: row, style: Style(foreground: .rgb(250, 189, 47)))
      grid.write("▁▂▅▇▆", x: 40, y: row, style: Style(foreground: .indexed(214)))
    }
    grid.restyle(Rect(x: 1, y: selected, width: size.columns - 2, height: 1)) { $0.attributes.insert(.reverse) }
    return grid
  }

  @Test("ncurses shows what the grid says, through random changes", arguments: 0..<5)
  func agreesWithTheGrid(_ seed: Int) throws {
    var random = SplitMix(state: UInt64(seed))
    try withScreen { screen, _ in
      var grid = Grid(size: screen.size)
      let texts = ["vm-prod-01", "日本語", "e\u{301}tat", "▁▂▃", "│┤├", "\u{1B}[31m", "x"]
      for _ in 0..<30 {
        for _ in 0..<Int.random(in: 0..<20, using: &random) {
          let style = Style(
            foreground: .indexed(UInt8.random(in: 0...255, using: &random)),
            background: Bool.random(using: &random) ? .terminalDefault : .rgb(9, 99, 199),
            attributes: TextAttributes(rawValue: UInt8.random(in: 0..<32, using: &random)))
          grid.write(
            texts[Int.random(in: 0..<texts.count, using: &random)], x: Int.random(in: -4..<122, using: &random),
            y: Int.random(in: 0..<40, using: &random), style: style)
        }
        screen.draw(Frame(grid))
        var different: [Point] = []
        for y in 0..<grid.size.rows {
          for x in 0..<grid.size.columns where grid[x, y].columns > 0 {
            let (scalar, attributes) = screen.shownCell(x: x, y: y)
            let cell = grid[x, y]
            if scalar != cell.glyph.base || attributes != cell.style.attributes { different.append(Point(x: x, y: y)) }
          }
        }
        #expect(different.isEmpty)
      }
    }
  }

  @Test("An equal frame sends nothing, whatever made it equal")
  func idle() throws {
    var random = SplitMix(state: 1)
    try withScreen { screen, output in
      screen.draw(Frame(table(size: screen.size, selected: 3, random: &random)))
      #expect(output.take().count > 1000)
      for _ in 0..<10 { screen.draw(Frame(table(size: screen.size, selected: 3, random: &random))) }
      #expect(output.take().isEmpty)
    }
  }

  @Test(
    "Moving the selection sends at most 300 bytes",
    arguments: ["xterm-256color", "tmux-256color", "screen-256color", "xterm"])
  func selectionMove(_ term: String) throws {
    var random = SplitMix(state: 1)
    try withScreen(term, size: Size(columns: 80, rows: 24)) { screen, output in
      screen.draw(Frame(table(size: screen.size, selected: 3, random: &random)))
      _ = output.take()
      for row in 4..<20 {
        screen.draw(Frame(table(size: screen.size, selected: row, random: &random)))
        let count = output.take().count
        #expect(count > 0 && count <= 300, "\(count) bytes")
      }
    }
  }

  @Test("A changed cell sends a few bytes, and all of the screen comes only when asked for")
  func smallChange() throws {
    var random = SplitMix(state: 1)
    try withScreen { screen, output in
      var grid = table(size: screen.size, selected: 3, random: &random)
      screen.draw(Frame(grid))
      let whole = output.take().count
      grid.write("9", x: 60, y: 20)
      screen.draw(Frame(grid))
      #expect(output.take().count < 20)
      screen.repaint()
      screen.draw(Frame(grid))
      #expect(output.take().count > whole / 2)
    }
  }

  @Test("Colours are sent in the depth of the terminal")
  func depths() throws {
    var grid = Grid(size: Size(columns: 20, rows: 2))
    grid.write("warning", x: 0, y: 0, style: Style(foreground: .rgb(250, 189, 47)))
    let expectations = [
      ("xterm-256color", "38;5;"), ("xterm", "3"), ("vt100", "warning"), ("xterm-direct", "38:2::250:189:47"),
    ]
    for (term, text) in expectations where Self.hasEntry(term) {
      try withScreen(term, size: grid.size) { screen, output in
        screen.draw(Frame(grid))
        let bytes = String(decoding: output.take(), as: UTF8.self)
        #expect(bytes.contains(text), "\(term)")
        if term == "vt100" { #expect(bytes.firstMatch(of: /\[[0-9;]*3[0-7]m/) == nil) }
      }
    }
  }

  @Test("A frame of another size is cut to the screen")
  func otherSize() throws {
    try withScreen(size: Size(columns: 30, rows: 5)) { screen, output in
      for (columns, rows) in [(1, 1), (100, 50), (0, 0), (30, 4)] {
        var grid = Grid(size: Size(columns: columns, rows: rows))
        grid.fill(grid.bounds, character: "日", style: Style())
        screen.draw(Frame(grid, cursor: Point(x: 99, y: 99)))
      }
      #expect(!output.take().isEmpty)
    }
  }

  @Test("Thousands of styles leave text readable")
  func manyStyles() throws {
    try withScreen { screen, output in
      var grid = Grid(size: screen.size)
      for index in 0..<10_000 {
        let (a, b) = (UInt8(index & 255), UInt8(index >> 8 & 255))
        grid.write(
          "x", x: index % 120, y: index / 120 % 40, style: Style(foreground: .indexed(a), background: .indexed(b)))
        if index % 500 == 0 { screen.draw(Frame(grid)) }
      }
      #expect(output.take().count > 1000)
      #expect(screen.shownCell(x: 0, y: 0).scalar == 0x78)
    }
  }

  @Test("The clipboard gets base 64, and nothing that is too long")
  func clipboard() throws {
    try withScreen { screen, output in
      _ = output.take()
      #expect(screen.copy("vm-prod-01"))
      #expect(String(decoding: output.take(), as: UTF8.self) == "\u{1B}]52;c;dm0tcHJvZC0wMQ==\u{7}")
      #expect(!screen.copy(String(repeating: "x", count: 80_000)))
      #expect(output.take().isEmpty)
    }
    for text in ["", "a", "ab", "abc", "äöü\u{0}"] {
      #expect(Base64.encode(Array(text.utf8)) == Data(text.utf8).base64EncodedString())
    }
  }

  @Test("Terminals that cannot show a screen are refused in words")
  func refusals() {
    #expect(throws: TerminalError.noTerminalType) { try TerminalType.lookUp(TerminalOptions(environment: [:])) }
    #expect(throws: TerminalError.dumbTerminal("dumb")) {
      try TerminalType.lookUp(TerminalOptions(environment: ["TERM": "dumb"]))
    }
    #expect(throws: TerminalError.unknownTerminal("no^[[2Jsuch")) {
      try TerminalType.lookUp(TerminalOptions(environment: ["TERM": "no\u{1B}[2Jsuch"]))
    }
  }

  @Test("NO_COLOR and the choice of colours are obeyed")
  func colorChoice() throws {
    func colors(_ choice: ColorChoice, _ environment: [String: String]) throws -> ColorDepth {
      let environment = environment.merging(["TERM": "xterm-256color"]) { $1 }
      return try TerminalType.lookUp(TerminalOptions(color: choice, environment: environment)).capabilities.colors
    }
    #expect(try colors(.auto, [:]) == .indexed256)
    #expect(try colors(.auto, ["NO_COLOR": "1"]) == .mono)
    #expect(try colors(.auto, ["NO_COLOR": ""]) == .indexed256)
    #expect(try colors(.always, ["NO_COLOR": "1"]) == .indexed256)
    #expect(try colors(.never, [:]) == .mono)
  }

  private static func hasEntry(_ term: String) -> Bool { cnc_entry_load(term, 1) == CNC_ENTRY_FOUND }
}
