import FleetModel
import Yams

// New keys under the right parent, and keys that go.
extension PolicyEdition {
  /// Writes `names` (the missing end of `path`) below an entry; nil: at the top.
  mutating func insert(
    _ names: [String], _ value: PolicyValue, below parent: Entry?, path: String
  ) throws(ConfigurationError) {
    let branch = path.split(separator: ".").dropLast(names.count).joined(separator: ".")
    guard let node = parent?.value ?? root else { return appendAtEnd(names, value) }
    switch node {
    case .mapping(let mapping):
      let siblings = try entries(of: mapping)
      if let mark = mapping.mark, source.scalars[offset(mark)] == "{" {
        return try insertInFlow(names, value, mapping, branch, siblings)
      }
      try insertInBlock(names, value, siblings, branch, parent)
    case .scalar(let scalar) where YAMLText.isNull(scalar):
      guard let parent else { return appendAtEnd(names, value) }
      if parent.isInFlow { throw refusal(parent.key.mark, "\(branch) is empty inside braces") }
      let colon = try afterColon(parent)
      if let mark = scalar.mark, !scalar.string.isEmpty, let end = source.endOfValue(at: offset(mark)) {
        source.replace(colon..<end, with: "")
      }
      source.insert(lines(names, value, indent: parent.column + step), beforeLine: parent.line + 1)
    default: throw refusal(node.mark, "keys are wanted below \(branch.isEmpty ? "the top" : branch)")
    }
  }

  /// A key and the branches above it as lines.
  private func lines(_ names: [String], _ value: PolicyValue, indent: Int) -> [String] {
    var lines: [String] = []
    var pad = String(repeating: " ", count: indent)
    for name in names.dropLast() {
      lines.append("\(pad)\(name):")
      pad += String(repeating: " ", count: step)
    }
    let name = names.last ?? ""
    if let items = YAMLWriting.items(value), items.count > 1 {
      lines.append("\(pad)\(name):")
      pad += String(repeating: " ", count: step)
      lines += items.map { "\(pad)- \($0)" }
    } else {
      lines.append("\(pad)\(name): \(YAMLWriting.inline(value))")
    }
    return lines
  }

  private mutating func appendAtEnd(_ names: [String], _ value: PolicyValue) {
    var added = lines(names, value, indent: 0)
    // Below a file's comments, with a line between.
    if source.lineCount > 0, source.indent(ofLine: source.lineCount - 1) != nil,
      source.isComment(line: source.lineCount - 1)
    {
      added.insert("", at: 0)
    }
    source.insert(added, beforeLine: source.lineCount)
  }

  private mutating func insertInBlock(
    _ names: [String], _ value: PolicyValue, _ siblings: [Entry], _ branch: String, _ parent: Entry?
  ) throws(ConfigurationError) {
    guard let first = siblings.first else { throw refusal(parent?.key.mark, "nothing stands below \(branch)") }
    let name = names.first ?? ""
    let place = PolicyKey.index(of: branch.isEmpty ? name : branch + "." + name) ?? .max
    // A sibling the table does not know stays with the one before it.
    var before: Entry?
    var reached = -1
    for sibling in siblings {
      let path = branch.isEmpty ? sibling.key.string : branch + "." + sibling.key.string
      reached = PolicyKey.index(of: path) ?? reached
      if reached < place { before = sibling }
    }
    var added = lines(names, value, indent: first.column)
    let isTop = parent == nil
    if let before {
      var line = lastLine(before) + 1
      // Comments that stand deeper belong to what is above them.
      while line < source.lineCount, source.isComment(line: line), let indent = source.indent(ofLine: line),
        indent > first.column
      {
        line += 1
      }
      if isTop, setsSectionsApart(siblings) { added.insert("", at: 0) }
      source.insert(added, beforeLine: line)
    } else if let parent, parent.line < first.line {
      source.insert(added, beforeLine: parent.line + 1)
    } else {
      if isTop, setsSectionsApart(siblings) { added.append("") }
      source.insert(added, beforeLine: first.line)
    }
  }

  /// Whether blank lines part the sections of the file; a file with one section is not yet decided, and gets them.
  private func setsSectionsApart(_ sections: [Entry]) -> Bool {
    guard sections.count > 1 else { return true }
    return sections.dropFirst().contains { section in
      var line = section.line - 1
      while line >= 0, source.isComment(line: line) { line -= 1 }
      return line >= 0 && source.indent(ofLine: line) == nil
    }
  }

  private mutating func insertInFlow(
    _ names: [String], _ value: PolicyValue, _ mapping: Node.Mapping, _ branch: String, _ siblings: [Entry]
  ) throws(ConfigurationError) {
    guard let mark = mapping.mark, let flow = YAMLFlow(at: offset(mark), in: source) else {
      throw refusal(mapping.mark, "the braces of \(branch) do not close")
    }
    var text = YAMLWriting.inline(value)
    for name in names.reversed() { text = name == names.first ? "\(name): \(text)" : "{\(name): \(text)}" }
    if let last = flow.entries.last {
      source.replace(last.upperBound..<last.upperBound, with: ", " + text)
    } else {
      source.replace(offset(mark) + 1..<flow.end - 1, with: text)
    }
  }

  // MARK: Removing

  /// Removes a key, and the branches above it that are left with nothing; a key that is not there is no error.
  mutating func remove(_ key: PolicyKey) throws(ConfigurationError) {
    let trail = try trail(to: key.path)
    guard trail.count == key.path.split(separator: ".").count else { return }
    // Outwards, to the outermost branch that holds nothing else.
    var index = trail.count - 1
    while index > 0, case .mapping(let mapping) = trail[index - 1].value, mapping.count == 1,
      !hasComments(trail[index - 1], beside: trail[index])
    {
      index -= 1
    }
    let entry = trail[index]
    if entry.isInFlow { return try removeFromFlow(entry) }
    // Comments between the items of a list outlive it.
    for line in (entry.line...lastLine(entry)).reversed() where !source.isComment(line: line) {
      source.remove(lines: line...line)
    }
  }

  /// Whether comments stand below an entry that do not belong to the one entry in it.
  private func hasComments(_ outer: Entry, beside inner: Entry) -> Bool {
    if outer.isInFlow || inner.isInFlow { return false }
    let lines = outer.line...max(outer.line, lastLine(outer))
    if source.hasComment(in: lines) { return true }
    var line = lines.upperBound + 1
    while line < source.lineCount, let indent = source.indent(ofLine: line), source.isComment(line: line) {
      if indent > outer.column { return true }
      line += 1
    }
    // A comment behind the branch's own colon.
    return source.scalars[source.content(ofLine: outer.line)].contains("#")
  }

  private mutating func removeFromFlow(_ entry: Entry) throws(ConfigurationError) {
    let start = source.offset(line: entry.line, column: entry.column)
    // The innermost braces around the entry.
    var open = start
    while open > 0 {
      open -= 1
      guard source.scalars[open] == "{", let flow = YAMLFlow(at: open, in: source) else { continue }
      guard let index = flow.entries.firstIndex(where: { $0.lowerBound == start }) else { continue }
      if flow.hasComment { throw refusal(entry.key.mark, "comments stand between these braces") }
      let range =
        index + 1 < flow.entries.count
        ? flow.entries[index].lowerBound..<flow.entries[index + 1].lowerBound
        : (index > 0 ? flow.entries[index - 1].upperBound : open + 1)..<flow.entries[index].upperBound
      source.replace(range, with: "")
      return
    }
    throw refusal(entry.key.mark, "the braces around \(entry.key.string) were not found")
  }
}
