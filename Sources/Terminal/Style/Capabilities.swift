/// How many colours a terminal can show.
package enum ColorDepth: Int, Hashable, Sendable, Comparable, CaseIterable {
  case mono, ansi16, indexed256, trueColor

  package static func < (a: ColorDepth, b: ColorDepth) -> Bool { a.rawValue < b.rawValue }
}

/// What a drawing may use on the terminal at hand.
package struct Capabilities: Hashable, Sendable {
  /// The most colours that reach the operator's eye.
  package var colors: ColorDepth
  /// Whether box, block and braille glyphs may be drawn; otherwise ASCII only.
  package var unicode: Bool

  /// Creates a set of capabilities; without arguments that of a common terminal today.
  package init(colors: ColorDepth = .indexed256, unicode: Bool = true) {
    self.colors = colors
    self.unicode = unicode
  }
}
