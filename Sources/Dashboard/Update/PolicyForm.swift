import FleetModel
import Terminal

extension DashboardState {
  /// The machine the form is about, as the snapshot has it.
  package var formMachine: MachineSnapshot? {
    guard let id = form.machine else { return nil }
    if let selected = selectedMachine, selected.id == id { return selected }
    return machines.first { $0.id == id }
  }

  func formAvailability(of action: Action) -> Availability {
    guard let machine = formMachine else { return .disabled("no VM is selected") }
    guard let key = form.key else { return .disabled("no key is selected") }
    switch action {
    case .resetValue:
      if case .some(.some) = form.pending[key.path] { return .available }
      return machine.policy.origin(of: key.path) == .machine ? .available : .disabled("it is not in the VM's file")
    case .undoEdit:
      return form.pending[key.path] == nil ? .disabled("this key was not changed") : .available
    case .savePolicy: return form.pending.isEmpty ? .disabled("nothing was changed") : .available
    default: return .available
    }
  }

  /// Enter on a key: switches flip, choices go to the next word, the rest is typed.
  mutating func beginEdit(at now: Moment) {
    guard let key = form.key, let machine = formMachine else { return }
    let policy = form.preview(machine.policy.policy)
    switch (key.kind, key.value(of: policy)) {
    case (.flag, .flag(let isOn)): change(key, to: isOn ? "false" : "true", machine)
    case (.choice(let words), .text(let word)) where !words.isEmpty:
      let next = words.firstIndex(of: word).map { ($0 + 1) % words.count } ?? 0
      change(key, to: words[next], machine)
    default:
      // A literal secret is never shown: it is typed anew.
      let text = key.kind.isSecret ? "" : key.text(of: policy)
      form.entry = PolicyFormState.Entry(path: key.path, field: TextField(text), problem: nil)
    }
  }

  /// Notes a change; one back to what is in force is no change.
  private mutating func change(_ key: PolicyKey, to text: String, _ machine: MachineSnapshot) {
    if key.text(of: machine.policy.policy) == text, !key.kind.isSecret {
      form.undo(key.path)
    } else {
      form.change(key.path, to: text)
    }
  }

  mutating func resetValue(at now: Moment) {
    guard let key = form.key, let machine = formMachine else { return }
    if machine.policy.origin(of: key.path) == .machine {
      form.change(key.path, to: nil)
    } else {
      form.undo(key.path)
    }
  }

  mutating func undoEdit() {
    if let key = form.key { form.undo(key.path) }
  }

  /// A key while a value is being typed.
  mutating func pressInForm(_ key: Key, at now: Moment) -> [DashboardEffect]? {
    guard let entry = form.entry, let policyKey = PolicyKey.named(entry.path), let machine = formMachine else {
      form.entry = nil
      return nil
    }
    switch key {
    case .control("c"): return [.quit]
    case .escape: form.entry = nil
    case .enter:
      if entry.problem != nil { break }
      form.entry = nil
      if entry.field.text.isEmpty {
        resetValue(at: now)
      } else {
        change(policyKey, to: entry.field.text, machine)
      }
    default:
      if form.entry?.field.handle(key) == true { form.validate(in: machine.policy.policy) }
    }
    return []
  }

  mutating func openPolicyDiff(at now: Moment) {
    guard let machine = formMachine else { return }
    layers.append(
      .policyDiff(PolicyDiff(machine: machine.id, name: machine.machine.name, edits: form.edits)))
  }

  /// A key while the changes are shown.
  mutating func press(_ key: Key, in diff: PolicyDiff, at now: Moment) -> [DashboardEffect] {
    switch key {
    case .character("y"), .character("Y"):
      if diff.isSaving { return [] }
      var diff = diff
      diff.isSaving = true
      diff.refusal = nil
      replaceLayer(.policyDiff(diff))
      return submit(.edit(diff.machine, diff.edits))
    case .escape, .character("n"), .character("N"), .character("q"), .enter: return closeLayer()
    default: return []
    }
  }

  /// The engine answered a save.
  /// - Returns: false: the dialog it belongs to is closed, so that the answer has to be shown elsewhere.
  mutating func policySaved(
    _ machine: MachineID, _ result: Result<String, CommandRefusal>, at now: Moment
  ) -> Bool {
    let place = layers.lastIndex {
      if case .policyDiff(let diff) = $0 { diff.machine == machine && diff.isSaving } else { false }
    }
    switch result {
    case .success(let text):
      if form.machine == machine { form.discard() }
      if let place { layers.remove(at: place) }
      form.show(table.selected)
      say(text, .success, at: now)
    case .failure(let refusal):
      guard let place, case .policyDiff(var diff) = layers[place] else { return false }
      diff.isSaving = false
      diff.refusal = refusal.description
      layers[place] = .policyDiff(diff)
    }
    return true
  }
}
