import FleetModel
import Terminal

extension DashboardState {
  /// Whether an action can be done now, and if not, why.
  package func availability(of action: Action) -> Availability {
    if settings.isReadOnly, ActionTable.entry(action)?.isEffectful == true { return .disabled("read-only") }
    switch action {
    case .recover, .checkNow, .pause, .acknowledge, .rearm, .copyName:
      return machineAvailability(of: action)
    case .nextMachine, .previousMachine:
      return table.rows.count > 1 ? .available : .disabled("there is no other VM on show")
    case .pauseFleet, .reload:
      return snapshot == nil ? .disabled("waiting for the engine") : engineAvailability
    case .editValue, .resetValue, .undoEdit, .savePolicy:
      return formAvailability(of: action)
    case .zoom:
      return DashboardLayout(self).form == .tableOnly ? .disabled("the screen is too small for more") : .available
    default: return .available
    }
  }

  private var engineAvailability: Availability {
    lostEngine == nil ? .available : .disabled("the engine does not answer")
  }

  private func machineAvailability(of action: Action) -> Availability {
    guard let machine = selectedMachine else { return .disabled("no VM is selected") }
    if action == .copyName { return .available }
    if lostEngine != nil { return engineAvailability }
    switch action {
    case .checkNow where machine.status.watch == .notWatched:
      return .disabled("\(machine.machine.name) is not watched")
    case .pause where machine.status.watch == .notWatched:
      return .disabled("\(machine.machine.name) is not watched: there is nothing to pause")
    case .acknowledge:
      if machine.status.hold(.acknowledged) != nil { return .disabled("already acknowledged") }
      if machine.status.incident == nil, machine.verdict != .critical, machine.verdict != .warning {
        return .disabled("nothing is wrong with \(machine.machine.name)")
      }
      return .available
    case .rearm where machine.status.incident == nil:
      return .disabled("\(machine.machine.name) has no open incident")
    default: return .available
    }
  }

  /// Does an action, or says why not.
  mutating func perform(_ action: Action, at now: Moment) -> [DashboardEffect] {
    if let reason = availability(of: action).reason {
      say("\(ActionTable.entry(action)?.title ?? action.rawValue): \(reason)", .warning, at: now)
      return []
    }
    if ActionTable.entry(action)?.group != .moving { selectionMayHaveMoved() }
    switch action {
    case .moveUp: move(by: -1)
    case .moveDown: move(by: 1)
    case .pageUp: move(by: -visibleRows(focus))
    case .pageDown: move(by: visibleRows(focus))
    case .halfPageUp: move(by: -max(1, visibleRows(focus) / 2))
    case .halfPageDown: move(by: max(1, visibleRows(focus) / 2))
    case .top: move(by: -1_000_000)
    case .bottom: move(by: 1_000_000)
    case .nextFocus: moveFocus(by: 1)
    case .previousFocus: moveFocus(by: -1)
    case .open: open()
    case .back: back(at: now)
    case .zoom: isZoomed.toggle()
    case .metrics: show(.metrics)
    case .recovery: show(.recovery)
    case .hooks: show(.hooks)
    case .policy: show(.policy)
    case .events: show(.events)
    case .nextMachine: moveSelection(by: 1)
    case .previousMachine: moveSelection(by: -1)
    case .filter: layers.append(.filter(FilterPrompt(previous: table.filter)))
    case .sort: openSortMenu()
    case .reverseSort:
      sort(by: SortOrder(table.sort.key, isReversed: !table.sort.isReversed), at: now)
    case .editValue: beginEdit(at: now)
    case .resetValue: resetValue(at: now)
    case .undoEdit: undoEdit()
    case .savePolicy: openPolicyDiff(at: now)
    case .help: layers.append(.help(offset: 0))
    case .repaint: return [.repaint]
    case .suspend: return [.suspend]
    case .quit: return quit()
    case .recover, .checkNow, .pause, .acknowledge, .rearm, .pauseFleet, .reload, .copyName:
      return command(action, at: now)
    }
    return []
  }

  private mutating func show(_ pane: Pane) {
    self.pane = pane
    let layout = DashboardLayout(self)
    if layout.frame(.pane(pane)) == nil || isZoomed { return focus = .pane(pane) }
    // Graphs are looked at while one moves through the table; the other panes have rows of their own to move in.
    focus = pane == .metrics ? (focus == .table ? .table : .pane(pane)) : .pane(pane)
  }

  private mutating func moveFocus(by step: Int) {
    if isZoomed || DashboardLayout(self).form == .tableOnly {
      // One part fills the screen: Tab goes through all panes.
      let parts: [Focus] = [.table] + Pane.allCases.map { .pane($0) } + [.log]
      focus = Self.next(focus, in: parts, step: step)
    } else {
      focus = Self.next(focus, in: DashboardLayout(self).parts, step: step)
    }
    if case .pane(let pane) = focus, DashboardLayout(self).form != .twoBeside || pane != .metrics { self.pane = pane }
    clampAll()
  }

  private static func next(_ focus: Focus, in parts: [Focus], step: Int) -> Focus {
    guard let index = parts.firstIndex(of: focus) else { return parts.first ?? .table }
    return parts[(index + step + parts.count) % parts.count]
  }

  private mutating func move(by rows: Int) {
    let visible = visibleRows(focus)
    switch focus {
    case .table: moveSelection(by: rows)
    case .log: logView.move(by: rows, snapshot?.recoveries.map(\.id) ?? [], visible: visible)
    case .pane(.metrics): metricsOffset = min(max(0, metricsOffset + rows), 200)
    case .pane(.recovery): recoveryView.move(by: rows, machineRecoveries.map(\.id), visible: visible)
    case .pane(.events): eventView.move(by: rows, snapshot?.events ?? [], visible: visible)
    case .pane(.hooks): hookCursor.move(by: rows, count: paneMachine?.hooks.count ?? 0, visible: visible)
    case .pane(.policy): form.move(by: rows, visible: visible)
    }
  }

  mutating func moveSelection(by rows: Int) {
    table.move(by: rows, machines, visible: visibleRows(.table))
    if !keysAreQuick { selectionMayHaveMoved() }
  }

  private mutating func open() {
    switch focus {
    case .table:
      guard table.selected != nil else { return }
      selectionMayHaveMoved()
      focus = .pane(pane)
      isZoomed = true
    case .pane(.metrics): isZoomed.toggle()
    case .pane(.recovery): openRecord(recoveryView.selected ?? machineRecoveries.last?.id)
    case .log: openRecord(logView.selected ?? snapshot?.recoveries.last?.id)
    case .pane(.events):
      guard let event = eventView.selected ?? snapshot?.events.last, let id = event.machine else { return }
      table.select(id, machines, visible: visibleRows(.table))
      selectionMayHaveMoved()
    case .pane(.hooks):
      guard let machine = paneMachine, machine.hooks.indices.contains(hookCursor.row) else { return }
      let hook = machine.hooks[hookCursor.row]
      layers.append(
        .hookOutput(HookOutput(machine: machine.id, event: hook.event, path: hook.registration.path)))
    case .pane(.policy): break
    }
  }

  private mutating func openRecord(_ id: IntentID?) {
    if let id { layers.append(.record(id, offset: 0)) }
  }

  private mutating func back(at now: Moment) {
    if case .pane(.policy) = focus, !form.pending.isEmpty {
      layers.append(.question(form.discardQuestion(then: .leaveForm)))
    } else if isZoomed || DashboardLayout(self).form == .tableOnly && focus != .table {
      isZoomed = false
      focus = .table
      clampAll()
    } else if focus != .table {
      focus = .table
    } else if !table.filter.isEverything {
      filter(by: .everything, at: now)
    }
  }

  private mutating func quit() -> [DashboardEffect] {
    if !form.pending.isEmpty {
      layers.append(.question(form.discardQuestion(then: .quit)))
      return []
    }
    return quitAskingIfHealing()
  }

  mutating func quitAskingIfHealing() -> [DashboardEffect] {
    guard settings.healingStopsWithWindow, snapshot?.engine.mode == .healing else { return [.quit] }
    var lines = ["This window runs the engine: nobody watches or heals after it is closed."]
    let healing = counts.healing
    if healing > 0 {
      lines.append("\(healing) \(healing == 1 ? "remedy is" : "remedies are") under way; what happens is not lost:")
      lines.append("the next engine settles them by looking.")
    }
    layers.append(
      .question(Question(title: "healing stops with this window", lines: lines, verb: "quit", consequence: .quit)))
    return []
  }

  mutating func sort(by order: SortOrder, at now: Moment) {
    table.sort(by: order, machines, at: now.operatorTime, visible: visibleRows(.table))
    selectionMayHaveMoved()
  }

  mutating func filter(by query: FleetQuery, at now: Moment) {
    table.filter(by: query, machines, at: now.operatorTime, visible: visibleRows(.table))
    selectionMayHaveMoved()
  }

  private mutating func openSortMenu() {
    var cursor = ListCursor()
    cursor.row = SortKey.allCases.firstIndex(of: table.sort.key) ?? 0
    layers.append(.sortMenu(cursor))
  }
}
