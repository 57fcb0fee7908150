/// YAML text as lines and places, for edits that leave everything else as it stands.
///
/// Places are offsets into the Unicode scalars of the text, which is how the parser counts columns.
struct YAMLSource {
  private(set) var scalars: [Unicode.Scalar]
  /// Offset of each line's first scalar.
  private(set) var lineStarts: [Int]
  /// `\r\n` where the text's first line ends so.
  let newline: [Unicode.Scalar]
  private let hasByteOrderMark: Bool

  /// nil: the text holds line ends that other programs and the parser count differently.
  init?(_ text: String) {
    var scalars = Array(text.unicodeScalars)
    hasByteOrderMark = scalars.first == "\u{feff}"
    if hasByteOrderMark { scalars.removeFirst() }
    let strange = scalars.indices.contains { index in
      switch scalars[index] {
      case "\u{85}", "\u{2028}", "\u{2029}": true
      case "\r": index + 1 == scalars.count || scalars[index + 1] != "\n"
      default: false
      }
    }
    if strange { return nil }
    newline = scalars.firstIndex(of: "\n").map { $0 > 0 && scalars[$0 - 1] == "\r" } == true ? ["\r", "\n"] : ["\n"]
    self.scalars = scalars
    lineStarts = []
    countLines()
  }

  var text: String { (hasByteOrderMark ? "\u{feff}" : "") + body }

  /// The text as the parser is to see it.
  var body: String {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars)
    return String(view)
  }

  private mutating func countLines() {
    lineStarts = [0]
    for (index, scalar) in scalars.enumerated() where scalar == "\n" { lineStarts.append(index + 1) }
    if lineStarts.last == scalars.count, lineStarts.count > 1 { lineStarts.removeLast() }
  }

  var lineCount: Int { scalars.isEmpty ? 0 : lineStarts.count }

  /// The offsets of a line (from 0) without its line end.
  func content(ofLine line: Int) -> Range<Int> {
    var end = fullRange(ofLine: line).upperBound
    while end > lineStarts[line], scalars[end - 1] == "\n" || scalars[end - 1] == "\r" { end -= 1 }
    return lineStarts[line]..<end
  }

  /// The offsets of a line (from 0) with its line end.
  func fullRange(ofLine line: Int) -> Range<Int> {
    lineStarts[line]..<(line + 1 < lineStarts.count ? lineStarts[line + 1] : scalars.count)
  }

  func offset(line: Int, column: Int) -> Int { lineStarts[line] + column }

  /// The line (from 0) an offset lies in.
  func line(of offset: Int) -> Int { (lineStarts.lastIndex { $0 <= offset }) ?? 0 }

  /// Blanks before the first character; nil: nothing but blanks.
  func indent(ofLine line: Int) -> Int? {
    let range = content(ofLine: line)
    return scalars[range].firstIndex { $0 != " " && $0 != "\t" }.map { $0 - range.lowerBound }
  }

  func isComment(line: Int) -> Bool {
    indent(ofLine: line).map { scalars[lineStarts[line] + $0] == "#" } ?? false
  }

  /// Whether a line begins with a list's dash at this indent.
  func isItem(line: Int, indent: Int) -> Bool {
    guard self.indent(ofLine: line) == indent else { return false }
    let range = content(ofLine: line)
    let dash = range.lowerBound + indent
    return scalars[dash] == "-" && (dash + 1 == range.upperBound || scalars[dash + 1] == " ")
  }

  /// The last line with content of an entry that begins at `line` and `indent`: what follows deeper belongs to it;
  /// `hasItems`: also list items at the same depth.
  func lastLine(ofEntryAt line: Int, indent: Int, hasItems: Bool) -> Int {
    var last = line
    for next in (line + 1)..<max(line + 1, lineCount) {
      guard let depth = self.indent(ofLine: next), !isComment(line: next) else { continue }
      guard depth > indent || (hasItems && isItem(line: next, indent: indent)) else { break }
      last = next
    }
    return last
  }

  mutating func replace(_ range: Range<Int>, with text: String) {
    scalars.replaceSubrange(range, with: text.unicodeScalars)
    countLines()
  }

  /// Inserts whole lines (without line ends) before a line (from 0); `lineCount`: at the end.
  mutating func insert(_ lines: [String], beforeLine line: Int) {
    var added: [Unicode.Scalar] = []
    if line == lineCount, let last = scalars.last, last != "\n" { added += newline }
    for text in lines { added += Array(text.unicodeScalars) + newline }
    let place = line < lineCount ? lineStarts[line] : scalars.count
    scalars.insert(contentsOf: added, at: place)
    countLines()
  }

  /// Removes whole lines (from 0).
  mutating func remove(lines: ClosedRange<Int>) {
    scalars.removeSubrange(
      fullRange(ofLine: lines.lowerBound).lowerBound..<fullRange(ofLine: lines.upperBound).upperBound)
    countLines()
  }

  /// Whether any line of a range but the first is a comment.
  func hasComment(in lines: ClosedRange<Int>) -> Bool { lines.contains { isComment(line: $0) } }

  /// Where a value that begins at `start` ends on its line: after its closing quote or bracket, or before a comment.
  /// nil: it goes on below.
  func endOfValue(at start: Int) -> Int? {
    let end = content(ofLine: line(of: start)).upperBound
    guard start < end else { return start }
    switch scalars[start] {
    case "\"", "'": return endOfQuote(at: start).flatMap { $0 <= end ? $0 : nil }
    case "[", "{":
      guard let flow = YAMLFlow(at: start, in: self), flow.end <= end else { return nil }
      return flow.end
    case "|", ">": return nil
    default:
      var index = start
      while index < end, !(scalars[index] == "#" && isBlank(scalars[index - 1])) { index += 1 }
      while index > start, isBlank(scalars[index - 1]) { index -= 1 }
      return index
    }
  }

  /// The offset after the closing quote of a quoted text; nil: it is never closed.
  func endOfQuote(at start: Int) -> Int? {
    let quote = scalars[start]
    var index = start + 1
    while index < scalars.count {
      if scalars[index] == "\\", quote == "\"" {
        index += 1
      } else if scalars[index] == quote {
        guard quote == "'", index + 1 < scalars.count, scalars[index + 1] == "'" else { return index + 1 }
        index += 1
      }
      index += 1
    }
    return nil
  }

  func isBlank(_ scalar: Unicode.Scalar) -> Bool { scalar == " " || scalar == "\t" }
}

/// The entries of a `{…}` or `[…]`, by their places.
struct YAMLFlow {
  /// Offsets of each entry without the blanks around it.
  private(set) var entries: [Range<Int>] = []
  /// Offset after the closing bracket.
  private(set) var end: Int
  /// Whether a comment stands inside.
  private(set) var hasComment = false

  /// nil: the brackets do not close.
  init?(at start: Int, in source: YAMLSource) {
    var depth = 0
    var entryStart = start + 1
    var index = start
    end = start
    while index < source.scalars.count {
      switch source.scalars[index] {
      case "[", "{": depth += 1
      case "]", "}":
        depth -= 1
        if depth == 0 {
          add(entryStart..<index, source)
          end = index + 1
          return
        }
      case ",":
        if depth == 1 {
          add(entryStart..<index, source)
          entryStart = index + 1
        }
      case "\"", "'":
        // A quote inside a word is part of it.
        let before = source.scalars[index - 1]
        if source.isBlank(before) || "[{,:\n".unicodeScalars.contains(before) {
          guard let close = source.endOfQuote(at: index) else { return nil }
          index = close - 1
        }
      case "#":
        if source.isBlank(source.scalars[index - 1]) || source.scalars[index - 1] == "\n" {
          hasComment = true
          while index + 1 < source.scalars.count, source.scalars[index + 1] != "\n" { index += 1 }
        }
      default: break
      }
      index += 1
    }
    return nil
  }

  private mutating func add(_ range: Range<Int>, _ source: YAMLSource) {
    let isSpace: (Int) -> Bool = { " \t\r\n".unicodeScalars.contains(source.scalars[$0]) }
    guard let first = range.first(where: { !isSpace($0) }), let last = range.last(where: { !isSpace($0) }) else {
      return
    }
    entries.append(first..<(last + 1))
  }
}
