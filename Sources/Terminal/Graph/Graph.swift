/// Time series drawn with characters: graphs into a part of a grid, sparklines and bars as text.
///
/// The newest value stands at the right edge. A value that was not measured leaves a gap; a measured one always shows
/// at least one dot, so that zero and nothing never look alike.
package enum Graph {
  /// The glyphs a graph is made of.
  package enum Glyphs: Hashable, Sendable {
    /// Two values and four levels a cell.
    case braille
    /// One value and eight levels a cell.
    case blocks
    /// One value and three levels a cell, for screens without Unicode.
    case ascii

    /// Values a cell shows side by side.
    package var valuesPerCell: Int { self == .braille ? 2 : 1 }

    /// Levels a cell shows one above the other.
    var levelsPerCell: Int {
      switch self {
      case .braille: 4
      case .blocks: 8
      case .ascii: 3
      }
    }
  }

  /// Whether the space under the values is filled.
  package enum Form: Hashable, Sendable { case area, line }

  /// How the dots of a graph are coloured.
  package enum Coloring {
    case uniform(Style)
    /// By the value under the dots (the higher one where a cell shows two): a column has one colour.
    case byValue((Double) -> Style)
    /// By the value at the middle of the dots' height: a row has one colour.
    case byHeight((Double) -> Style)
  }

  /// A level drawn as a dotted line where no values cover it.
  package struct Threshold {
    package var value: Double
    package var style: Style

    package init(value: Double, style: Style) {
      self.value = value
      self.style = style
    }
  }

  /// A glyph in the graph's top row, above the value of an event.
  package struct Mark {
    /// Index into the values drawn.
    package var index: Int
    package var glyph: Character
    package var style: Style

    package init(index: Int, glyph: Character, style: Style) {
      self.index = index
      self.glyph = glyph
      self.style = style
    }
  }

  /// How many values fit a rectangle of this many columns.
  package static func capacity(columns: Int, glyphs: Glyphs = .braille) -> Int {
    max(0, columns) * glyphs.valuesPerCell
  }

  /// Draws values over the rectangle; cells without dots keep what they show.
  ///
  /// - Parameters:
  ///   - values: oldest first, nil where nothing was measured; the last `capacity(columns:glyphs:)` are drawn.
  ///   - range: values at the bottom and the top edge; values outside are drawn at the edge.
  ///   - coloring: styles without a background keep the background that the grid has there.
  package static func draw(
    _ values: [Double?], range: ClosedRange<Double>, in rect: Rect, of grid: inout Grid, form: Form = .area,
    glyphs: Glyphs = .braille, coloring: Coloring = .uniform(Style()), thresholds: [Threshold] = [],
    marks: [Mark] = []
  ) {
    guard !rect.isEmpty else { return }
    let capacity = capacity(columns: rect.width, glyphs: glyphs)
    var canvas = GraphCanvas(width: rect.width, height: rect.height, range: range, glyphs: glyphs)
    let dropped = max(0, values.count - capacity)
    let offset = capacity - (values.count - dropped)
    var previous: Double?
    for (index, value) in values[dropped...].enumerated() {
      // What is not a number was not measured.
      guard let value, value.isFinite else {
        previous = nil
        continue
      }
      canvas.plot(value, column: offset + index, previous: previous, form: form)
      previous = value
    }
    for threshold in thresholds { canvas.draw(threshold) }
    canvas.write(to: &grid, at: rect.origin, form: form, coloring: coloring)
    for mark in marks where mark.index >= dropped && mark.index < values.count {
      let x = rect.x + (offset + mark.index - dropped) / glyphs.valuesPerCell
      var style = mark.style
      if style.background == .terminalDefault { style.background = grid[x, rect.y].style.background }
      grid.write(String(mark.glyph), x: x, y: rect.y, width: 1, style: style, truncation: .clip)
    }
  }

  /// `count` values that stand for all of `values`: of neighbours the highest, so that no peak is lost.
  package static func resample(_ values: [Double?], to count: Int) -> [Double?] {
    guard count > 0, values.count > count else { return count > 0 ? values : [] }
    return (0..<count).map { bucket in
      let start = bucket * values.count / count
      let end = (bucket + 1) * values.count / count
      return values[start..<end].lazy.compactMap(\.self).max()
    }
  }

  /// One character a value: `▁▂▃▄▅▆▇█`, in ASCII `_.-=+*#@`; a space where nothing was measured.
  package static func sparkline(_ values: [Double?], range: ClosedRange<Double>, glyphs: Glyphs = .blocks) -> String {
    let levels = glyphs == .ascii ? asciiLevels : blockLevels
    var text = ""
    text.reserveCapacity(values.count * 3)
    for value in values {
      guard let value, value.isFinite else {
        text.append(" ")
        continue
      }
      text.append(levels[level(of: value, in: range, levels: 8)])
    }
    return text
  }

  /// A horizontal bar of exactly `columns` columns: eighths of blocks, in ASCII `#` and `.`.
  ///
  /// - Parameter fraction: filled part, 0–1; values outside are drawn as empty or full.
  package static func bar(fraction: Double, columns: Int, glyphs: Glyphs = .blocks) -> String {
    guard columns > 0 else { return "" }
    let fraction = fraction.isFinite ? min(max(fraction, 0), 1) : 0
    if glyphs == .ascii {
      let full = Int((fraction * Double(columns)).rounded())
      return String(repeating: "#", count: full) + String(repeating: ".", count: columns - full)
    }
    let eighths = Int((fraction * Double(columns * 8)).rounded())
    var text = String(repeating: "█", count: eighths / 8)
    if eighths % 8 > 0 { text.append(barLevels[eighths % 8 - 1]) }
    return text + String(repeating: " ", count: columns - (eighths + 7) / 8)
  }

  static let blockLevels: [Character] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]
  private static let barLevels: [Character] = ["▏", "▎", "▍", "▌", "▋", "▊", "▉"]
  private static let asciiLevels: [Character] = ["_", ".", "-", "=", "+", "*", "#", "@"]

  /// The level of a value, 0 at the lower end of the range, `levels - 1` at the upper.
  static func level(of value: Double, in range: ClosedRange<Double>, levels: Int) -> Int {
    let span = range.upperBound - range.lowerBound
    guard span > 0 else { return value > range.lowerBound ? levels - 1 : 0 }
    let fraction = min(max((value - range.lowerBound) / span, 0), 1)
    return Int((fraction * Double(levels - 1)).rounded())
  }
}
