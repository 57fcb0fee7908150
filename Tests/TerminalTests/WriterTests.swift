import Testing

@testable import Terminal

@Suite("Pictures and dumps")
struct WriterTests {
  private var grid: Grid {
    var grid = Grid(size: Size(columns: 10, rows: 2))
    grid.write("<a> & \"b\"", x: 0, y: 0, style: Style(foreground: .ansi(1), attributes: .bold))
    grid.write("│⣿█日", x: 0, y: 1, style: Style(background: .rgb(1, 2, 3)))
    return grid
  }

  @Test("The same grid makes the same picture, with text escaped and drawn glyphs as shapes")
  func svg() {
    let svg = SVGWriter.svg(of: grid, title: "a < b")
    #expect(svg == SVGWriter.svg(of: grid, title: "a < b"))
    #expect(svg.hasPrefix("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"108\" height=\"60\""))
    #expect(svg.contains("<title>a &lt; b</title>"))
    #expect(svg.contains(">&lt;a&gt; &amp; &quot;b&quot;</text>"))
    #expect(svg.contains("fill=\"#cd3131\" font-weight=\"bold\""))
    #expect(svg.contains("fill=\"#010203\""))
    #expect(svg.contains(">日</text>"))
    #expect(!svg.contains("⣿") && !svg.contains("█") && !svg.contains("│"))
    #expect(svg.hasSuffix("</svg>\n"))
  }

  @Test("A picture has no character that XML forbids, whatever is in the grid")
  func svgOfHostileText() {
    var grid = Grid(size: Size(columns: 40, rows: 1))
    grid.write("\u{0}\u{1B}]]>\u{FFFF}\u{FFFE}", x: 0, y: 0)
    let svg = SVGWriter.svg(of: grid, title: "\u{1}\u{FFFE}")
    for scalar in svg.unicodeScalars where scalar != "\n" {
      #expect(scalar.value >= 0x20 && scalar.value < 0xFFFE)
    }
  }

  @Test("Every drawn glyph fits its cell")
  func shapesFit() {
    for scalar in UInt32(0x2500)...0x28FF {
      for box in SVGShapes.boxes(for: scalar) ?? [] {
        #expect(box.x >= 0 && box.x + box.width <= SVGShapes.cellWidth, "U+\(String(scalar, radix: 16))")
        #expect(box.y >= 0 && box.y + box.height <= SVGShapes.cellHeight, "U+\(String(scalar, radix: 16))")
        #expect(box.width > 0 && box.height > 0)
      }
    }
  }

  @Test("A dump carries colours of the depth asked for and resets each line")
  func ansi() {
    #expect(
      ANSIWriter.text(of: grid)
        == "\u{1B}[0;1;31m<a> & \"b\"\u{1B}[0m \n\u{1B}[0;48;2;1;2;3m│⣿█日\u{1B}[0m\n".replacingTrailingBlank)
    #expect(ANSIWriter.text(of: grid, colors: .mono) == "\u{1B}[0;1m<a> & \"b\"\u{1B}[0m\n\u{1B}[0m│⣿█日\u{1B}[0m\n")
  }
}

extension String {
  /// The expectation above is written with the blank that trimming takes away.
  fileprivate var replacingTrailingBlank: String {
    split(separator: "\n").map { line in line.hasSuffix(" ") ? String(line.dropLast()) : String(line) }
      .joined(separator: "\n") + "\n"
  }
}
