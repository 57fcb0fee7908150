import FleetModel
import Terminal

/// The recover dialog: the ladder and what each guard says, then the word of the operator, then what came of it.
struct RecoverView {
  let context: ViewContext
  let dialog: RecoverDialog

  private var glyphs: Glyphs { context.glyphs }

  func draw(on canvas: inout Canvas) {
    let width = LayerFrame.textWidth(canvas.bounds.size)
    let lines: [TextLine]
    var selected: Int?
    switch dialog.stage {
    case .loading: lines = [TextLine("asking the engine what could be done …", .textDim)]
    case .failed(let why):
      lines =
        TextLine.wrap(why, columns: width).map { TextLine($0, .formError) }
        + [TextLine(), TextLine([("Esc", .hintKey), (" closes", .text)])]
    case .choosing: (lines, selected) = choosing(width)
    case .confirming(let confirmation): lines = confirming(confirmation, width)
    case .running(let running): lines = self.running(running, width)
    }
    let rows = min(lines.count, max(3, canvas.bounds.height - 4))
    let inner = LayerFrame.draw(
      title: "recover \(dialog.name)", role: isDangerous ? .dialogDanger : .dialogBorder, width: width, height: rows,
      on: &canvas)
    // Where there is too little room the line under the cursor and the keys below stay in sight.
    let offset = selected.map { ListCursor.offset(0, showing: $0, count: lines.count, visible: rows) } ?? 0
    for (index, line) in lines[offset...].prefix(inner.height).enumerated() {
      canvas.line(line, x: inner.x, y: inner.y + index, width: inner.width)
      if offset + index == selected {
        canvas.select(Rect(x: inner.x - 1, y: inner.y + index, width: inner.width + 2, height: 1), isActive: true)
      }
    }
    drawEntry(lines, offset, in: inner, on: &canvas)
  }

  private var isDangerous: Bool {
    if case .confirming(let confirmation) = dialog.stage { confirmation.needsName } else { false }
  }

  // MARK: Choosing

  private func choosing(_ width: Int) -> ([TextLine], selected: Int?) {
    guard let plan = dialog.plan else { return ([], nil) }
    var lines = TextLine.field("diagnosis", plan.diagnosis.rawValue, .textStrong, width: width)
    if !plan.reason.isEmpty { lines += TextLine.field("because", plan.reason, width: width) }
    lines.append(TextLine())
    if plan.rungs.isEmpty {
      lines.append(TextLine("There is no remedy for this VM.", .textDim))
      return (lines + [TextLine(), TextLine([("Esc", .hintKey), (" closes", .text)])], nil)
    }
    var selected: Int?
    for (index, rung) in plan.rungs.enumerated() {
      if index == dialog.cursor.row { selected = lines.count }
      lines.append(line(rung))
    }
    lines.append(TextLine())
    if let rung = dialog.rung { lines += details(rung, width) }
    lines.append(TextLine())
    lines.append(
      TextLine([
        ("Enter", .hintKey), (" chooses, asks again before anything happens   ", .text), ("Esc", .hintKey),
        (" closes", .text),
      ]))
    return (lines, selected)
  }

  private func line(_ rung: RecoveryPlan.Rung) -> TextLine {
    var line = TextLine(" ", .text)
    let role: ThemeRole = rung.blocked.isEmpty ? .textStrong : .hintDisabled
    line.add(TextLine.pad(rung.remedy.title, 26), role)
    line.add(TextLine.pad(Self.harm(rung.remedy), 16), rung.remedy.isDestructive ? .severityWarning : .textDim)
    if let hold = rung.blocked.first {
      line.add("\(glyphs.failure) \(hold.why.isEmpty ? hold.by.rawValue : hold.why)", .hintDisabled)
    } else if rung.holds.isEmpty {
      line.add("\(glyphs.success) no guard objects", .severityHealthy)
    } else {
      line.add("\(glyphs.verdict(.warning)) \(rung.holds.map(\.by.rawValue).joined(separator: ", "))", .severityWarning)
    }
    if rung.isAutomatic { line.add("  ladder", .textDim) }
    return line
  }

  /// What kind of thing a remedy is, by its rank (semantics 5.1).
  static func harm(_ remedy: Remedy) -> String {
    switch remedy.rank {
    case ...1: "in the guest"
    case 2: "deletes files"
    case 3: "power"
    default: "destructive"
    }
  }

  private func details(_ rung: RecoveryPlan.Rung, _ width: Int) -> [TextLine] {
    var lines = TextLine.field("effect", rung.effect, width: width)
    for hold in rung.blocked { lines += guardLines("never", hold, .severityCritical, width) }
    for hold in rung.holds { lines += guardLines("guard", hold, .severityWarning, width) }
    return lines
  }

  private func guardLines(_ name: String, _ hold: Hold, _ role: ThemeRole, _ width: Int) -> [TextLine] {
    let until = hold.until == nil ? "" : " \(context.until(hold.until))"
    return TextLine.field(name, "\(hold.by.rawValue)\(until): \(hold.why)", role, width: width)
  }

  // MARK: Confirming

  private func confirming(_ confirmation: RecoverDialog.Confirmation, _ width: Int) -> [TextLine] {
    let rung = confirmation.rung
    var lines = [
      TextLine([
        (rung.remedy.title, confirmation.needsName ? .dialogDanger : .textStrong), (" on ", .text),
        (dialog.name, .textStrong),
      ]), TextLine(),
    ]
    lines += TextLine.field("effect", rung.effect, width: width)
    if !rung.holds.isEmpty {
      lines += [TextLine(), TextLine("You override what these guards say:", .severityWarning)]
      for hold in rung.holds { lines += guardLines("  guard", hold, .severityWarning, width) }
    }
    lines.append(TextLine())
    if confirmation.needsName {
      lines.append(
        confirmation.mismatch
          ? TextLine("That is not the VM's name.", .formError)
          : TextLine([("Type ", .text), (dialog.name, .textStrong), (" and press Enter; Esc goes back.", .text)]))
      lines.append(TextLine(Self.arrow, .hintKey))
    } else {
      lines.append(LayerView.yesNo("do it"))
    }
    return lines
  }

  private static let arrow = "> "

  /// The field the name is typed into: the last line of the dialog.
  private func drawEntry(_ lines: [TextLine], _ offset: Int, in inner: Rect, on canvas: inout Canvas) {
    guard case .confirming(let confirmation) = dialog.stage, confirmation.needsName else { return }
    let y = min(inner.bottom - 1, inner.y + lines.count - 1 - offset)
    canvas.line(TextLine(Self.arrow, .hintKey), x: inner.x, y: y, width: 2)
    EntryView.draw(
      confirmation.typed, x: inner.x + 2, y: y, width: min(inner.width - 2, 60),
      role: confirmation.mismatch ? .promptError : .prompt, on: &canvas)
  }

  // MARK: Running

  private func running(_ running: RecoverDialog.Running, _ width: Int) -> [TextLine] {
    func field(_ name: String, _ value: String, _ role: ThemeRole = .text) -> [TextLine] {
      value.isEmpty ? [] : TextLine.field(name, value, role, width: width)
    }
    var lines = field("remedy", running.remedy.title, .textStrong)
    lines += field("ordered", context.time(running.orderedAt))
    if let refusal = running.refusal {
      lines += field("refused", refusal.description, .severityCritical)
      for hold in refusal.holds { lines += guardLines("guard", hold, .severityWarning, width) }
      lines += [
        TextLine(),
        TextLine([("r", .hintKey), (" back to the ladder   ", .text), ("Esc", .hintKey), (" closes", .text)]),
      ]
      return lines
    }
    if let answer = running.answer { lines += field("engine", answer) }
    if let record = dialog.record(in: context.snapshot?.recoveries ?? []) {
      let outcome = context.outcome(record.outcome)
      lines += field("action", record.action)
      lines += field("outcome", "\(outcome.glyph) \(outcome.text)", outcome.role)
      lines += field("detail", record.detail)
    } else {
      lines += field("outcome", "\(glyphs.healing) waiting for the engine", .outcomePending)
    }
    if let machine = context.state.machines.first(where: { $0.id == dialog.machine }) {
      let state = context.state(machine.status)
      lines += field("VM", "\(state.glyph) \(state.word)  \(machine.status.reason)", state.role)
    }
    lines += [TextLine(), TextLine([("Esc", .hintKey), (" closes; the remedy goes on", .text)])]
    return lines
  }
}
