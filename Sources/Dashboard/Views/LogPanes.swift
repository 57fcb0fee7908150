import FleetModel
import Terminal

/// Remedies, one a line, newest below: the fleet's log and one machine's.
struct RecoveryLogPane {
  let context: ViewContext
  /// nil: the whole fleet's, with names.
  let machine: MachineSnapshot?
  let view: LogViewState<IntentID>
  let records: [RecoveryRecord]

  func draw(in frame: Rect, _ inner: Rect, isFocused: Bool, on canvas: inout Canvas) {
    let place = inner.inset(columns: 1, rows: 0)
    guard !records.isEmpty else {
      let text = machine.map { "no remedy was needed for \($0.machine.name)" } ?? "no remedy was needed"
      canvas.text(text, x: place.x, y: place.y, width: place.width, .textDim)
      return
    }
    let ids = records.map(\.id)
    let isTall = machine != nil && Self.isTall(frame)
    let visible = machine == nil ? place.height : Self.visibleRecords(in: frame)
    let window = view.window(ids, visible: visible)
    let selected = view.selectedRow(ids)
    let nameWidth = machine == nil ? min(20, max(8, place.width / 5)) : 0
    let timeWidth = context.timeWidth(records[window].map(\.startedAt))
    for (line, index) in window.enumerated() {
      let height = isTall ? Self.tallLines : 1
      let row = Rect(x: inner.x, y: place.y + line * height, width: inner.width, height: 1)
      if isTall {
        drawTall(records[index], timeWidth, x: place.x, y: row.y, width: place.width, on: &canvas)
      } else {
        draw(
          records[index], timeWidth, x: place.x, y: row.y, width: place.width, nameWidth: nameWidth, on: &canvas)
      }
      if index == selected { canvas.select(row, isActive: isFocused) }
    }
    let new = view.newBelow(ids)
    if new > 0 {
      PaneFrame.below("\(new) new below", frame, on: &canvas, .textMatch)
    } else if !view.isFollowing, window.upperBound < records.count {
      PaneFrame.below("\(records.count - window.upperBound) more below", frame, on: &canvas)
    } else if window.lowerBound > 0 {
      PaneFrame.below("\(window.lowerBound) above", frame, on: &canvas)
    }
  }

  /// Lines of one remedy where there is room: what was done, why, and what came of it.
  private static let tallLines = 3

  private static func isTall(_ frame: Rect) -> Bool { frame.height >= 14 }

  /// Remedies that one machine's pane shows at once.
  static func visibleRecords(in frame: Rect) -> Int {
    max(1, (frame.height - 2) / (isTall(frame) ? tallLines : 1))
  }

  private func drawTall(
    _ record: RecoveryRecord, _ timeWidth: Int, x: Int, y: Int, width: Int, on canvas: inout Canvas
  ) {
    let outcome = context.outcome(record.outcome)
    var line = TextLine(TextLine.pad(context.time(record.startedAt), timeWidth), .textDim)
    line.add("\(outcome.glyph) ", outcome.role)
    line.add(record.remedy.title, .textStrong)
    if record.initiator == .operator { line.add("  by hand", .textDim) }
    canvas.line(line, x: x, y: y, width: width)
    canvas.text(record.issue, x: x + timeWidth + 2, y: y + 1, width: max(0, width - timeWidth - 2), .text)
    let end = record.detail.isEmpty ? "" : ": \(record.detail)"
    canvas.text(outcome.text + end, x: x + timeWidth + 2, y: y + 2, width: max(0, width - timeWidth - 2), outcome.role)
  }

  private func draw(
    _ record: RecoveryRecord, _ timeWidth: Int, x: Int, y: Int, width: Int, nameWidth: Int, on canvas: inout Canvas
  ) {
    let outcome = context.outcome(record.outcome)
    var line = TextLine(TextLine.pad(context.time(record.startedAt), timeWidth), .textDim)
    if nameWidth > 0 {
      let name = context.glyphs.shown(record.machineName)
      line.add(TextLine.pad(TextWidth.truncate(name, columns: nameWidth), nameWidth + 1), .textStrong)
    }
    line.add("\(outcome.glyph) ", outcome.role)
    line.add("\(record.diagnosis.rawValue) \(context.glyphs.arrow) \(record.remedy.title)", .text)
    line.add("  \(outcome.text)", outcome.role)
    if record.initiator == .operator { line.add("  by hand", .textDim) }
    canvas.line(line, x: x, y: y, width: width)
  }
}

/// What happened in the fleet, newest below, under what the monitor itself has to say.
struct EventsPane {
  let context: ViewContext

  func draw(in frame: Rect, _ inner: Rect, isFocused: Bool, on canvas: inout Canvas) {
    var place = inner.inset(columns: 1, rows: 0)
    let notices = notices(place.width)
    for line in notices.prefix(max(0, place.height / 2)) {
      canvas.line(line, x: place.x, y: place.y, width: place.width)
      place = place.splitTop(1).rest
    }
    let events = context.snapshot?.events ?? []
    guard !events.isEmpty else {
      canvas.text("nothing has happened yet", x: place.x, y: place.y, width: place.width, .textDim)
      return
    }
    let view = context.state.eventView
    let window = view.window(events, visible: place.height)
    let selected = view.selectedRow(events)
    let timeWidth = context.timeWidth(events[window].map(\.at))
    let nameWidth = min(20, max(11, place.width / 5))
    for (line, index) in window.enumerated() {
      let event = events[index]
      let row = Rect(x: inner.x, y: place.y + line, width: inner.width, height: 1)
      var text = TextLine(TextLine.pad(context.time(event.at), timeWidth), .textDim)
      text.add("\(context.glyphs.severity(event.severity)) ", ThemeRole(event.severity))
      let name = context.glyphs.shown(event.machineName)
      text.add(TextLine.pad(TextWidth.truncate(name, columns: nameWidth), nameWidth + 1), .textStrong)
      text.add(event.text, .text)
      canvas.line(text, x: place.x, y: row.y, width: place.width)
      if index == selected { canvas.select(row, isActive: isFocused) }
    }
    let new = view.newBelow(events)
    if new > 0 { PaneFrame.below("\(new) new below", frame, on: &canvas, .textMatch) }
  }

  private func notices(_ width: Int) -> [TextLine] {
    guard let engine = context.snapshot?.engine else { return [] }
    var lines: [TextLine] = []
    func add(_ text: String, _ role: ThemeRole) {
      for (index, part) in TextLine.wrap(text, columns: width - 2).enumerated() {
        lines.append(TextLine([(index == 0 ? "\(context.glyphs.verdict(.warning)) " : "  ", role), (part, .text)]))
      }
    }
    for hold in engine.holds {
      add("\(hold.by.rawValue): \(hold.why), \(context.until(hold))", .severityCritical)
    }
    for notice in engine.notices { add(notice, .severityWarning) }
    if !lines.isEmpty { lines.append(TextLine()) }
    return lines
  }
}
