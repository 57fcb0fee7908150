import Terminal

/// One line of text in several looks.
package struct TextLine: Hashable, Sendable {
  struct Span: Hashable, Sendable {
    var text: String
    var role: ThemeRole
  }
  var spans: [Span]

  init(_ text: String = "", _ role: ThemeRole = .text) {
    spans = text.isEmpty ? [] : [Span(text: text, role: role)]
  }

  init(_ parts: [(String, ThemeRole)]) { spans = parts.map { Span(text: $0.0, role: $0.1) } }

  mutating func add(_ text: String, _ role: ThemeRole = .text) {
    if !text.isEmpty { spans.append(Span(text: text, role: role)) }
  }

  func adding(_ text: String, _ role: ThemeRole = .text) -> TextLine {
    var line = self
    line.add(text, role)
    return line
  }

  var columns: Int { spans.reduce(0) { $0 + TextWidth.columns(of: $1.text) } }

  /// A name and a value, names in a column of their own; a value too long for one line goes on below.
  static func field(
    _ name: String, _ value: String, _ role: ThemeRole = .text, nameWidth: Int = 10, width: Int
  ) -> [TextLine] {
    let lines = wrap(value, columns: max(8, width - nameWidth))
    return lines.enumerated().map { index, text in
      TextLine([
        (index == 0 ? pad(name, nameWidth) : String(repeating: " ", count: nameWidth), .textDim), (text, role),
      ])
    }
  }

  static func pad(_ text: String, _ columns: Int) -> String {
    text + String(repeating: " ", count: max(0, columns - TextWidth.columns(of: text)))
  }

  /// Breaks text at spaces into lines of at most so many columns; a longer word is broken inside.
  static func wrap(_ text: String, columns: Int) -> [String] {
    let columns = max(1, columns)
    if TextWidth.columns(of: text) <= columns { return [text] }
    var lines: [String] = []
    var line = ""
    for word in text.split(separator: " ", omittingEmptySubsequences: false) {
      var word = String(word)
      let joined = line.isEmpty ? word : line + " " + word
      if TextWidth.columns(of: joined) <= columns {
        line = joined
        continue
      }
      if !line.isEmpty { lines.append(line) }
      while TextWidth.columns(of: word) > columns {
        let head = TextWidth.prefix(word, columns: columns)
        if head.isEmpty { break }
        lines.append(head)
        word = String(word.unicodeScalars.dropFirst(head.unicodeScalars.count))
      }
      line = word
    }
    if !line.isEmpty { lines.append(line) }
    return lines
  }
}
