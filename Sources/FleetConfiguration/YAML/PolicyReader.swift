import FleetModel
import Yams

/// Whose policy a file holds.
package enum PolicyScope: Hashable, Sendable {
  /// defaults.yaml.
  case fleet
  case machine
}

/// What came of reading one policy file: all that is right in it, and all that is wrong.
package struct PolicyReading: Sendable {
  package var document: PolicyDocument
  /// In the order of the file.
  package var problems: [PolicyProblem]

  /// Whether the file can be put in force.
  package var isGood: Bool { !problems.contains { !$0.isWarning } }
}

/// Reads policy YAML against the table of keys; every error names file, line and column, and all are collected.
package enum PolicyReader {
  /// Reads a file's bytes; `file` is how messages name it.
  package static func read(bytes: [UInt8], file: String, scope: PolicyScope) -> PolicyReading {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      let (line, column) = firstInvalid(bytes)
      return PolicyReading(
        document: PolicyDocument(file: file),
        problems: [
          PolicyProblem(
            at: PolicyPlace(file: file, line: line, column: column), "this byte is not UTF-8; save the file as UTF-8")
        ])
    }
    return read(text, file: file, scope: scope)
  }

  /// Reads a file's text; `file` is how messages name it.
  package static func read(_ text: String, file: String, scope: PolicyScope) -> PolicyReading {
    var walk = PolicyWalk(file: file, scope: scope)
    switch YAMLText.root(of: text, file: file) {
    case .failure(let problem): walk.problems.append(problem)
    case .success(let root): walk.read(root)
    }
    return PolicyReading(document: walk.document, problems: walk.problems)
  }

  private static func firstInvalid(_ bytes: [UInt8]) -> (line: Int, column: Int) {
    var (line, column) = (1, 1)
    var rest = bytes.makeIterator()
    var parser = Unicode.UTF8.ForwardParser()
    while case .valid(let scalar) = parser.parseScalar(from: &rest) {
      column += 1
      if Unicode.UTF8.decode(scalar) == "\n" { (line, column) = (line + 1, 1) }
    }
    return (line, column)
  }
}

/// One walk over one file's tree.
private struct PolicyWalk {
  let scope: PolicyScope
  var document: PolicyDocument
  var problems: [PolicyProblem] = []

  init(file: String, scope: PolicyScope) {
    self.scope = scope
    document = PolicyDocument(file: file)
  }

  mutating func read(_ root: Node?) {
    switch root {
    case nil: break
    case .mapping(let mapping)?: read(mapping, below: "")
    case .scalar(let scalar)? where YAMLText.isNull(scalar): break
    case let node?:
      report(node, "", "keys are wanted here, such as health_monitoring:; allowed: \(list(PolicyKey.children(of: "")))")
    }
  }

  private mutating func read(_ mapping: Node.Mapping, below branch: String) {
    for (keyNode, value) in mapping {
      guard case .scalar(let key) = keyNode else {
        report(keyNode, branch, "a key must be a word")
        continue
      }
      let path = branch.isEmpty ? key.string : branch + "." + key.string
      if let row = PolicyKey.named(path) {
        if row.isFleetOnly, scope == .machine {
          report(keyNode, path, "\(path) is said for the whole fleet: move it to defaults.yaml")
        } else {
          read(value, of: row, named: keyNode)
        }
      } else if PolicyKey.isBranch(path) {
        switch value {
        case .mapping(let mapping): read(mapping, below: path)
        case .scalar(let scalar) where YAMLText.isNull(scalar): break
        default: report(value, path, "keys are wanted below \(path); allowed: \(list(PolicyKey.children(of: path)))")
        }
      } else {
        reportUnknown(key.string, keyNode, path, below: branch)
      }
    }
  }

  private mutating func read(_ node: Node, of key: PolicyKey, named keyNode: Node) {
    // An empty value has no place of its own worth showing.
    if case .scalar(let scalar) = node, YAMLText.isNull(scalar) {
      report(keyNode, key.path, "\(key.path) has no value: give one, or remove the line; allowed: \(key.kind.allowed)")
      return
    }
    do throws(PlacedError) {
      let value = try PolicyNodeValue.value(of: node, for: key)
      document.entries[key.path] = PolicyDocument.Entry(value: value, place: place(node.mark))
    } catch {
      report(at: error.mark, key.path, error.error.description)
    }
  }

  private mutating func reportUnknown(_ name: String, _ node: Node, _ path: String, below branch: String) {
    let siblings = PolicyKey.children(of: branch)
    let hint: String
    if let sibling = NearestName.nearest(to: name, in: siblings) {
      hint = "did you mean \(sibling)?"
    } else if name == "<<" {
      hint = "merge keys are not understood: write the values out"
    } else if let elsewhere = PolicyKey.nearest(to: path) {
      hint = "did you mean \(elsewhere)?"
    } else {
      hint = "allowed here: \(list(siblings))"
    }
    let shown = SafeText.line(name.count > 80 ? String(name.prefix(79)) + "…" : name)
    let parent = branch.isEmpty ? "" : " below \(branch)"
    report(node, path, "unknown key \"\(shown)\"\(parent); \(hint)")
  }

  private func list(_ names: [String]) -> String { names.joined(separator: ", ") }

  private func place(_ mark: Mark?) -> PolicyPlace {
    PolicyPlace(file: document.file, line: mark?.line ?? 0, column: mark?.column ?? 0)
  }

  private mutating func report(_ node: Node, _ path: String, _ message: String) {
    report(at: node.mark, path, message)
  }

  private mutating func report(at mark: Mark?, _ path: String, _ message: String) {
    problems.append(PolicyProblem(at: place(mark), key: path, message))
  }
}

/// An error at a place.
struct PlacedError: Error {
  var mark: Mark?
  var error: PolicyValueError
}

/// Turns YAML nodes into values of keys.
enum PolicyNodeValue {
  static func value(of node: Node, for key: PolicyKey) throws(PlacedError) -> PolicyValue {
    switch key.kind {
    case .hooks: .hooks(try items(of: node).map { item throws(PlacedError) in try hook(item, key.path) })
    case .list: try list(node, key)
    default: try placed(node) { () throws(PolicyValueError) in try key.parse(try scalar(node, key)) }
    }
  }

  /// The items of a sequence; a single value is a list of one.
  static func items(of node: Node) -> [Node] {
    if case .sequence(let sequence) = node { Array(sequence) } else { [node] }
  }

  private static func list(_ node: Node, _ key: PolicyKey) throws(PlacedError) -> PolicyValue {
    var texts: [String] = []
    for item in items(of: node) {
      let text = try placed(item) { () throws(PolicyValueError) in try scalar(item, key) }
      _ = try placed(item) { () throws(PolicyValueError) in try key.kind.parse(items: [text], key: key.path) }
      texts.append(text)
    }
    return try placed(node) { () throws(PolicyValueError) in try key.kind.parse(items: texts, key: key.path) }
  }

  static func hook(_ node: Node, _ key: String) throws(PlacedError) -> HookRegistration {
    switch node {
    case .scalar(let scalar):
      return try placed(node) { () throws(PolicyValueError) in try HookRegistration(checking: scalar.string, key: key) }
    case .mapping(let mapping):
      guard let path = mapping.first(where: { $0.key.scalar?.string == "path" })?.value, let text = path.scalar?.string
      else { throw wrong(node, key, "a hook needs a path", "path, timeout, veto") }
      var hook = try placed(path) { () throws(PolicyValueError) in try HookRegistration(checking: text, key: key) }
      for (name, value) in mapping where name.scalar?.string != "path" {
        guard let option = name.scalar?.string, let text = value.scalar?.string else {
          throw wrong(value, key, "one value is wanted here", "path, timeout, veto")
        }
        let isKnown = HookRegistration.options.contains(option)
        try placed(isKnown ? value : name) { () throws(PolicyValueError) in
          try hook.set(option, to: text, key: key)
        }
      }
      return hook
    default: throw wrong(node, key, "a list inside a list is given", PolicyValueKind.hooks.allowed)
    }
  }

  private static func scalar(_ node: Node, _ key: PolicyKey) throws(PolicyValueError) -> String {
    switch node {
    case .scalar(let scalar): return scalar.string
    case .sequence:
      throw PolicyValueError(
        key: key.path, problem: "a list is given where one value is wanted", allowed: key.kind.allowed)
    default:
      throw PolicyValueError(
        key: key.path, problem: "keys are given where a value is wanted", allowed: key.kind.allowed)
    }
  }

  private static func wrong(_ node: Node, _ key: String, _ problem: String, _ allowed: String) -> PlacedError {
    PlacedError(mark: node.mark, error: PolicyValueError(key: key, problem: problem, allowed: allowed))
  }

  private static func placed<Value>(
    _ node: Node, _ body: () throws(PolicyValueError) -> Value
  ) throws(PlacedError) -> Value {
    do { return try body() } catch { throw PlacedError(mark: node.mark, error: error) }
  }
}
