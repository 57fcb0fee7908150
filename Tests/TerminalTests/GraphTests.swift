import Testing

@testable import Terminal

@Suite("Graph")
struct GraphTests {
  private func draw(
    _ values: [Double?], columns: Int, rows: Int, form: Graph.Form = .area, glyphs: Graph.Glyphs = .braille,
    thresholds: [Graph.Threshold] = [], marks: [Graph.Mark] = []
  ) -> [String] {
    var grid = Grid(size: Size(columns: columns, rows: rows))
    Graph.draw(
      values, range: 0...100, in: grid.bounds, of: &grid, form: form, glyphs: glyphs, thresholds: thresholds,
      marks: marks)
    return grid.lines
  }

  @Test("An area graph fills from the bottom, newest at the right")
  func area() {
    #expect(draw([100, 100], columns: 2, rows: 2) == [" ⣿", " ⣿"])
    #expect(draw([0, 100], columns: 1, rows: 1) == ["⣸"])
    #expect(draw([0, 33, 66, 100], columns: 2, rows: 1) == ["⣠⣾"])
    #expect(draw([0, 50, 100], columns: 3, rows: 1, glyphs: .blocks) == ["▁▅█"])
    #expect(draw([0, 50, 100], columns: 3, rows: 1, glyphs: .ascii) == [".:#"])
    #expect(draw([100, 0], columns: 2, rows: 3, glyphs: .ascii) == ["# ", "# ", "#."])
  }

  @Test("A line graph joins its values")
  func line() {
    #expect(draw([0, 100], columns: 1, rows: 1, form: .line) == ["⡸"])
    #expect(draw([0, nil, 100], columns: 3, rows: 2, form: .line, glyphs: .ascii) == ["  *", "*  "])
  }

  @Test("What was not measured leaves a gap, zero does not")
  func gaps() {
    #expect(draw([0, 0, nil, nil, 0, 0], columns: 3, rows: 1) == ["⣀ ⣀"])
    #expect(draw([.nan, .infinity], columns: 1, rows: 1) == [" "])
    #expect(draw([], columns: 2, rows: 1) == ["  "])
  }

  @Test("Values outside the range are drawn at its edge")
  func outside() {
    #expect(draw([-50, 1e9], columns: 1, rows: 1) == draw([0, 100], columns: 1, rows: 1))
    #expect(draw([-.greatestFiniteMagnitude, .greatestFiniteMagnitude], columns: 1, rows: 1) == ["⣸"])
  }

  @Test("More values than fit show the newest")
  func overflow() {
    #expect(draw([100, 100, 100, 0, 0], columns: 1, rows: 1) == ["⣀"])
  }

  @Test("A threshold shows where no values cover it")
  func threshold() {
    let limit = Graph.Threshold(value: 100, style: Style(foreground: .ansi(1)))
    #expect(draw([nil, nil, 100, 100], columns: 2, rows: 1, thresholds: [limit]) == ["⠁⣿"])
    #expect(draw([nil, 0], columns: 2, rows: 2, glyphs: .ascii, thresholds: [limit]) == ["--", " ."])
    let beyond = Graph.Threshold(value: 101, style: Style())
    #expect(draw([nil], columns: 1, rows: 1, thresholds: [beyond]) == [" "])
  }

  @Test("A mark stands above its value")
  func marks() {
    let mark = Graph.Mark(index: 2, glyph: "▼", style: Style())
    #expect(draw([0, 0, 0, 0], columns: 2, rows: 2, marks: [mark]) == [" ▼", "⣀⣀"])
    let dropped = Graph.Mark(index: 0, glyph: "▼", style: Style())
    #expect(draw([0, 0, 0, 0], columns: 1, rows: 2, marks: [dropped]) == [" ", "⣀"])
  }

  @Test("Every size and place stays inside the grid")
  func everySize() {
    let values: [Double?] = (0..<40).map { $0 % 7 == 0 ? nil : Double($0 * 5) }
    for glyphs in [Graph.Glyphs.braille, .blocks, .ascii] {
      for width in 0..<12 {
        for height in 0..<5 {
          for x in [-3, 0, 4, 9] {
            var grid = Grid(size: Size(columns: 10, rows: 3))
            Graph.draw(
              values, range: 0...100, in: Rect(x: x, y: -1, width: width, height: height), of: &grid, glyphs: glyphs,
              thresholds: [Graph.Threshold(value: 80, style: Style())],
              marks: [Graph.Mark(index: 38, glyph: "日", style: Style())])
            expectWholeGlyphs(grid)
          }
        }
      }
    }
  }

  @Test("Colours follow the value or the height, on the background that is there")
  func coloring() {
    let hot = Style(foreground: .ansi(1))
    let cool = Style(foreground: .ansi(2))
    var grid = Grid(size: Size(columns: 2, rows: 2), style: Style(background: .ansi(4)))
    Graph.draw(
      [10, 10, 90, 90], range: 0...100, in: grid.bounds, of: &grid, coloring: .byValue { $0 > 50 ? hot : cool })
    #expect(grid[0, 1].style == cool.background(.ansi(4)))
    #expect(grid[1, 1].style == hot.background(.ansi(4)))
    Graph.draw(
      [90, 90, 90, 90], range: 0...100, in: grid.bounds, of: &grid, coloring: .byHeight { $0 > 50 ? hot : cool })
    #expect(grid[0, 0].style.foreground == .ansi(1))
    #expect(grid[0, 1].style.foreground == .ansi(2))
  }

  @Test("Sparklines have one character a value")
  func sparklines() {
    #expect(Graph.sparkline([0, 50, nil, 100], range: 0...100) == "▁▅ █")
    #expect(Graph.sparkline([0, 50, nil, 100], range: 0...100, glyphs: .ascii) == "_+ @")
    #expect(Graph.sparkline([5, 6], range: 5...5) == "▁█")
  }

  @Test("Bars have exactly their width", arguments: [-1, 0, 0.01, 0.33, 0.5, 0.99, 1, 7, Double.nan])
  func bars(_ fraction: Double) {
    for columns in 0..<20 {
      #expect(TextWidth.columns(of: Graph.bar(fraction: fraction, columns: columns)) == columns)
      #expect(Graph.bar(fraction: fraction, columns: columns, glyphs: .ascii).utf8.count == columns)
    }
    #expect(Graph.bar(fraction: 0.5, columns: 4) == "██  ")
  }

  @Test("Resampling keeps peaks and whole gaps")
  func resampling() {
    #expect(Graph.resample([1, 9, nil, nil, 3, 2], to: 3) == [9, nil, 3])
    #expect(Graph.resample([1, 2], to: 5) == [1, 2])
    #expect(Graph.resample([1, 2], to: 0).isEmpty)
  }
}
