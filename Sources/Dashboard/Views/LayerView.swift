import FleetModel
import Terminal

/// Draws what lies above the panes.
struct LayerView {
  let context: ViewContext

  func draw(_ layer: Layer, on canvas: inout Canvas) {
    defer { canvas.surface = nil }
    switch layer {
    case .filter: break  // drawn in the footer
    case .sortMenu(let cursor): draw(sortMenu: cursor, on: &canvas)
    case .help(let offset): draw(text: layer, title: "keys", offset: offset, on: &canvas)
    case .record(_, let offset): draw(text: layer, title: "remedy", offset: offset, on: &canvas)
    case .hookOutput(let output): draw(text: layer, title: "hook", offset: output.offset, on: &canvas)
    case .question(let question): draw(question, on: &canvas)
    case .recover(let dialog): RecoverView(context: context, dialog: dialog).draw(on: &canvas)
    case .policyDiff(let diff): draw(diff, on: &canvas)
    }
  }

  private func draw(text layer: Layer, title: String, offset: Int, on canvas: inout Canvas) {
    let lines = context.state.textLines(layer, zone: context.zone, now: context.now)
    let rows = min(lines.count, max(1, canvas.bounds.height - LayerFrame.margin.rows * 2 - 2))
    let inner = LayerFrame.draw(
      title: title, width: LayerFrame.textWidth(canvas.bounds.size), height: rows, on: &canvas)
    let offset = min(max(0, offset), max(0, lines.count - rows))
    for (index, line) in lines[offset...].prefix(inner.height).enumerated() {
      canvas.line(line, x: inner.x, y: inner.y + index, width: inner.width)
    }
    let frame = Rect(x: inner.x - 2, y: inner.y - 1, width: inner.width + 4, height: inner.height + 2)
    if lines.count > rows {
      PaneFrame.below("\(offset + 1)–\(offset + rows) of \(lines.count)", frame, on: &canvas)
    }
    canvas.label(
      TextLine([("Esc", .hintKey), (" closes", .text)]), x: frame.x + 1, y: frame.bottom - 1, width: 14)
  }

  private func draw(sortMenu cursor: ListCursor, on canvas: inout Canvas) {
    let keys = SortKey.allCases
    let order = context.state.table.sort
    let inner = LayerFrame.draw(title: "sort by", width: 30, height: keys.count + 2, on: &canvas)
    for (index, key) in keys.enumerated() {
      let y = inner.y + index
      canvas.text(key.rawValue, x: inner.x + 2, y: y, width: inner.width - 2, .text)
      if key == order.key {
        let glyph = order.isDescending ? context.glyphs.descending : context.glyphs.ascending
        canvas.text(glyph, x: inner.x, y: y, width: 1, .textMatch)
      }
      if index == cursor.row {
        canvas.select(Rect(x: inner.x - 1, y: y, width: inner.width + 2, height: 1), isActive: true)
      }
    }
    canvas.line(
      TextLine([("Enter", .hintKey), (" chooses  ", .text), ("S", .hintKey), (" turns round", .text)]), x: inner.x,
      y: inner.y + keys.count + 1, width: inner.width)
  }

  private func draw(_ question: Question, on canvas: inout Canvas) {
    let width = min(LayerFrame.textWidth(canvas.bounds.size), 66)
    let lines = question.lines.flatMap { TextLine.wrap($0, columns: width) }
    let inner = LayerFrame.draw(
      title: question.title, role: .dialogDanger, width: width, height: lines.count + 2, on: &canvas)
    for (index, line) in lines.enumerated() {
      canvas.text(line, x: inner.x, y: inner.y + index, width: inner.width, .text)
    }
    canvas.line(Self.yesNo(question.verb), x: inner.x, y: inner.bottom - 1, width: inner.width)
  }

  static func yesNo(_ verb: String) -> TextLine {
    TextLine([
      ("y", .hintKey), (" \(verb)", .text), ("   ", .text), ("n", .hintKey), (" no (default)", .text),
    ])
  }

  private func draw(_ diff: PolicyDiff, on canvas: inout Canvas) {
    let width = LayerFrame.textWidth(canvas.bounds.size)
    let machine = context.state.machines.first { $0.id == diff.machine }
    var lines: [TextLine] = [
      TextLine([("These keys of ", .text), (diff.name, .textStrong), ("'s policy file change:", .text)]), TextLine(),
    ]
    for edit in diff.edits { lines += Self.lines(edit, machine, context) }
    if let refusal = diff.refusal {
      lines.append(TextLine())
      lines += TextLine.wrap("not saved: \(refusal)", columns: width).map { TextLine($0, .formError) }
    }
    lines.append(TextLine())
    lines.append(diff.isSaving ? TextLine("saving …", .outcomePending) : Self.yesNo("save"))
    let rows = min(lines.count, max(3, canvas.bounds.height - 4))
    let inner = LayerFrame.draw(title: "save policy", width: width, height: rows, on: &canvas)
    // The answer stays in sight, whatever the number of changes.
    let shown = lines.count > rows ? lines.prefix(rows - 2) + lines.suffix(2) : lines[...]
    for (index, line) in shown.enumerated() {
      canvas.line(line, x: inner.x, y: inner.y + index, width: inner.width)
    }
  }

  private static func lines(_ edit: PolicyEdit, _ machine: MachineSnapshot?, _ context: ViewContext) -> [TextLine] {
    guard let key = PolicyKey.named(edit.key), let machine else { return [TextLine(edit.key, .formError)] }
    let origin = machine.policy.origin(of: edit.key).rawValue
    let old = PolicyPane.shown(key, machine.policy.policy, context)
    var lines = [TextLine(edit.key, .textStrong)]
    lines.append(TextLine([("  - \(old)", .diffRemoved), ("   (\(origin))", .textDim)]))
    if let value = edit.value {
      lines.append(TextLine("  + \(key.kind.isSecret ? secret(value) : value)", .diffAdded))
    } else {
      lines.append(TextLine("  + taken out of the VM's file: the layer below shows", .diffAdded))
    }
    return lines
  }

  private static func secret(_ value: String) -> String {
    SecretReference.isReference(value) ? value : PolicyValueKind.mask
  }
}
