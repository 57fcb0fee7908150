import Terminal

/// A grid with a theme: what views draw on. They speak of roles, and text comes out in what the terminal can show.
struct Canvas {
  private(set) var grid: Grid
  let styles: ThemeStyles
  let glyphs: Glyphs
  /// The background of what is drawn on (a dialog, the band), in place of the screen's own.
  var surface: ThemeRole?
  private let ground: Color

  init(size: Size, styles: ThemeStyles, glyphs: Glyphs) {
    self.init(grid: Grid(size: size, style: styles[.text]), styles: styles, glyphs: glyphs)
  }

  /// Draws on what is there already.
  init(grid: Grid, styles: ThemeStyles, glyphs: Glyphs) {
    self.grid = grid
    self.styles = styles
    self.glyphs = glyphs
    ground = styles[.background].background
  }

  var bounds: Rect { grid.bounds }
  var isUnicode: Bool { glyphs.isUnicode }
  var truncation: TextTruncation { isUnicode ? .ellipsis : .asciiEllipsis }

  /// The style of a role on the surface at hand.
  func style(_ role: ThemeRole) -> Style {
    var style = styles[role]
    if let surface, style.background == ground { style.background = styles[surface].background }
    return style
  }

  /// Writes one line of text in a field.
  /// - Returns: columns used.
  @discardableResult
  mutating func text(
    _ text: String, x: Int, y: Int, width: Int = .max, _ role: ThemeRole = .text, align: TextAlignment = .leading
  ) -> Int {
    grid.write(
      glyphs.shown(text), x: x, y: y, width: width, style: style(role), alignment: align, truncation: truncation)
  }

  /// Writes spans side by side in a field.
  /// - Returns: columns used.
  @discardableResult
  mutating func line(_ line: TextLine, x: Int, y: Int, width: Int) -> Int {
    var used = 0
    for span in line.spans where used < width {
      used += text(span.text, x: x + used, y: y, width: width - used, span.role)
    }
    return used
  }

  mutating func fill(_ rect: Rect, _ role: ThemeRole) { grid.fill(rect, style: style(role)) }

  /// Draws a frame; what is inside stays.
  mutating func frame(_ rect: Rect, isFocused: Bool) { frame(rect, role: isFocused ? .borderFocus : .border) }

  /// The same in any role.
  mutating func frame(_ rect: Rect, role: ThemeRole) {
    grid.box(rect, style: style(role), borders: isUnicode ? .rounded : .ascii)
  }

  /// Writes a label into a horizontal edge of a frame, with a space at either side.
  /// - Returns: columns used, spaces included.
  @discardableResult
  mutating func label(_ line: TextLine, x: Int, y: Int, width: Int) -> Int {
    guard width >= 4 else { return 0 }
    let used = self.line(line, x: x + 1, y: y, width: width - 2)
    guard used > 0 else { return 0 }
    text(" ", x: x, y: y)
    text(" ", x: x + 1 + used, y: y, width: 1)
    return used + 2
  }

  /// Marks a row as selected: its background, and its text's colour where the theme says so.
  mutating func select(_ rect: Rect, isActive: Bool) {
    let style = styles[isActive ? .selection : .selectionInactive]
    let keepsColors = style.foreground == styles[.text].foreground
    let grounds = [ground, surface.map { styles[$0].background } ?? ground]
    grid.restyle(rect) { cell in
      // One style for the whole bar: moving it is what is sent to the terminal most often.
      if !keepsColors { return cell = style }
      if grounds.contains(cell.background) { cell.background = style.background }
      cell.attributes.formUnion(style.attributes)
      // Dim text on a coloured bar cannot be read.
      cell.attributes.remove(.dim)
    }
  }

  /// Gives blanks the style of what stands before them, where that cannot be seen: fewer changes of style are fewer
  /// bytes on the way to the terminal.
  mutating func joinBlanks(in rect: Rect) {
    let visible: TextAttributes = [.underline, .reverse]
    for y in rect.y..<rect.bottom {
      var before = grid[rect.x, y].style
      for x in rect.x + 1..<max(rect.x + 1, rect.right) {
        let cell = grid[x, y]
        let isAlike = cell.style.background == before.background && before.attributes.isDisjoint(with: visible)
        if cell.style != before, isAlike, cell == .blank(cell.style), cell.style.attributes.isDisjoint(with: visible) {
          grid[x, y] = .blank(before)
        } else {
          before = cell.style
        }
      }
    }
  }

  /// Draws a graph in its own cells.
  mutating func graph(
    _ values: [Double?], range: ClosedRange<Double>, in rect: Rect, coloring: Graph.Coloring,
    thresholds: [Graph.Threshold], marks: [Graph.Mark]
  ) {
    Graph.draw(
      values, range: range, in: rect, of: &grid, glyphs: isUnicode ? .braille : .ascii, coloring: coloring,
      thresholds: thresholds, marks: marks)
  }

  mutating func restyle(_ rect: Rect, _ change: (inout Style) -> Void) { grid.restyle(rect, change) }

  mutating func blit(_ other: Grid, at point: Point) { grid.blit(other, at: point) }
}
