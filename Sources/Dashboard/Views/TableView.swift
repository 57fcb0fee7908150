import FleetModel
import Terminal

/// The fleet table.
struct TableView {
  let context: ViewContext

  private var table: FleetTableState { context.state.table }

  func draw(in frame: Rect, on canvas: inout Canvas) {
    canvas.frame(frame, isFocused: context.isFocused(.table))
    drawTitle(frame, on: &canvas)
    drawNotice(frame, on: &canvas)
    let inner = frame.inset(by: 1)
    guard !inner.isEmpty else { return }
    if table.rows.isEmpty {
      return EmptyFleetView(context: context).draw(in: inner, on: &canvas)
    }
    let offset = drawRows(in: inner, on: &canvas)
    drawScrollMark(frame, offset: offset, visible: max(1, inner.height - 1), on: &canvas)
  }

  /// Draws heading and rows.
  /// - Returns: the first row shown.
  @discardableResult
  func drawRows(in inner: Rect, on canvas: inout Canvas) -> Int {
    let machines = context.state.machines
    let visible = max(1, inner.height - 1)
    let offset = ListCursor.offset(
      table.cursor.offset, showing: table.cursor.row, count: table.rows.count, visible: visible)
    let rows = table.rows[offset..<min(table.rows.count, offset + visible)]
    let longest = rows.reduce(0) { max($0, TextWidth.columns(of: machines[$1].machine.name)) }
    let places = TableColumn.places(width: inner.width - 2, longestName: longest)
    drawHeader(inner, places, on: &canvas)
    for (index, row) in rows.enumerated() {
      let place = Rect(x: inner.x, y: inner.y + 1 + index, width: inner.width, height: 1)
      guard place.y < inner.bottom else { break }
      draw(machines[row], in: place, places, on: &canvas)
      canvas.joinBlanks(in: place)
      if offset + index == table.cursor.row {
        canvas.select(place, isActive: context.isFocused(.table))
      }
    }
    return offset
  }

  private func drawTitle(_ frame: Rect, on canvas: inout Canvas) {
    let all = context.state.machines.count
    let shown = table.rows.count
    let role: ThemeRole = context.isFocused(.table) ? .titleFocus : .title
    var line = TextLine("fleet", role)
    line.add(table.filter.isEverything ? " \(all)" : " \(shown) of \(all)", .text)
    if !table.filter.isEverything {
      line.add(" \(context.glyphs.pointer) ", .textDim)
      line.add(table.filter.text, .textMatch)
    }
    let used = canvas.label(line, x: frame.x + 1, y: frame.y, width: frame.width - 2)
    let order = "\(table.sort.key.rawValue) \(directionGlyph)"
    let columns = TextWidth.columns(of: order) + 2
    if used + columns + 3 < frame.width {
      canvas.label(
        TextLine(order, .textDim), x: frame.right - columns - 1, y: frame.y, width: columns)
    }
  }

  private var directionGlyph: String {
    table.sort.isDescending ? context.glyphs.descending : context.glyphs.ascending
  }

  /// What holds the whole fleet, or what the monitor cannot do: in the lower edge, where it is always in sight.
  private func drawNotice(_ frame: Rect, on canvas: inout Canvas) {
    guard let engine = context.snapshot?.engine, frame.height > 3 else { return }
    var notices = engine.holds.map { ("\($0.by.rawValue): \($0.why)", ThemeRole.severityCritical) }
    notices += engine.notices.map { ($0, ThemeRole.severityWarning) }
    guard let first = notices.first else { return }
    var line = TextLine("\(context.glyphs.verdict(.warning)) \(first.0)", first.1)
    if notices.count > 1 { line.add("  +\(notices.count - 1) in events", .textDim) }
    canvas.label(line, x: frame.x + 1, y: frame.bottom - 1, width: frame.width - 12)
  }

  private func drawScrollMark(_ frame: Rect, offset: Int, visible: Int, on canvas: inout Canvas) {
    guard table.rows.count > visible else { return }
    let text = "\(table.cursor.row + 1)/\(table.rows.count)"
    let columns = TextWidth.columns(of: text) + 2
    canvas.label(
      TextLine(text, .textDim), x: frame.right - columns - 1, y: frame.bottom - 1, width: columns)
  }

  private func drawHeader(_ inner: Rect, _ places: [TableColumn.Place], on canvas: inout Canvas) {
    for place in places {
      let isSorted = place.column.sortKey == table.sort.key
      var title = place.column.title
      if isSorted, place.width > title.utf8.count { title += directionGlyph }
      canvas.text(
        title, x: inner.x + 1 + place.x, y: inner.y, width: place.width, isSorted ? .headerSorted : .header,
        align: place.column.isTrailing ? .trailing : .leading)
    }
  }

  private func draw(
    _ machine: MachineSnapshot, in row: Rect, _ places: [TableColumn.Place], on canvas: inout Canvas
  ) {
    let status = machine.status
    let state = context.state(status)
    for place in places {
      let x = row.x + 1 + place.x
      func write(_ text: String, _ role: ThemeRole) {
        canvas.text(
          text, x: x, y: row.y, width: place.width, role, align: place.column.isTrailing ? .trailing : .leading)
      }
      switch place.column {
      case .state: write(state.glyph, state.role)
      case .name: drawName(status.machine.name, x: x, y: row.y, width: place.width, on: &canvas)
      case .verdict: write(state.word, state.role)
      case .cpu: figure(status.readings.cpu, machine.policy.policy.thresholds.cpu, write)
      case .memory: figure(status.readings.memory, machine.policy.policy.thresholds.memory, write)
      case .disk:
        figure(status.readings.disk.map(\.worstPercent), machine.policy.policy.thresholds.disk, write)
      case .latency:
        if let latency = status.readings.latency.value {
          write(Figures.latency(latency), .text)
        } else {
          write(context.glyphs.none, .textDim)
        }
      case .spark: drawSparkline(machine, x: x, y: row.y, width: place.width, on: &canvas)
      case .next:
        let next = context.next(status)
        write(next.text, next.role)
      case .why: write(context.why(status), status.verdict == .healthy && !status.isHealing ? .textDim : .text)
      }
    }
  }

  /// The name, with the letters that the filter found standing out.
  private func drawName(_ name: String, x: Int, y: Int, width: Int, on canvas: inout Canvas) {
    canvas.text(name, x: x, y: y, width: width, .textStrong)
    guard !table.filter.isEverything else { return }
    for word in table.filter.nameWords {
      for place in FuzzyMatch.positions(of: word, in: name) ?? [] where place < width - 1 {
        let style = canvas.style(.textMatch)
        canvas.restyle(Rect(x: x + place, y: y, width: 1, height: 1)) { $0 = style }
      }
    }
  }

  private func figure(_ reading: Reading<Double>, _ limits: Policy.Limits, _ write: (String, ThemeRole) -> Void) {
    guard let value = reading.value else { return write(context.glyphs.none, .textDim) }
    write(Figures.percent(value), Self.role(value, limits))
  }

  static func role(_ value: Double, _ limits: Policy.Limits) -> ThemeRole {
    value >= Double(limits.critical) ? .metricHigh : value >= Double(limits.warning) ? .metricMiddle : .text
  }

  private func drawSparkline(_ machine: MachineSnapshot, x: Int, y: Int, width: Int, on canvas: inout Canvas) {
    let samples = machine.history.samples.suffix(width)
    guard samples.contains(where: { $0.cpu != nil }) else { return }
    let values = samples.map(\.cpu)
    let text = Graph.sparkline(values, range: 0...100, glyphs: canvas.isUnicode ? .blocks : .ascii)
    let newest = values.last.flatMap(\.self)
    let limits = machine.policy.policy.thresholds.cpu
    let role: ThemeRole = newest.map { Self.role($0, limits) == .text ? .metricLow : Self.role($0, limits) } ?? .textDim
    canvas.text(text, x: x + width - values.count, y: y, width: values.count, role)
  }
}

/// The fleet table with nothing in it: it says why, and what to do.
struct EmptyFleetView {
  let context: ViewContext

  func draw(in rect: Rect, on canvas: inout Canvas) {
    var lines: [TextLine]
    if context.snapshot == nil {
      lines = [TextLine("waiting for the first word of the engine", .textDim)]
    } else if context.state.machines.isEmpty {
      lines = [TextLine("There is nothing to watch yet.", .textStrong), TextLine()]
      lines += context.state.settings.emptyFleetAdvice.map { TextLine($0, .text) }
    } else {
      lines = [
        TextLine("No VM matches the filter.", .textStrong),
        TextLine([("Esc", .hintKey), (" shows all \(context.state.machines.count) again", .text)]),
      ]
    }
    let top = rect.y + max(0, (rect.height - lines.count) / 2)
    let columns = lines.map(\.columns).max() ?? 0
    for (index, line) in lines.enumerated() where top + index < rect.bottom {
      canvas.line(line, x: rect.x + max(0, (rect.width - columns) / 2), y: top + index, width: min(columns, rect.width))
    }
  }
}
