import FleetModel
import Yams

/// Changes keys of a policy file and nothing else: comments, order, blank lines and spelling of what was not asked for
/// stay. Every result is read again and compared before it is handed out.
package enum PolicyEditor {
  /// One change to one key; nil: remove it.
  package typealias Change = (key: PolicyKey, value: PolicyValue?)

  /// Reads edits as operators type them.
  /// - Throws: `ConfigurationError` for a key that does not exist or may not stand in this file, or a wrong value.
  package static func changes(_ edits: [PolicyEdit], scope: PolicyScope) throws(ConfigurationError) -> [Change] {
    var changes: [Change] = []
    for edit in edits {
      guard let key = PolicyKey.named(edit.key) else {
        throw .unknownKey(edit.key, nearest: PolicyKey.nearest(to: edit.key))
      }
      if key.isFleetOnly, scope == .machine { throw .fleetOnlyKey(key.path) }
      guard let text = edit.value else {
        changes.append((key, nil))
        continue
      }
      do { changes.append((key, try key.parse(text))) } catch { throw .badValue(error) }
    }
    return changes
  }

  /// The text of a file after changes; `file` is how messages name it.
  /// - Throws: `ConfigurationError.problems` where the text is not YAML, `.notEditable` where a change cannot be made
  ///   without touching more.
  package static func apply(
    _ changes: [Change], to text: String, file: String, scope: PolicyScope
  ) throws(ConfigurationError) -> String {
    guard var source = YAMLSource(text) else {
      throw .notEditable(PolicyPlace(file: file), why: "it holds line ends that are neither LF nor CR LF")
    }
    for change in changes {
      var edit = PolicyEdition(source: source, root: try root(of: source.body, file), file: file)
      if let value = change.value { try edit.set(change.key, to: value) } else { try edit.remove(change.key) }
      source = edit.source
    }
    try compare(text, source.text, changes, file, scope)
    return source.text
  }

  static func root(of text: String, _ file: String) throws(ConfigurationError) -> Node? {
    switch YAMLText.root(of: text, file: file) {
    case .success(let root): return root
    case .failure(let problem): throw .problems([problem])
    }
  }

  /// Reads before and after, and sees that what was asked for changed, and nothing else.
  private static func compare(
    _ before: String, _ after: String, _ changes: [Change], _ file: String, _ scope: PolicyScope
  ) throws(ConfigurationError) {
    let edited = Set(changes.map(\.key.path))
    let strange = ConfigurationError.notEditable(
      PolicyPlace(file: file),
      why: "its layout does not let \(edited.sorted().joined(separator: ", ")) be changed alone")
    guard case .success(let newRoot) = YAMLText.root(of: after, file: file) else { throw strange }
    var oldLeaves = YAMLLeaves(try root(of: before, file)), newLeaves = YAMLLeaves(newRoot)
    guard oldLeaves.isComplete, newLeaves.isComplete else { throw strange }
    for path in edited {
      oldLeaves.values[path] = nil
      newLeaves.values[path] = nil
    }
    guard oldLeaves.values == newLeaves.values else { throw strange }
    let reading = PolicyReader.read(after, file: file, scope: scope)
    var wanted: [String: PolicyValue?] = [:]
    for change in changes { wanted.updateValue(change.value, forKey: change.key.path) }
    for (path, value) in wanted where reading.document.value(path) != value { throw strange }
  }
}

/// What a file says in all its leaves, known to the table or not, for comparison.
private struct YAMLLeaves {
  indirect enum Value: Hashable {
    case scalar(String, isNull: Bool)
    case sequence([Value])
    case mapping([[Value]])
  }
  var values: [String: Value] = [:]
  /// False: the file refers to itself so often that it is not worth walking.
  private(set) var isComplete = true
  private var count = 0

  init(_ root: Node?) {
    if let root { add(root, "") }
  }

  private mutating func add(_ node: Node, _ path: String) {
    if case .mapping(let mapping) = node, path.isEmpty || PolicyKey.isBranch(path) {
      for (key, value) in mapping {
        let name = key.scalar?.string ?? "\(key)"
        add(value, path.isEmpty ? name : path + "." + name)
      }
      return
    }
    // A branch with nothing below it says nothing.
    if PolicyKey.isBranch(path), case .scalar(let scalar) = node, YAMLText.isNull(scalar) { return }
    if path.isEmpty, case .scalar(let scalar) = node, YAMLText.isNull(scalar) { return }
    values[path] = value(node)
  }

  private mutating func value(_ node: Node) -> Value {
    count += 1
    guard count < 20_000 else {
      isComplete = false
      return .sequence([])
    }
    switch node {
    case .scalar(let scalar): return .scalar(scalar.string, isNull: YAMLText.isNull(scalar))
    case .sequence(let sequence): return .sequence(sequence.map { value($0) })
    case .mapping(let mapping): return .mapping(mapping.map { [value($0.key), value($0.value)] })
    case .alias(let alias): return .scalar("*\(alias.anchor)", isNull: false)
    }
  }
}
