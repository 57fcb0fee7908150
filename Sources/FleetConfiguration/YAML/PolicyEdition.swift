import FleetModel
import Yams

/// One change under way: the text, and the tree it was read into.
struct PolicyEdition {
  var source: YAMLSource
  let root: Node?
  let file: String

  /// An entry of a mapping, by its places in the text (lines and columns from 0).
  struct Entry {
    let key: Node.Scalar
    let value: Node
    let line: Int
    let column: Int
    /// It stands in `{…}`.
    let isInFlow: Bool
  }

  // MARK: Finding

  /// The entries of a mapping in the order of the text.
  func entries(of mapping: Node.Mapping) throws(ConfigurationError) -> [Entry] {
    let isInFlow = mapping.mark.map { source.scalars[offset($0)] == "{" } ?? false
    var entries: [Entry] = []
    for (key, value) in mapping {
      guard case .scalar(let scalar) = key, let mark = scalar.mark else {
        throw refusal(key.mark, "a key here is not a word")
      }
      entries.append(
        Entry(key: scalar, value: value, line: mark.line - 1, column: mark.column - 1, isInFlow: isInFlow))
    }
    return entries
  }

  /// The entries that lead to a path, outermost first, as far as they exist.
  func trail(to path: String) throws(ConfigurationError) -> [Entry] {
    var trail: [Entry] = []
    var node = root
    for name in path.split(separator: ".") {
      guard case .mapping(let mapping)? = node else { break }
      guard let entry = try entries(of: mapping).first(where: { $0.key.string == name }) else { break }
      trail.append(entry)
      node = entry.value
    }
    return trail
  }

  func offset(_ mark: Mark) -> Int { source.offset(line: mark.line - 1, column: mark.column - 1) }

  func refusal(_ mark: Mark?, _ why: String) -> ConfigurationError {
    .notEditable(PolicyPlace(file: file, line: mark?.line ?? 0, column: mark?.column ?? 0), why: why)
  }

  /// The offset after an entry's colon.
  func afterColon(_ entry: Entry) throws(ConfigurationError) -> Int {
    let start = source.offset(line: entry.line, column: entry.column)
    var index = start
    if entry.key.style == .plain {
      index += entry.key.string.unicodeScalars.count
    } else if let end = source.endOfQuote(at: start) {
      index = end
    }
    while index < source.scalars.count, source.isBlank(source.scalars[index]) { index += 1 }
    guard index < source.scalars.count, source.scalars[index] == ":" else {
      throw refusal(entry.key.mark, "the key and its colon do not stand together")
    }
    return index + 1
  }

  func isNull(_ node: Node) -> Bool {
    if case .scalar(let scalar) = node { YAMLText.isNull(scalar) } else { false }
  }

  /// The last line of an entry.
  func lastLine(_ entry: Entry) -> Int {
    var hasItems = false
    if let mark = entry.value.mark, !isNull(entry.value) {
      let start = offset(mark)
      if source.scalars[start] == "{" || source.scalars[start] == "[", let flow = YAMLFlow(at: start, in: source) {
        return source.line(of: flow.end - 1)
      }
      if case .sequence = entry.value { hasItems = true }
    }
    return source.lastLine(ofEntryAt: entry.line, indent: entry.column, hasItems: hasItems)
  }

  // MARK: Setting

  mutating func set(_ key: PolicyKey, to value: PolicyValue) throws(ConfigurationError) {
    let trail = try trail(to: key.path)
    let names = key.path.split(separator: ".").map(String.init)
    if trail.count == names.count {
      try replace(trail[trail.count - 1], key, value)
    } else {
      try insert(Array(names[trail.count...]), value, below: trail.last, path: key.path)
    }
  }

  private mutating func replace(_ entry: Entry, _ key: PolicyKey, _ value: PolicyValue) throws(ConfigurationError) {
    let colon = try afterColon(entry)
    if isNull(entry.value) {
      let end = source.endOfValue(at: entry.value.mark.map { max(colon, offset($0)) } ?? colon) ?? colon
      return try put(value, key, entry, at: colon..<max(colon, end), quotes: .none)
    }
    guard let mark = entry.value.mark, offset(mark) >= colon else {
      throw refusal(entry.key.mark, "the value stands elsewhere, behind an alias")
    }
    if case .sequence(let sequence) = entry.value, source.scalars[offset(mark)] != "[",
      let items = YAMLWriting.items(value)
    {
      return try replaceItems(of: sequence, entry, key, value, items)
    }
    if let end = source.endOfValue(at: offset(mark)) {
      // A plain text may go on in the next line.
      if case .scalar(let scalar) = entry.value, scalar.style == .plain, lastLine(entry) != entry.line, !entry.isInFlow
      {
        throw refusal(mark, "the value of \(key.path) spans several lines")
      }
      let flowEnd = entry.isInFlow ? endInFlow(from: offset(mark), atMost: end) : end
      return try put(value, key, entry, at: colon..<flowEnd, quotes: quotes(entry.value))
    }
    let lines = entry.line...lastLine(entry)
    if entry.isInFlow || source.hasComment(in: lines) {
      throw refusal(mark, "the value of \(key.path) spans several lines with comments between them")
    }
    source.replace(colon..<source.content(ofLine: lines.upperBound).upperBound, with: "")
    try put(value, key, entry, at: colon..<colon, quotes: .none)
  }

  /// Where a plain value inside `{…}` ends: before the next comma or bracket.
  private func endInFlow(from start: Int, atMost end: Int) -> Int {
    if "\"'[{".unicodeScalars.contains(source.scalars[start]) { return end }
    var index = start
    while index < end, !",}]".unicodeScalars.contains(source.scalars[index]) { index += 1 }
    while index > start, source.isBlank(source.scalars[index - 1]) { index -= 1 }
    return index
  }

  private func quotes(_ node: Node) -> YAMLWriting.Quotes {
    guard case .scalar(let scalar) = node else { return .none }
    switch scalar.style {
    case .singleQuoted: return .single
    case .doubleQuoted: return .double
    default: return .none
    }
  }

  /// Writes a value over what stands between an entry's colon and the end of its old value.
  private mutating func put(
    _ value: PolicyValue, _ key: PolicyKey, _ entry: Entry, at range: Range<Int>, quotes: YAMLWriting.Quotes
  ) throws(ConfigurationError) {
    let wasFlow =
      entry.value.mark.map { offset($0) < source.scalars.count && source.scalars[offset($0)] == "[" } ?? false
    if let items = YAMLWriting.items(value), items.count > 1, !entry.isInFlow, !wasFlow {
      source.replace(range, with: "")
      let indent = String(repeating: " ", count: entry.column + step)
      source.insert(items.map { indent + "- " + $0 }, beforeLine: entry.line + 1)
      return
    }
    var text = YAMLWriting.inline(value, quotes: quotes)
    if wasFlow, let items = YAMLWriting.items(value) { text = "[" + items.joined(separator: ", ") + "]" }
    source.replace(range, with: " " + text)
  }

  /// Keeps the lines of items that stay, removes those that go, adds those that come.
  private mutating func replaceItems(
    of sequence: Node.Sequence, _ entry: Entry, _ key: PolicyKey, _ value: PolicyValue, _ texts: [String]
  ) throws(ConfigurationError) {
    let nodes = Array(sequence)
    let lines = nodes.compactMap { $0.mark.map { $0.line - 1 } }
    guard let first = lines.first, lines.count == nodes.count, let indent = source.indent(ofLine: first),
      lines.allSatisfy({ source.isItem(line: $0, indent: indent) })
    else { throw refusal(entry.value.mark, "the items of \(key.path) do not each begin a line") }
    let old = nodes.map { node in
      (try? PolicyNodeValue.value(of: node, for: key)).flatMap { YAMLWriting.items($0)?.first }
    }
    // The longest way through both lists that keeps the order.
    let kept = texts.difference(from: old.map { $0 ?? "" })
    let gone = Set(
      kept.removals.compactMap { change in if case .remove(let offset, _, _) = change { offset } else { nil } })
    let come = Set(
      kept.insertions.compactMap { change in if case .insert(let offset, _, _) = change { offset } else { nil } })
    let staying = nodes.indices.filter { !gone.contains($0) }
    // From the last to the first, so that line numbers before the place stay true.
    var next = staying.count
    var pending: [String] = []
    let pad = String(repeating: " ", count: indent) + "- "
    var operations: [(line: Int, insert: [String], remove: ClosedRange<Int>?)] = []
    func last(_ index: Int) -> Int { source.lastLine(ofEntryAt: lines[index], indent: indent, hasItems: false) }
    for index in texts.indices.reversed() {
      if come.contains(index) {
        pending.insert(pad + texts[index], at: 0)
      } else {
        next -= 1
        operations.append((last(staying[next]) + 1, pending, nil))
        pending = []
      }
    }
    operations.append((first, pending, nil))
    for index in gone { operations.append((lines[index], [], lines[index]...last(index))) }
    for operation in operations.sorted(by: { ($0.line, $0.remove == nil ? 0 : 1) > ($1.line, $1.remove == nil ? 0 : 1) }
    ) {
      if let lines = operation.remove { source.remove(lines: lines) }
      if !operation.insert.isEmpty { source.insert(operation.insert, beforeLine: operation.line) }
    }
  }

  /// Blanks from one depth to the next: what the file does first, else two.
  var step: Int {
    guard case .mapping(let mapping)? = root else { return 2 }
    for (key, value) in mapping {
      guard case .mapping(let inner) = value, let outer = key.mark, let mark = inner.first?.key.mark,
        mark.line > outer.line, mark.column > outer.column
      else { continue }
      return mark.column - outer.column
    }
    return 2
  }
}
