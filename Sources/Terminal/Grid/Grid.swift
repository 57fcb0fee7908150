/// A rectangle of character cells that views draw into; a value, so that drawing is a pure function.
///
/// Every operation clips: cells outside are read as blank and never written. Wide glyphs stay whole: whatever
/// overwrites one half of one blanks the other.
package struct Grid: Hashable, Sendable {
  /// Columns and rows.
  package let size: Size
  /// Row after row, from the top left.
  private(set) var cells: [Cell]

  /// Creates a grid of spaces in the given style.
  package init(size: Size, style: Style = Style()) {
    self.size = size
    cells = Array(repeating: .blank(style), count: size.columns * size.rows)
  }

  /// The whole grid as a rectangle.
  package var bounds: Rect { Rect(size) }

  /// The cell in column `x` of row `y`; outside it reads as a blank, and writing there does nothing.
  package subscript(x: Int, y: Int) -> Cell {
    get {
      guard x >= 0, y >= 0, x < size.columns, y < size.rows else { return .blank() }
      return cells[y * size.columns + x]
    }
    set {
      guard x >= 0, y >= 0, x < size.columns, y < size.rows else { return }
      let index = y * size.columns + x
      if newValue.glyph == .continuation {
        // A right half alone makes no sense: it only takes its style where one is already.
        if cells[index].glyph == .continuation {
          cells[index].style = newValue.style
        } else {
          put(.blank, column: x, row: y, style: newValue.style)
        }
      } else {
        put(newValue.glyph, column: x, row: y, style: newValue.style)
      }
    }
  }

  /// The cells of row `y`, which must lie inside.
  func row(_ y: Int) -> ArraySlice<Cell> { cells[y * size.columns..<(y + 1) * size.columns] }

  /// Puts a glyph into a cell inside the grid; a wide one at the right edge becomes a blank.
  mutating func put(_ glyph: Glyph, column x: Int, row y: Int, style: Style) {
    let start = y * size.columns
    let index = start + x
    if glyph.isWide {
      guard x + 1 < size.columns else { return put(.blank, column: x, row: y, style: style) }
      mend(from: x, to: x + 2, row: y)
      cells[index] = Cell(glyph: glyph, style: style)
      cells[index + 1] = Cell(glyph: .continuation, style: style)
    } else {
      mend(from: x, to: x + 1, row: y)
      cells[index] = Cell(glyph: glyph, style: style)
    }
  }

  /// Blanks the halves of wide glyphs that would be left over when columns `from..<to` are overwritten.
  @inline(__always)
  mutating func mend(from: Int, to: Int, row y: Int) {
    let start = y * size.columns
    if cells[start + from].glyph == .continuation { cells[start + from - 1].glyph = .blank }
    if to < size.columns, cells[start + to].glyph == .continuation { cells[start + to].glyph = .blank }
  }

  /// Overwrites columns inside row `y` with printable ASCII bytes.
  mutating func put(ascii bytes: UnsafeBufferPointer<UInt8>, column x: Int, row y: Int, style: Style) {
    guard !bytes.isEmpty else { return }
    mend(from: x, to: x + bytes.count, row: y)
    let start = y * size.columns + x
    cells.withUnsafeMutableBufferPointer { cells in
      for offset in 0..<bytes.count {
        cells[start + offset] = Cell(glyph: Glyph(ascii: bytes[offset]), style: style)
      }
    }
  }

  /// Fills the part of the rectangle inside the grid with a character; a wide one leaves a blank where only half fits.
  package mutating func fill(_ rect: Rect, character: Character = " ", style: Style) {
    let rect = rect.intersection(bounds)
    guard !rect.isEmpty else { return }
    let glyph = GlyphScanner.first(of: String(character)) ?? .blank
    for y in rect.y..<rect.bottom {
      if glyph.isWide {
        for x in rect.x..<rect.right {
          let fits = x + 1 < rect.right && (x - rect.x) % 2 == 0
          if fits {
            put(glyph, column: x, row: y, style: style)
          } else if (x - rect.x) % 2 == 0 {
            put(.blank, column: x, row: y, style: style)
          }
        }
        continue
      }
      mend(from: rect.x, to: rect.right, row: y)
      let start = y * size.columns
      let cell = Cell(glyph: glyph, style: style)
      cells.withUnsafeMutableBufferPointer { cells in
        for index in start + rect.x..<start + rect.right { cells[index] = cell }
      }
    }
  }

  /// Changes the style of every cell in the rectangle and leaves the text; both halves of a wide glyph follow the left.
  package mutating func restyle(_ rect: Rect, _ change: (inout Style) -> Void) {
    let rect = rect.intersection(bounds)
    guard !rect.isEmpty else { return }
    let columns = size.columns
    cells.withUnsafeMutableBufferPointer { cells in
      for y in rect.y..<rect.bottom {
        for index in y * columns + rect.x..<y * columns + rect.right { change(&cells[index].style) }
        // A terminal draws a wide glyph in one style.
        let last = y * columns + rect.right - 1
        if cells[last].glyph.isWide { cells[last + 1].style = cells[last].style }
        let first = y * columns + rect.x
        if cells[first].glyph == .continuation { cells[first].style = cells[first - 1].style }
      }
    }
  }

  /// Copies another grid onto this one with its top left at `point`, cut to this grid.
  package mutating func blit(_ other: Grid, at point: Point) {
    let target = Rect(x: point.x, y: point.y, width: other.size.columns, height: other.size.rows).intersection(bounds)
    guard !target.isEmpty else { return }
    for y in target.y..<target.bottom {
      mend(from: target.x, to: target.right, row: y)
      let source = other.row(y - point.y)
      let offset = source.startIndex - point.x
      let start = y * size.columns
      for x in target.x..<target.right { cells[start + x] = source[offset + x] }
      // Glyphs that the edge of this grid cuts in half.
      if cells[start + target.x].glyph == .continuation { cells[start + target.x].glyph = .blank }
      if cells[start + target.right - 1].glyph.isWide { cells[start + target.right - 1].glyph = .blank }
    }
  }

  /// The text of each row, trailing blanks included.
  package var lines: [String] {
    (0..<size.rows).map { y in
      var line = ""
      for cell in row(y) { line.unicodeScalars.append(contentsOf: cell.glyph.scalars) }
      return line
    }
  }
}
