import Testing

@testable import Terminal

@Suite("Grid")
struct GridTests {
  private func grid(_ columns: Int, _ rows: Int = 1) -> Grid { Grid(size: Size(columns: columns, rows: rows)) }

  @Test("A cell is 16 bytes without padding, so that equal memory means equal cells")
  func cellIsCompact() {
    #expect(MemoryLayout<Cell>.size == 16)
    #expect(MemoryLayout<Cell>.stride == 16)
  }

  @Test("Cells outside read as blank and are not written")
  func outside() {
    var grid = grid(2, 2)
    let before = grid
    for (x, y) in [(-1, 0), (0, -1), (2, 0), (0, 2), (.max, .max), (.min, .min)] {
      grid[x, y] = Cell(text: "x")
      #expect(grid[x, y] == .blank())
    }
    #expect(grid == before)
  }

  @Test("Every operation stays inside at every size and place")
  func clipsEverywhere() {
    for columns in 0..<9 {
      for rows in 0..<5 {
        for x in -6..<10 {
          for y in -3..<6 {
            var grid = grid(columns, rows)
            grid.write("a日e\u{301}本\u{1B}z", x: x, y: y)
            grid.write("ascii text", x: x, y: y, width: 4, alignment: .center)
            grid.fill(Rect(x: x, y: y, width: 3, height: 3), character: "語", style: Style())
            grid.box(Rect(x: x, y: y, width: 6, height: 3), title: "日本語")
            grid.restyle(Rect(x: x, y: y, width: 5, height: 5)) { $0.attributes.insert(.bold) }
            grid.blit(Self.wide, at: Point(x: x, y: y))
            expectWholeGlyphs(grid)
          }
        }
      }
    }
  }

  @Test("Whatever overwrites half of a wide glyph blanks the other half")
  func wideGlyphsStayWhole() {
    for x in 0..<4 {
      var grid = grid(4)
      grid.write("日本", x: 0, y: 0)
      grid.write("x", x: x, y: 0)
      expectWholeGlyphs(grid)
      #expect(grid[x, 0].text == "x")
    }
    var grid = grid(3)
    grid.write("日", x: 0, y: 0)
    grid[1, 0] = Cell(text: "日")
    #expect(grid.lines == [" 日"])
    grid[2, 0] = Cell(text: "本")
    #expect(grid.lines == ["   "])
  }

  @Test("Text is aligned in its field")
  func alignment() {
    var field = grid(10)
    #expect(field.write("abc", x: 2, y: 0, width: 6, alignment: .trailing) == 3)
    #expect(field.lines == ["     abc  "])
    field = grid(10)
    field.write("日本", x: 0, y: 0, width: 10, alignment: .center)
    #expect(field.lines == ["   日本   "])
  }

  @Test("Text that does not fit ends in an ellipsis or is clipped")
  func truncation() {
    var field = grid(5)
    #expect(field.write("abcdefgh", x: 0, y: 0) == 5)
    #expect(field.lines == ["abcd…"])
    field = grid(5)
    field.write("abcdefgh", x: 0, y: 0, truncation: .clip)
    #expect(field.lines == ["abcde"])
    field = grid(5)
    field.write("abcdefgh", x: 0, y: 0, truncation: .asciiEllipsis)
    #expect(field.lines == ["abcd~"])
    field = grid(5)
    #expect(field.write("日本語", x: 0, y: 0) == 5)
    #expect(field.lines == ["日本…"])
    field = grid(4)
    #expect(field.write("日本語", x: 0, y: 0) == 3)
    #expect(field.lines == ["日… "])
    field = grid(3)
    field.write("abc", x: 0, y: 0)
    #expect(field.lines == ["abc"])
  }

  @Test("Text that begins left of the grid shows its rest")
  func beginsOutside() {
    var field = grid(4)
    field.write("abcdef", x: -2, y: 0)
    #expect(field.lines == ["cdef"])
    field = grid(4)
    field.write("日本語", x: -1, y: 0, truncation: .clip)
    #expect(field.lines == [" 本 "] || field.lines == [" 本語"])
    expectWholeGlyphs(field)
  }

  @Test("Nothing that could command a terminal gets into a cell")
  func hostileText() {
    var field = grid(60, 1)
    field.write("\u{1B}]0;x\u{7} \u{9B}2J \u{202E}evil \u{200B}\u{7F}", x: 0, y: 0)
    #expect(field.lines[0].hasPrefix("^[]0;x^G <9B>2J <U+202E>evil <U+200B>^?"))
    var harmful: [String] = []
    for value in (0..<UInt32(0x110000)).compactMap(Unicode.Scalar.init) where value.value >= 0x7F || value.value < 32 {
      GlyphScanner.scan(String(Character(value))) { glyph in
        for scalar in glyph.scalars {
          let properties = scalar.properties
          let isInvisible = properties.isDefaultIgnorableCodePoint || properties.isBidiControl
          if properties.generalCategory == .control || isInvisible { harmful.append(String(value.value, radix: 16)) }
        }
      }
    }
    #expect(harmful.isEmpty)
  }

  @Test("Piled-up marks are limited to two")
  func piledMarks() {
    var field = grid(3)
    field.write("a" + String(repeating: "\u{301}", count: 50) + "b", x: 0, y: 0)
    #expect(field[0, 0].text.unicodeScalars.count == 3)
    #expect(field[1, 0].text == "b")
  }

  @Test("A frame leaves its inside alone and fits its title")
  func boxes() {
    var framed = grid(12, 3)
    framed.write("inside", x: 3, y: 1)
    framed.box(framed.bounds, title: "fleet")
    #expect(framed.lines == ["┌ fleet ───┐", "│  inside  │", "└──────────┘"])
    framed.box(framed.bounds, borders: .ascii, title: "much too long for it")
    #expect(framed.lines[0] == "+ much t~ -+")
  }

  @Test("Restyling keeps both halves of a wide glyph in one style")
  func restyling() {
    var field = grid(4)
    field.write("日本", x: 0, y: 0)
    field.restyle(Rect(x: 0, y: 0, width: 3, height: 1)) { $0.background = .ansi(4) }
    #expect(field[3, 0].style == field[2, 0].style)
    expectWholeGlyphs(field)
  }

  @Test("The changed columns are exactly those between the first and last difference, glyphs whole")
  func changedColumns() {
    var old = grid(8)
    old.write("ab日本ef", x: 0, y: 0)
    #expect(old.changedColumns(from: old, row: 0) == nil)
    var new = old
    new.write("X", x: 3, y: 0)
    #expect(new.changedColumns(from: old, row: 0) == 2..<4)
    new = old
    new[7, 0].style.attributes = .bold
    #expect(new.changedColumns(from: old, row: 0) == 7..<8)
  }

  private static let wide: Grid = {
    var grid = Grid(size: Size(columns: 5, rows: 2))
    grid.write("日本x", x: 0, y: 0)
    grid.write("a日本", x: 0, y: 1)
    return grid
  }()
}

/// Every wide glyph has its right half beside it, and no right half stands alone.
func expectWholeGlyphs(_ grid: Grid, sourceLocation: SourceLocation = #_sourceLocation) {
  // One expectation a grid: each costs more than all of its cells.
  var torn: [Point] = []
  for y in 0..<grid.size.rows {
    for x in 0..<grid.size.columns {
      let isRightHalf = grid[x, y].columns == 0
      let followsWide = x > 0 && grid[x - 1, y].columns == 2
      let isCutOff = x == grid.size.columns - 1 && grid[x, y].columns == 2
      if isRightHalf != followsWide || isCutOff { torn.append(Point(x: x, y: y)) }
    }
  }
  #expect(torn.isEmpty, sourceLocation: sourceLocation)
}
