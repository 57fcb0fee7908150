import FleetModel
import Terminal

/// What a screen becomes with one event, and what it asks of the world: pure.
package func update(
  _ state: DashboardState, _ event: DashboardEvent, at now: Moment
) -> (state: DashboardState, effects: [DashboardEffect]) {
  var state = state
  let effects = state.handle(event, at: now)
  return (state, effects)
}

extension DashboardState {
  /// Takes one event; `update` in place.
  package mutating func handle(_ event: DashboardEvent, at now: Moment) -> [DashboardEffect] {
    expireToast(at: now)
    switch event {
    case .input(let input): return handle(input, at: now)
    case .snapshot(let snapshot): return absorb(snapshot, at: now)
    case .plan(let machine, let result): planArrived(machine, result)
    case .answer(let command, let result): answered(command, result, at: now)
    case .engineLost: lostEngine = lostEngine ?? now.fleet
    case .tick:
      table.arrangeIfCalm(machines, at: now.operatorTime, lastKey: lastKey, visible: visibleRows(.table))
      settleSelection(at: now)
    }
    return []
  }

  /// Lets the panes follow the selection once it rests.
  private mutating func settleSelection(at now: Moment) {
    guard isSelectionMoving else { return }
    let hasRested = now.operatorTime - lastKey >= Self.restingTime
    if hasRested || !machines.contains(where: { $0.id == shownMachine }) { selectionMayHaveMoved() }
  }

  private mutating func expireToast(at now: Moment) {
    if let shown = toast, shown.until <= now.operatorTime { toast = nil }
  }

  private mutating func absorb(_ new: FleetSnapshot, at now: Moment) -> [DashboardEffect] {
    let previous = machines
    lostEngine = nil
    snapshot = new
    counts = VerdictCounts(new.machines)
    table.absorb(
      new.machines, after: previous, at: now.operatorTime, lastKey: lastKey, visible: visibleRows(.table))
    settleSelection(at: now)
    return refreshPlan(previous, at: now)
  }

  private mutating func handle(_ input: TerminalInput, at now: Moment) -> [DashboardEffect] {
    switch input {
    case .key(let key):
      keysAreQuick = now.operatorTime - lastKey < Self.quickKeys
      lastKey = now.operatorTime
      return press(key, at: now)
    case .paste(let text):
      // Pasted text goes into text entry and nowhere else: it can never fire an action.
      lastKey = now.operatorTime
      paste(text, at: now)
      return []
    case .resize(let size):
      self.size = size
      clampAll()
      return []
    case .resumed: return [.repaint]
    case .hangUp, .terminate: return [.quit]
    case .mouse, .woken: return []
    }
  }

  /// Offers a key to the layers from the top, then to the text being typed in the form, then to the bindings.
  private mutating func press(_ key: Key, at now: Moment) -> [DashboardEffect] {
    if key == .control("l") { return [.repaint] }
    if key == .control("z") { return [.suspend] }
    if let effects = pressInLayer(key, at: now) { return effects }
    if form.entry != nil, let effects = pressInForm(key, at: now) { return effects }
    guard let action = KeyMap.standard.action(for: key, in: Scope(focus)) else { return [] }
    return perform(action, at: now)
  }

  /// Shows a message.
  mutating func say(_ text: String, _ tone: Toast.Tone, at now: Moment) { toast = Toast(text, tone, at: now) }

  /// Brings every cursor into range after the screen or its contents have changed.
  mutating func clampAll() {
    if case .log = focus, DashboardLayout(self).log == nil { focus = .table }
    table.clamp(visible: visibleRows(.table))
    hookCursor.clamp(count: selectedMachine?.hooks.count ?? 0, visible: visibleRows(.pane(.hooks)))
    form.cursor.clamp(count: PolicyRows.all.count, visible: visibleRows(.pane(.policy)))
  }

  /// Views of one machine start anew when the selection moves to another; pending policy edits stay with theirs.
  mutating func selectionMayHaveMoved() {
    guard shownMachine != table.selected else { return }
    shownMachine = table.selected
    metricsOffset = 0
    recoveryView.follow()
    hookCursor = ListCursor()
    form.show(table.selected)
  }
}
