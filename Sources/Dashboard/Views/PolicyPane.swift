import FleetModel
import Terminal

/// The policy form: each key with its value, where it comes from, and what is allowed.
struct PolicyPane {
  let context: ViewContext

  private var form: PolicyFormState { context.state.form }

  func draw(in frame: Rect, _ inner: Rect, isFocused: Bool, on canvas: inout Canvas) {
    let place = inner.inset(columns: 1, rows: 0)
    guard let machine = context.state.formMachine else {
      canvas.text("no VM is selected", x: place.x, y: place.y, width: place.width, .textDim)
      return
    }
    let (list, footer) = place.splitBottom(PolicyFormState.footerRows)
    let rows = PolicyRows.all
    let offset = ListCursor.offset(
      form.cursor.offset, showing: form.cursor.row, count: rows.count, visible: list.height)
    let policy = form.preview(machine.policy.policy)
    for (line, row) in rows[offset...].prefix(list.height).enumerated() {
      let y = list.y + line
      switch row {
      case .heading(let section):
        canvas.text(section.title, x: list.x, y: y, width: list.width, .header)
      case .key(let key):
        draw(key, machine, policy, x: list.x, y: y, width: list.width, on: &canvas)
        let isSelected = offset + line == form.cursor.row
        if isSelected, form.entry == nil || !isFocused {
          canvas.select(Rect(x: inner.x, y: y, width: inner.width, height: 1), isActive: isFocused)
        }
      }
    }
    drawFooter(machine, in: footer, on: &canvas)
    let changes = form.pending.count
    if changes > 0 {
      PaneFrame.below("\(Figures.count(changes, "change")), w saves", frame, on: &canvas, .formChanged)
    } else {
      PaneFrame.below("\(form.cursor.row + 1)/\(rows.count)", frame, on: &canvas)
    }
  }

  private func draw(
    _ key: PolicyKey, _ machine: MachineSnapshot, _ policy: Policy, x: Int, y: Int, width: Int,
    on canvas: inout Canvas
  ) {
    let originWidth = width >= 56 ? 17 : 0
    let nameWidth = min(30, max(14, (width - originWidth) * 48 / 100))
    let valueWidth = max(6, width - nameWidth - originWidth - 3)
    let name = key.path.split(separator: ".").dropFirst().joined(separator: ".")
    let isDim = !key.isInForce
    canvas.text(name.isEmpty ? key.path : name, x: x + 2, y: y, width: nameWidth, isDim ? .textDim : .text)
    let valueX = x + 2 + nameWidth + 1
    if let entry = form.entry, entry.path == key.path {
      drawEntry(entry, x: valueX, y: y, width: width - (valueX - x), on: &canvas)
      return
    }
    let value = value(key, policy, machine)
    canvas.text(value.text, x: valueX, y: y, width: valueWidth, value.role)
    guard originWidth > 0 else { return }
    let origin = key.isInForce ? machine.policy.origin(of: key.path).rawValue : "not in force yet"
    canvas.text(
      form.pending[key.path] == nil ? origin : "not saved yet", x: x + width - originWidth + 1, y: y,
      width: originWidth - 1, form.pending[key.path] == nil ? .textDim : .formChanged)
  }

  private func value(
    _ key: PolicyKey, _ policy: Policy, _ machine: MachineSnapshot
  ) -> (text: String, role: ThemeRole) {
    let old = Self.shown(key, machine.policy.policy, context)
    if let change = form.pending[key.path] {
      guard let new = change else { return ("\(old) \(context.glyphs.arrow) from the layer below", .formChanged) }
      let shown = key.kind.isSecret ? key.text(of: policy) : new
      return ("\(old) \(context.glyphs.arrow) \(shown)", .formChanged)
    }
    return (old, !key.isInForce || old == context.glyphs.none ? .textDim : .textStrong)
  }

  static func shown(_ key: PolicyKey, _ policy: Policy, _ context: ViewContext) -> String {
    let text = key.text(of: policy)
    return text.isEmpty ? context.glyphs.none : text
  }

  private func drawEntry(_ entry: PolicyFormState.Entry, x: Int, y: Int, width: Int, on canvas: inout Canvas) {
    let secret = PolicyKey.named(entry.path)?.kind.isSecret == true
    EntryView.draw(
      entry.field, x: x, y: y, width: width, role: entry.problem == nil ? .prompt : .promptError,
      hidesText: secret && !SecretReference.isReference(entry.field.text), on: &canvas)
  }

  /// What the key under the cursor is, what is wrong with what is being typed, and what is allowed.
  private func drawFooter(_ machine: MachineSnapshot, in rect: Rect, on canvas: inout Canvas) {
    guard let key = form.key, rect.height > 0 else { return }
    var lines = [TextLine(key.summary, .text)]
    if let problem = form.entry?.problem {
      lines += TextLine.wrap(problem, columns: rect.width).map { TextLine($0, .formError) }
    } else if let problem = machine.policy.problems.first, form.entry == nil {
      lines += TextLine.wrap("file: \(problem)", columns: rect.width).map { TextLine($0, .formError) }
    } else {
      lines += TextLine.wrap("allowed: \(key.kind.allowed)", columns: rect.width).map { TextLine($0, .textDim) }
      let standard = key.defaultText.isEmpty ? "nothing" : key.defaultText
      lines.insert(TextLine("default: \(standard)", .textDim), at: 1)
    }
    for (index, line) in lines.prefix(rect.height).enumerated() {
      canvas.line(line, x: rect.x, y: rect.y + index, width: rect.width)
    }
  }
}

/// A text field with its cursor.
enum EntryView {
  /// Draws the part of the text around the cursor that fits; the cursor is a reversed cell.
  static func draw(
    _ field: TextField, x: Int, y: Int, width: Int, role: ThemeRole, hidesText: Bool = false, on canvas: inout Canvas
  ) {
    guard width > 0 else { return }
    let text = Array(hidesText ? String(repeating: "*", count: field.text.count) : canvas.glyphs.shown(field.text))
    let cursor = min(field.cursor, text.count)
    // Characters before the cursor that fit, from the right.
    var start = cursor
    var columns = 1
    while start > 0 {
      let next = TextWidth.columns(of: text[start - 1])
      if columns + next > width { break }
      columns += next
      start -= 1
    }
    let head = String(text[start..<cursor])
    canvas.fill(Rect(x: x, y: y, width: width, height: 1), role == .promptError ? .text : role)
    canvas.text(String(text[start...]), x: x, y: y, width: width, role)
    let place = x + TextWidth.columns(of: head)
    canvas.restyle(Rect(x: place, y: y, width: 1, height: 1)) { $0.attributes.formUnion(.reverse) }
  }
}
