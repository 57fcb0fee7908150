/// The dots of a graph before they become glyphs.
struct GraphCanvas {
  private let width: Int
  private let height: Int
  private let range: ClosedRange<Double>
  private let glyphs: Graph.Glyphs
  /// For each column of values, the lowest and the highest level set; nil in gaps.
  private var spans: [ClosedRange<Int>?]
  private var values: [Double?]
  /// Thresholds by level, the last one drawn wins.
  private var lines: [Int: Style] = [:]

  init(width: Int, height: Int, range: ClosedRange<Double>, glyphs: Graph.Glyphs) {
    self.width = width
    self.height = height
    self.range = range
    self.glyphs = glyphs
    spans = Array(repeating: nil, count: width * glyphs.valuesPerCell)
    values = spans.map { _ in nil }
  }

  private var levels: Int { height * glyphs.levelsPerCell }

  mutating func plot(_ value: Double, column: Int, previous: Double?, form: Graph.Form) {
    let level = Graph.level(of: value, in: range, levels: levels)
    values[column] = value
    switch form {
    case .area: spans[column] = 0...level
    case .line:
      guard let previous else {
        spans[column] = level...level
        return
      }
      // A steep step is joined by a vertical stroke, which starts beside the last level.
      let last = Graph.level(of: previous, in: range, levels: levels)
      spans[column] = last < level ? min(last + 1, level)...level : level...max(last - 1, level)
    }
  }

  mutating func draw(_ threshold: Graph.Threshold) {
    guard range.contains(threshold.value) else { return }
    lines[Graph.level(of: threshold.value, in: range, levels: levels)] = threshold.style
  }

  func write(to grid: inout Grid, at origin: Point, form: Graph.Form, coloring: Graph.Coloring) {
    for row in 0..<height {
      let base = (height - 1 - row) * glyphs.levelsPerCell
      for column in 0..<width {
        let point = Point(x: origin.x + column, y: origin.y + row)
        if let glyph = dots(column: column, base: base, form: form) {
          write(glyph, style(column: column, base: base, coloring), at: point, to: &grid)
        } else if let (glyph, style) = line(base: base) {
          write(glyph, style, at: point, to: &grid)
        }
      }
    }
  }

  private func write(_ glyph: Unicode.Scalar, _ style: Style, at point: Point, to grid: inout Grid) {
    var style = style
    if style.background == .terminalDefault { style.background = grid[point.x, point.y].style.background }
    grid[point.x, point.y] = Cell(glyph: Glyph(glyph, isWide: false), style: style)
  }

  private func style(column: Int, base: Int, _ coloring: Graph.Coloring) -> Style {
    switch coloring {
    case .uniform(let style): return style
    case .byValue(let style):
      let first = column * glyphs.valuesPerCell
      let highest = values[first..<first + glyphs.valuesPerCell].lazy.compactMap(\.self).max()
      return style(highest ?? range.lowerBound)
    case .byHeight(let style):
      let middle = (Double(base) + Double(glyphs.levelsPerCell) / 2) / Double(levels)
      return style(range.lowerBound + middle * (range.upperBound - range.lowerBound))
    }
  }

  /// The glyph for the levels `base..<base + levelsPerCell` of a column of cells, nil if no dot is set there.
  private func dots(column: Int, base: Int, form: Graph.Form) -> Unicode.Scalar? {
    switch glyphs {
    case .braille:
      var bits: UInt32 = 0
      for side in 0..<2 {
        guard let span = spans[column * 2 + side] else { continue }
        for level in 0..<4 where span.contains(base + level) { bits |= Self.brailleDots[side * 4 + level] }
      }
      return bits == 0 ? nil : Unicode.Scalar(0x2800 + bits)
    case .blocks:
      guard let span = spans[column], span.upperBound >= base, span.lowerBound < base + 8 else { return nil }
      // Blocks grow from below only, so a line is drawn as the top of an area one cell high.
      return Unicode.Scalar(0x2581 + UInt32(min(span.upperBound - base, 7)))
    case .ascii:
      guard let span = spans[column], span.upperBound >= base, span.lowerBound < base + 3 else { return nil }
      if form == .line { return "*" }
      switch span.upperBound - base {
      case 0: return "."
      case 1: return ":"
      default: return "#"
      }
    }
  }

  /// The glyph of a threshold that runs through a row of cells.
  private func line(base: Int) -> (Unicode.Scalar, Style)? {
    for level in 0..<glyphs.levelsPerCell {
      guard let style = lines[base + level] else { continue }
      switch glyphs {
      case .braille:
        // Every other dot: a dotted line that no data could be taken for.
        return Unicode.Scalar(0x2800 + Self.brailleDots[level]).map { ($0, style) }
      case .blocks: return ("╌", style)
      case .ascii: return ("-", style)
      }
    }
    return nil
  }

  /// Bits of the left column from bottom to top, then of the right one (Unicode chapter 21, braille patterns).
  private static let brailleDots: [UInt32] = [0x40, 0x04, 0x02, 0x01, 0x80, 0x20, 0x10, 0x08]
}
