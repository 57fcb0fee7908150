import FleetModel
import Terminal

/// One snapshot as text without any control of the cursor: for `--plain`.
package enum PlainText {
  /// Writes counts, the table in order of severity, and the latest remedies; lines end with `\n`.
  ///
  /// - Parameters:
  ///   - filter: machines to show.
  ///   - width: columns at most; what is longer is cut.
  package static func render(
    _ snapshot: FleetSnapshot, filter: FleetQuery = .everything, width: Int = 120, zone: DisplayZone = .system,
    unicode: Bool = true
  ) -> String {
    let now = Moment(fleet: snapshot.at)
    // As many rows as there are machines, so that the table shows all of them.
    var state = DashboardState(size: Size(columns: width, rows: snapshot.machines.count + 20))
    _ = state.handle(.snapshot(snapshot), at: now)
    state.filter(by: filter, at: now)
    let glyphs = Glyphs(isUnicode: unicode)
    let context = ViewContext(state: state, layout: DashboardLayout(state), now: now, zone: zone, glyphs: glyphs)
    var lines = [
      "azlin \(snapshot.engine.context), \(snapshot.engine.mode.rawValue), \(TimestampText.local(snapshot.at, zone))"
    ]
    let counts = BandView(context: context).counts(words: .full)
    lines += [counts.spans.map(\.text).joined(), ""]
    lines += table(state, context, width: width)
    for hold in snapshot.engine.holds { lines.append("held: \(hold.by.rawValue): \(hold.why)") }
    for notice in snapshot.engine.notices { lines.append("note: \(notice)") }
    let shown = Set(state.table.rows.map { state.machines[$0].id })
    let recoveries = snapshot.recoveries.filter { shown.contains($0.machine) }.suffix(10)
    if !recoveries.isEmpty { lines += ["", "recovery log"] }
    for record in recoveries {
      let outcome = context.outcome(record.outcome)
      lines.append(
        "\(context.time(record.startedAt))  \(record.machineName)  \(record.diagnosis.rawValue) → "
          + "\(record.remedy.title)  \(outcome.glyph) \(outcome.text)")
    }
    return lines.map { line in
      // Names and reasons come from outside: control characters are made visible, and trailing blanks go.
      var text = TextWidth.truncate(glyphs.shown(line), columns: width, ellipsis: unicode ? "…" : "~")
      while text.last == " " { text.removeLast() }
      return text + "\n"
    }.joined()
  }

  private static func table(_ state: DashboardState, _ context: ViewContext, width: Int) -> [String] {
    guard !state.table.rows.isEmpty else {
      return state.machines.isEmpty ? ["nothing is watched"] + state.settings.emptyFleetAdvice : ["no VM matches"]
    }
    let size = Size(columns: width, rows: state.table.rows.count + 1)
    var canvas = Canvas(size: size, styles: ThemeStyles.plain, glyphs: context.glyphs)
    TableView(context: context).drawRows(in: Rect(size), on: &canvas)
    return canvas.grid.lines
  }
}
