/// Writes a grid as text with SGR sequences, for dumps and for terminals that need no screen.
package enum ANSIWriter {
  /// One line a row, trailing plain blanks left out, styles reset at the end of each line.
  ///
  /// - Parameter colors: colours are degraded to this depth; `mono` keeps the attributes.
  package static func text(of grid: Grid, colors: ColorDepth = .trueColor) -> String {
    var text = ""
    for y in 0..<grid.size.rows {
      var current = Style()
      let row = grid.row(y)
      let blank = Cell.blank()
      let end = row.lastIndex { $0 != blank }.map { $0 + 1 } ?? row.startIndex
      for cell in row[row.startIndex..<end] where cell.glyph != .continuation {
        if cell.style != current {
          text += sequence(for: cell.style.degraded(to: colors))
          current = cell.style
        }
        text.unicodeScalars.append(contentsOf: cell.glyph.scalars)
      }
      if current != Style() { text += "\u{1B}[0m" }
      text += "\n"
    }
    return text
  }

  /// The sequence that sets exactly this style, whatever was set before.
  static func sequence(for style: Style) -> String {
    var codes = ["0"]
    let attributes: [(TextAttributes, String)] = [
      (.bold, "1"), (.dim, "2"), (.italic, "3"), (.underline, "4"), (.reverse, "7"),
    ]
    for (attribute, code) in attributes where style.attributes.contains(attribute) { codes.append(code) }
    if let code = code(for: style.foreground, base: 30) { codes.append(code) }
    if let code = code(for: style.background, base: 40) { codes.append(code) }
    return "\u{1B}[" + codes.joined(separator: ";") + "m"
  }

  private static func code(for color: Color, base: Int) -> String? {
    switch color {
    case .terminalDefault: nil
    case .ansi(let number): number < 8 ? "\(base + Int(number))" : "\(base + 52 + Int(number & 15))"
    case .indexed(let number): "\(base + 8);5;\(number)"
    case .rgb(let red, let green, let blue): "\(base + 8);2;\(red);\(green);\(blue)"
    }
  }
}
