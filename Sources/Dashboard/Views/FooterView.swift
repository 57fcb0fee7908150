import FleetModel
import Terminal

/// The last line: what is being typed, a message, or the keys that count here.
struct FooterView {
  let context: ViewContext

  func draw(in rect: Rect, on canvas: inout Canvas) {
    canvas.fill(rect, .hint)
    if case .filter(let prompt) = context.state.topLayer {
      draw(prompt, in: rect, on: &canvas)
    } else if let toast = context.state.toast {
      draw(toast, in: rect, on: &canvas)
    } else {
      drawHints(in: rect, on: &canvas)
    }
  }

  private func draw(_ prompt: FilterPrompt, in rect: Rect, on canvas: inout Canvas) {
    let used = canvas.text(" /", x: rect.x, y: rect.y, width: rect.width, .hintKey)
    let x = rect.x + used
    let width = max(1, rect.width - used)
    let typed = TextWidth.columns(of: canvas.glyphs.shown(prompt.field.text)) + 1
    guard let error = prompt.error else {
      EntryView.draw(
        prompt.field, x: x, y: rect.y, width: min(width, max(typed, width / 2)), role: .prompt, on: &canvas)
      let shown = context.state.table.rows.count
      let note = "\(shown) of \(context.state.machines.count)   Enter keeps  Esc leaves"
      let columns = TextWidth.columns(of: note)
      if typed + columns + 2 < width {
        canvas.text(note, x: rect.right - columns - 1, y: rect.y, width: columns, .textDim)
      }
      return
    }
    let message = TextWidth.columns(of: error.message) + 2
    let room = min(width, max(width - message, min(width, 24)))
    EntryView.draw(prompt.field, x: x, y: rect.y, width: room, role: .prompt, on: &canvas)
    // The place of the error, as long as the field shows the text from its beginning.
    if typed <= room {
      let text = Array(prompt.field.text)
      let from = min(error.range.lowerBound, text.count)
      let to = min(max(error.range.upperBound, from + 1), text.count + 1)
      let start = TextWidth.columns(of: String(text[..<from]))
      let length = max(1, TextWidth.columns(of: String(text[from..<min(to, text.count)])))
      let style = canvas.style(.promptError)
      canvas.restyle(Rect(x: x + start, y: rect.y, width: min(length, room - start), height: 1)) { $0 = style }
    }
    let place = x + max(min(typed, room), 0) + 2
    canvas.text(error.message, x: place, y: rect.y, width: max(0, rect.right - place), .promptError)
  }

  private func draw(_ toast: Toast, in rect: Rect, on canvas: inout Canvas) {
    let role: ThemeRole
    let glyph: String
    switch toast.tone {
    case .info: (role, glyph) = (.toastInfo, context.glyphs.pointer)
    case .success: (role, glyph) = (.toastSuccess, context.glyphs.success)
    case .warning: (role, glyph) = (.toastWarning, context.glyphs.verdict(.warning))
    case .error: (role, glyph) = (.toastError, context.glyphs.failure)
    }
    canvas.fill(rect, role)
    canvas.text(" \(glyph) \(toast.text)", x: rect.x, y: rect.y, width: rect.width, role)
  }

  private func drawHints(in rect: Rect, on canvas: inout Canvas) {
    let hints: [(key: String, title: String, isEnabled: Bool)] =
      context.state.layers.isEmpty ? Self.hints(context.state) : [("Esc", "closes", true)]
    var x = rect.x + 1
    for hint in hints {
      let columns = TextWidth.columns(of: hint.key) + 1 + TextWidth.columns(of: hint.title)
      guard x + columns <= rect.right else { break }
      x += canvas.text(hint.key, x: x, y: rect.y, width: rect.right - x, hint.isEnabled ? .hintKey : .hintDisabled)
      x += 1
      x += canvas.text(hint.title, x: x, y: rect.y, width: rect.right - x, hint.isEnabled ? .hint : .hintDisabled)
      x += 2
    }
  }

  /// The keys that count in the part in focus, from the action table, most wanted first.
  static func hints(_ state: DashboardState) -> [(key: String, title: String, isEnabled: Bool)] {
    let scope = Scope(state.focus)
    if state.form.entry != nil { return [("Enter", "takes the value", true), ("Esc", "leaves it as it was", true)] }
    let isPaused = state.selectedMachine?.status.hold(.paused) != nil
    return ActionTable.all
      .filter { $0.hint != nil && ($0.scopes.isEmpty || $0.scopes.contains(scope)) }
      .filter { !(scope == .policy && $0.group == .machines && $0.action != .recover) }
      .sorted { ($0.hint ?? 0) < ($1.hint ?? 0) }
      .map { entry in
        let key = entry.keys.first { KeyMap.standard.action(for: $0, in: scope) == entry.action } ?? entry.keys.first
        let title = entry.action == .pause && isPaused ? "resume" : entry.title
        return (key?.label ?? "", title, state.availability(of: entry.action) == .available)
      }
  }
}
