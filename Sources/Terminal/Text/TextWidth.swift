/// Columns that text takes on a terminal, from our own table so that the same text has the same width everywhere.
///
/// East Asian ambiguous characters count as one column, as glibc and all common terminals have it.
package enum TextWidth {
  /// Columns of a text as `Grid.write` draws it, control characters in their visible form included.
  package static func columns(of text: String) -> Int {
    var text = text
    let ascii = text.withUTF8 { bytes in GlyphScanner.isPrintableASCII(bytes) ? bytes.count : nil }
    if let ascii { return ascii }
    var columns = 0
    GlyphScanner.scan(text) { columns += $0.columns }
    return columns
  }

  /// Columns of one character as `Grid.write` draws it.
  package static func columns(of character: Character) -> Int {
    if let byte = character.asciiValue, byte >= 0x20, byte < 0x7F { return 1 }
    return columns(of: String(character))
  }

  /// Columns of one scalar, as `wcwidth` has it: 0 for marks, −1 for control characters and unassigned numbers.
  package static func columns(of scalar: Unicode.Scalar) -> Int {
    let value = scalar.value
    if value < 0x7F { return value >= 0x20 ? 1 : value == 0 ? 0 : -1 }
    // Box drawing, blocks and braille: what our screens mostly consist of beside ASCII.
    if value >= 0x2500 && value <= 0x25FC || value >= 0x2800 && value <= 0x28FF { return 1 }
    return Int(WidthTable.columns(of: value))
  }

  /// The longest beginning of `text` that fits `columns` columns.
  package static func prefix(_ text: String, columns limit: Int) -> String {
    var result = ""
    var columns = 0
    var isFull = false
    GlyphScanner.scan(text) { glyph in
      guard !isFull, columns + glyph.columns <= limit else {
        isFull = true
        return
      }
      columns += glyph.columns
      result.unicodeScalars.append(contentsOf: glyph.scalars)
    }
    return result
  }

  /// `text` cut to `columns` columns, the last one an ellipsis where something was cut off.
  package static func truncate(_ text: String, columns: Int, ellipsis: Character = "…") -> String {
    if self.columns(of: text) <= columns { return prefix(text, columns: columns) }
    if columns < 1 { return "" }
    return prefix(text, columns: columns - 1) + String(ellipsis)
  }
}
