/// One character cell of a grid: 16 bytes without padding, so that rows compare as memory.
package struct Cell: Hashable, Sendable {
  var glyph: Glyph
  /// Colours and attributes.
  package var style: Style

  /// A space in the given style.
  package static func blank(_ style: Style = Style()) -> Cell { Cell(glyph: .blank, style: style) }

  init(glyph: Glyph, style: Style) {
    self.glyph = glyph
    self.style = style
  }

  /// Creates a cell with the first glyph of `text`; an empty text is the right half of a wide glyph.
  package init(text: String, style: Style = Style()) {
    glyph = GlyphScanner.first(of: text) ?? .continuation
    self.style = style
  }

  /// What the cell shows; empty for the right half of a wide glyph.
  package var text: String {
    get {
      var text = ""
      text.unicodeScalars.append(contentsOf: glyph.scalars)
      return text
    }
    set { glyph = GlyphScanner.first(of: newValue) ?? .continuation }
  }

  /// Columns the cell's glyph takes: 1, 2, or 0 for the right half of a wide glyph.
  package var columns: Int { glyph.columns }
}
