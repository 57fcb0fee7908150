/// Where text stands in the columns it is given.
package enum TextAlignment: Hashable, Sendable { case leading, trailing, center }

/// What happens to text that is wider than its columns.
package enum TextTruncation: Hashable, Sendable {
  /// The rest is cut off.
  case clip
  /// The last column shows `…`.
  case ellipsis
  /// The last column shows `~`, for screens without Unicode.
  case asciiEllipsis

  var glyph: Glyph? {
    switch self {
    case .clip: nil
    case .ellipsis: Glyph("…", isWide: false)
    case .asciiEllipsis: Glyph(ascii: UInt8(ascii: "~"))
    }
  }
}

extension Grid {
  /// Writes one line of text, clipped to `width` columns and to the grid.
  ///
  /// - Parameters:
  ///   - text: any text; control characters, escapes and bidi marks appear in a visible form.
  ///   - x: column of the field's left edge; may lie outside.
  ///   - y: row; outside the grid nothing is written.
  ///   - width: columns of the field; without it, up to the right edge of the grid.
  ///   - alignment: where text narrower than the field stands; columns beside it are left as they are.
  ///   - truncation: how text wider than the field ends.
  /// - Returns: columns the text takes of the field, from its left edge to the text's end for leading text.
  @discardableResult
  package mutating func write(
    _ text: String, x: Int, y: Int, width: Int = .max, style: Style = Style(),
    alignment: TextAlignment = .leading, truncation: TextTruncation = .ellipsis
  ) -> Int {
    let width = min(width, size.columns - x)
    guard y >= 0, y < size.rows, width > 0, x < size.columns else { return 0 }
    var text = text
    let used = text.withUTF8 { bytes -> Int? in
      guard GlyphScanner.isPrintableASCII(bytes) else { return nil }
      return write(ascii: bytes, x: x, y: y, width: width, style: style, alignment: alignment, truncation: truncation)
    }
    if let used { return used }
    return write(
      scanned: text, x: x, y: y, width: width, style: style, alignment: alignment, truncation: truncation)
  }

  private mutating func write(
    ascii bytes: UnsafeBufferPointer<UInt8>, x: Int, y: Int, width: Int, style: Style,
    alignment: TextAlignment, truncation: TextTruncation
  ) -> Int {
    var kept = min(bytes.count, width)
    let ellipsis = bytes.count > width ? truncation.glyph : nil
    if ellipsis != nil { kept -= 1 }
    let used = kept + (ellipsis == nil ? 0 : 1)
    let left = x + indent(used, in: width, alignment)
    let skipped = max(0, -left)
    if skipped < kept {
      put(ascii: UnsafeBufferPointer(rebasing: bytes[skipped..<kept]), column: left + skipped, row: y, style: style)
    }
    if let ellipsis, left + kept >= 0 { put(ellipsis, column: left + kept, row: y, style: style) }
    return used
  }

  private mutating func write(
    scanned text: String, x: Int, y: Int, width: Int, style: Style, alignment: TextAlignment,
    truncation: TextTruncation
  ) -> Int {
    var glyphs: [Glyph] = []
    var columns = 0
    GlyphScanner.scan(text) { glyph in
      // One glyph more than fits tells that something is cut off; the rest needs no memory.
      guard columns <= width else { return }
      glyphs.append(glyph)
      columns += glyph.columns
    }
    if columns > width {
      let limit = truncation.glyph == nil ? width : width - 1
      while columns > limit, let last = glyphs.popLast() { columns -= last.columns }
      if let ellipsis = truncation.glyph {
        glyphs.append(ellipsis)
        columns += 1
      }
    }
    var column = x + indent(columns, in: width, alignment)
    for glyph in glyphs {
      if column >= 0 {
        put(glyph, column: column, row: y, style: style)
      } else if column + glyph.columns > 0 {
        // Half of a wide glyph cut by the left edge.
        put(.blank, column: 0, row: y, style: style)
      }
      column += glyph.columns
    }
    return columns
  }

  private func indent(_ columns: Int, in width: Int, _ alignment: TextAlignment) -> Int {
    switch alignment {
    case .leading: 0
    case .trailing: width - columns
    case .center: (width - columns) / 2
    }
  }
}
