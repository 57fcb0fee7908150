/// How a cell's text stands out beside its colour.
package struct TextAttributes: OptionSet, Hashable, Sendable {
  package let rawValue: UInt8
  package init(rawValue: UInt8) { self.rawValue = rawValue & 0b1_1111 }

  package static let bold = TextAttributes(rawValue: 1)
  package static let dim = TextAttributes(rawValue: 2)
  package static let italic = TextAttributes(rawValue: 4)
  package static let underline = TextAttributes(rawValue: 8)
  package static let reverse = TextAttributes(rawValue: 16)
}

/// Colours and attributes of a cell, packed into one word: grids compare and copy styles by the thousand each frame.
package struct Style: Hashable, Sendable {
  /// Bits 0–25 foreground, 26–51 background, 52–56 attributes.
  private(set) var bits: UInt64

  /// Creates a style; without arguments it is plain text in the terminal's own colours.
  package init(
    foreground: Color = .terminalDefault, background: Color = .terminalDefault, attributes: TextAttributes = []
  ) {
    bits = foreground.packed | background.packed << 26 | UInt64(attributes.rawValue) << 52
  }

  /// The colour of the text.
  package var foreground: Color {
    get { Color(packed: bits & 0x3FF_FFFF) }
    set { bits = bits & ~0x3FF_FFFF | newValue.packed }
  }

  /// The colour behind the text.
  package var background: Color {
    get { Color(packed: bits >> 26 & 0x3FF_FFFF) }
    set { bits = bits & ~(0x3FF_FFFF << 26) | newValue.packed << 26 }
  }

  /// Bold, dim, italic, underline, reverse.
  package var attributes: TextAttributes {
    get { TextAttributes(rawValue: UInt8(truncatingIfNeeded: bits >> 52)) }
    set { bits = bits & ~(0x1F << 52) | UInt64(newValue.rawValue) << 52 }
  }

  /// This style with another foreground.
  package func foreground(_ color: Color) -> Style {
    var style = self
    style.foreground = color
    return style
  }

  /// This style with another background.
  package func background(_ color: Color) -> Style {
    var style = self
    style.background = color
    return style
  }

  /// This style with further attributes.
  package func adding(_ attributes: TextAttributes) -> Style {
    var style = self
    style.attributes.formUnion(attributes)
    return style
  }
}
