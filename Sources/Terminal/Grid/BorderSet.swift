/// The glyphs of frames and of the places where frames meet; each one column wide.
package struct BorderSet: Hashable, Sendable {
  package var horizontal: Character
  package var vertical: Character
  package var topLeft: Character
  package var topRight: Character
  package var bottomLeft: Character
  package var bottomRight: Character
  /// `├`
  package var leftTee: Character
  /// `┤`
  package var rightTee: Character
  /// `┬`
  package var topTee: Character
  /// `┴`
  package var bottomTee: Character
  package var cross: Character

  /// Eleven glyphs in the order horizontal, vertical, corners (top left, top right, bottom left, bottom right),
  /// tees (left, right, top, bottom), cross; missing ones are `+`.
  private init(_ glyphs: String) {
    let glyphs = Array(glyphs)
    func glyph(_ index: Int) -> Character { index < glyphs.count ? glyphs[index] : "+" }
    horizontal = glyph(0)
    vertical = glyph(1)
    topLeft = glyph(2)
    topRight = glyph(3)
    bottomLeft = glyph(4)
    bottomRight = glyph(5)
    leftTee = glyph(6)
    rightTee = glyph(7)
    topTee = glyph(8)
    bottomTee = glyph(9)
    cross = glyph(10)
  }

  package static let light = BorderSet("─│┌┐└┘├┤┬┴┼")
  package static let rounded = BorderSet("─│╭╮╰╯├┤┬┴┼")
  package static let heavy = BorderSet("━┃┏┓┗┛┣┫┳┻╋")
  package static let double = BorderSet("═║╔╗╚╝╠╣╦╩╬")
  package static let ascii = BorderSet("-|+++++++++")
}

extension Grid {
  /// Draws a frame along the inside of the rectangle, with a title in its upper edge; what is inside stays.
  package mutating func box(
    _ rect: Rect, style: Style = Style(), borders: BorderSet = .light, title: String? = nil, titleStyle: Style? = nil
  ) {
    guard rect.width >= 2, rect.height >= 2 else {
      // Too thin for two edges: a plain line.
      fill(rect, character: rect.height == 1 ? borders.horizontal : borders.vertical, style: style)
      return
    }
    let inner = rect.width - 2
    fill(Rect(x: rect.x + 1, y: rect.y, width: inner, height: 1), character: borders.horizontal, style: style)
    fill(
      Rect(x: rect.x + 1, y: rect.bottom - 1, width: inner, height: 1), character: borders.horizontal, style: style)
    for x in [rect.x, rect.right - 1] {
      fill(Rect(x: x, y: rect.y + 1, width: 1, height: rect.height - 2), character: borders.vertical, style: style)
    }
    let corners: [(Int, Int, Character)] = [
      (rect.x, rect.y, borders.topLeft), (rect.right - 1, rect.y, borders.topRight),
      (rect.x, rect.bottom - 1, borders.bottomLeft), (rect.right - 1, rect.bottom - 1, borders.bottomRight),
    ]
    for (x, y, corner) in corners {
      fill(Rect(x: x, y: y, width: 1, height: 1), character: corner, style: style)
    }
    guard let title, !title.isEmpty, inner >= 4 else { return }
    let truncation: TextTruncation = borders == .ascii ? .asciiEllipsis : .ellipsis
    let used = write(
      title, x: rect.x + 2, y: rect.y, width: inner - 3, style: titleStyle ?? style, truncation: truncation)
    // One space at either side keeps the title off the line.
    let titled = Rect(x: rect.x + 1, y: rect.y, width: 1, height: 1)
    fill(titled, style: titleStyle ?? style)
    fill(Rect(x: rect.x + 2 + used, y: rect.y, width: 1, height: 1), style: titleStyle ?? style)
  }
}
