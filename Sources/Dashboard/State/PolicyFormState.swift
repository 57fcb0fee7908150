import FleetModel

/// The rows of the policy form: headings and the keys a VM's file may hold.
package enum PolicyRows {
  package enum Row: Sendable {
    case heading(PolicySection)
    case key(PolicyKey)

    package var key: PolicyKey? { if case .key(let key) = self { key } else { nil } }
  }

  package static let all: [Row] = PolicySection.allCases.flatMap { section -> [Row] in
    let keys = section.keys.filter { !$0.isFleetOnly }
    return keys.isEmpty ? [] : [.heading(section)] + keys.map { .key($0) }
  }

  /// The row of a key nearest to `row` in the direction of travel; headings are passed over.
  static func keyRow(near row: Int, goingDown: Bool) -> Int {
    let row = min(max(0, row), all.count - 1)
    let below = all.indices[row...].first { all[$0].key != nil }
    let above = all.indices[...row].last { all[$0].key != nil }
    return (goingDown ? below ?? above : above ?? below) ?? 0
  }
}

/// The policy form: which key is under the cursor, what is being typed, and what has been changed but not saved.
package struct PolicyFormState: Hashable, Sendable {
  /// Lines under the rows that explain the key under the cursor.
  package static let footerRows = 3

  /// A value being typed.
  package struct Entry: Hashable, Sendable {
    package var path: String
    package var field: TextField
    /// Why what was typed cannot be saved; nil: it can.
    package var problem: String?
  }

  /// The machine the form is about.
  package private(set) var machine: MachineID?
  package var cursor = ListCursor()
  package internal(set) var entry: Entry?
  /// Changes that wait to be saved, by key; a nil value takes the key out of the file.
  package private(set) var pending: [String: String?] = [:]

  package init() { cursor.row = PolicyRows.keyRow(near: 0, goingDown: true) }

  /// The key under the cursor.
  package var key: PolicyKey? {
    PolicyRows.all.indices.contains(cursor.row) ? PolicyRows.all[cursor.row].key : nil
  }

  /// Turns the form to another machine; changes that are not saved hold it to theirs.
  mutating func show(_ machine: MachineID?) {
    guard pending.isEmpty, entry == nil else { return }
    self.machine = machine
  }

  mutating func move(by rows: Int, visible: Int) {
    let target = PolicyRows.keyRow(near: cursor.row + rows, goingDown: rows > 0)
    cursor.row = target
    // The heading above the first key of a section stays in sight with it.
    let shown = target > 0 && PolicyRows.all[target - 1].key == nil ? target - 1 : target
    cursor.offset = ListCursor.offset(cursor.offset, showing: shown, count: PolicyRows.all.count, visible: visible)
    cursor.offset = ListCursor.offset(cursor.offset, showing: target, count: PolicyRows.all.count, visible: visible)
  }

  mutating func change(_ path: String, to value: String?) { pending[path] = .some(value) }

  mutating func undo(_ path: String) { pending.removeValue(forKey: path) }

  mutating func discard() {
    pending = [:]
    entry = nil
  }

  /// The changes in the order of the policy table.
  package var edits: [PolicyEdit] {
    PolicyKey.all.compactMap { key in pending[key.path].map { PolicyEdit(key: key.path, value: $0) } }
  }

  /// The policy as it would be with the changes; keys taken out of the file are left as they are, for the layer below
  /// is known to the engine only.
  package func preview(_ policy: Policy) -> Policy {
    var policy = policy
    for (path, value) in pending {
      if let value, let parsed = try? PolicyKey.named(path)?.parse(value) {
        PolicyKey.named(path)?.set(parsed, in: &policy)
      }
    }
    return policy
  }

  /// What would be wrong with a value of a key; nil: nothing this screen can see.
  package func problem(with text: String, for key: PolicyKey, in policy: Policy) -> String? {
    var changed = preview(policy)
    do {
      try key.set(text, in: &changed)
    } catch {
      return error.sentence
    }
    let limits = changed.thresholds
    let pairs = [
      ("disk", limits.disk), ("memory", limits.memory), ("cpu", limits.cpu), ("iowait", limits.ioWait),
    ]
    for (name, pair) in pairs where key.path.hasPrefix("thresholds.\(name)_") && pair.warning >= pair.critical {
      return "the warning (\(pair.warning)) must be below the critical level (\(pair.critical))"
    }
    return nil
  }

  mutating func paste(_ text: String, policy: Policy?) {
    guard entry != nil else { return }
    entry?.field.insert(text)
    if let policy { validate(in: policy) }
  }

  mutating func validate(in policy: Policy) {
    guard let entry, let key = PolicyKey.named(entry.path) else { return }
    // An empty value means: take the key out.
    let text = entry.field.text
    let problem = text.isEmpty ? nil : problem(with: text, for: key, in: policy)
    self.entry?.problem = problem
  }

  func discardQuestion(then: Question.AfterDiscard) -> Question {
    let count = pending.count
    return Question(
      title: "discard changes",
      lines: ["\(count) \(count == 1 ? "change is" : "changes are") not saved. Saving is w in the form."],
      verb: "discard", consequence: .discardPolicyEdits(then: then))
  }
}
