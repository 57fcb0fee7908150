/// Writes a grid as a picture: a standalone SVG, the same bytes for the same grid.
package enum SVGWriter {
  /// Space around the cells, in tenths of a pixel.
  private static let margin = 120

  /// The SVG's text.
  ///
  /// - Parameters:
  ///   - title: read to those who cannot see the picture.
  ///   - palette: the terminal's own colours.
  package static func svg(of grid: Grid, title: String, palette: SVGPalette = SVGPalette()) -> String {
    let width = grid.size.columns * SVGShapes.cellWidth + 2 * margin
    let height = grid.size.rows * SVGShapes.cellHeight + 2 * margin
    let ground = palette.resolve(Style()).background
    var svg = """
      <svg xmlns="http://www.w3.org/2000/svg" width="\(pixels(width))" height="\(pixels(height))" \
      viewBox="0 0 \(pixels(width)) \(pixels(height))" role="img">
      <title>\(escaped(title))</title>
      <rect width="100%" height="100%" rx="8" fill="\(ground)"/>
      <g font-family="'DejaVu Sans Mono','JetBrains Mono','Menlo','Consolas',monospace" font-size="14" \
      xml:space="preserve" style="white-space:pre">

      """
    for y in 0..<grid.size.rows {
      svg += backgrounds(grid, y, palette, ground)
      svg += shapes(grid, y, palette)
      svg += texts(grid, y, palette)
    }
    return svg + "</g>\n</svg>\n"
  }

  private static func left(_ x: Int) -> Int { margin + x * SVGShapes.cellWidth }
  private static func top(_ y: Int) -> Int { margin + y * SVGShapes.cellHeight }

  /// Tenths of a pixel as pixels.
  private static func pixels(_ tenths: Int) -> String {
    tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
  }

  private static func rectangle(_ x: Int, _ y: Int, _ width: Int, _ height: Int, _ fill: String) -> String {
    "<rect x=\"\(pixels(x))\" y=\"\(pixels(y))\" width=\"\(pixels(width))\" height=\"\(pixels(height))\" "
      + "fill=\"\(fill)\" shape-rendering=\"crispEdges\"/>\n"
  }

  private static func backgrounds(_ grid: Grid, _ y: Int, _ palette: SVGPalette, _ ground: String) -> String {
    var svg = ""
    for run in runs(grid, y, by: { palette.resolve($0.style).background }) where run.key != ground {
      svg += rectangle(
        left(run.columns.lowerBound), top(y), run.columns.count * SVGShapes.cellWidth, SVGShapes.cellHeight, run.key)
    }
    return svg
  }

  /// One path for all rectangles of a colour in a row.
  private static func shapes(_ grid: Grid, _ y: Int, _ palette: SVGPalette) -> String {
    var paths: [(fill: String, path: String)] = []
    for (x, cell) in grid.row(y).enumerated() {
      guard let boxes = SVGShapes.boxes(for: cell.glyph.base), !boxes.isEmpty else { continue }
      let fill = palette.resolve(cell.style).text
      var path = ""
      for box in boxes {
        path += "M\(pixels(left(x) + box.x)) \(pixels(top(y) + box.y))h\(pixels(box.width))v\(pixels(box.height))"
        path += "h-\(pixels(box.width))z"
      }
      if let index = paths.firstIndex(where: { $0.fill == fill }) {
        paths[index].path += path
      } else {
        paths.append((fill, path))
      }
    }
    return paths.map { "<path fill=\"\($0.fill)\" d=\"\($0.path)\"/>\n" }.joined()
  }

  private static func texts(_ grid: Grid, _ y: Int, _ palette: SVGPalette) -> String {
    var svg = ""
    let baseline = top(y) + 135
    for run in runs(grid, y, by: { TextKey($0) }) where run.key.isText {
      let keepsBlanks = run.key.style.attributes.contains(.underline)
      for columns in keepsBlanks ? [run.columns] : words(grid, y, run.columns) {
        svg += element(grid, y, columns, run.key.style, palette, baseline)
      }
    }
    return svg
  }

  /// The parts of a run between two or more blanks: each gets its place from the grid, not from a font's blanks.
  private static func words(_ grid: Grid, _ y: Int, _ columns: Range<Int>) -> [Range<Int>] {
    var words: [Range<Int>] = []
    for x in columns where grid[x, y].glyph != .blank {
      if let last = words.last, x - last.upperBound < 2 {
        words[words.count - 1] = last.lowerBound..<x + 1
      } else {
        words.append(x..<x + 1)
      }
    }
    return words
  }

  private static func element(
    _ grid: Grid, _ y: Int, _ columns: Range<Int>, _ style: Style, _ palette: SVGPalette, _ baseline: Int
  ) -> String {
    var text = ""
    for x in columns { text.unicodeScalars.append(contentsOf: grid[x, y].glyph.scalars) }
    var svg = "<text x=\"\(pixels(left(columns.lowerBound)))\" y=\"\(pixels(baseline))\""
    // Fonts differ in width: the cells decide, not the font.
    svg += " textLength=\"\(pixels(columns.count * SVGShapes.cellWidth))\" lengthAdjust=\"spacingAndGlyphs\""
    svg += " fill=\"\(palette.resolve(style).text)\""
    if style.attributes.contains(.bold) { svg += " font-weight=\"bold\"" }
    if style.attributes.contains(.italic) { svg += " font-style=\"italic\"" }
    if style.attributes.contains(.underline) { svg += " text-decoration=\"underline\"" }
    return svg + ">\(escaped(text))</text>\n"
  }

  /// What keeps cells in one piece of text.
  private struct TextKey: Hashable {
    var style: Style
    var isText: Bool

    init(_ cell: Cell) {
      style = cell.style
      isText = SVGShapes.boxes(for: cell.glyph.base) == nil
    }
  }

  /// Neighbouring cells of a row with the same key.
  private static func runs<Key: Hashable>(
    _ grid: Grid, _ y: Int, by key: (Cell) -> Key
  ) -> [(columns: Range<Int>, key: Key)] {
    var runs: [(columns: Range<Int>, key: Key)] = []
    for (x, cell) in grid.row(y).enumerated() {
      let key = key(cell)
      if let last = runs.last, last.key == key {
        runs[runs.count - 1].columns = last.columns.lowerBound..<x + 1
      } else {
        runs.append((x..<x + 1, key))
      }
    }
    return runs
  }

  private static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      // XML allows no control characters, not even escaped.
      case _ where scalar.value < 0x20 || scalar.value == 0x7F || scalar.value & 0xFFFE == 0xFFFE: result += "\u{FFFD}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
