import FleetModel
import Terminal

/// Draws the whole screen: a pure function of state, size, theme, capabilities and time.
package struct DashboardRenderer: Sendable {
  package let theme: Theme
  package let capabilities: Capabilities
  package let zone: DisplayZone
  private let styles: ThemeStyles

  package init(theme: Theme, capabilities: Capabilities, zone: DisplayZone) {
    self.theme = theme
    self.capabilities = capabilities
    self.zone = zone
    styles = theme.styles(for: capabilities.colors)
  }

  /// Draws a state on a screen of the state's size.
  package func render(_ state: DashboardState, at now: Moment) -> Grid {
    var canvas = Canvas(size: state.size, styles: styles, glyphs: Glyphs(isUnicode: capabilities.unicode))
    let context = context(state, now)
    let layout = context.layout
    if layout.form == .counts {
      CountsView(context: context).draw(on: &canvas)
      return canvas.grid
    }
    BandView(context: context).draw(in: layout.band, on: &canvas)
    if let table = layout.table { TableView(context: context).draw(in: table, on: &canvas) }
    for place in layout.panes { draw(place, context, on: &canvas) }
    if let log = layout.log { draw(log: log, context, on: &canvas) }
    if state.lostEngine != nil { dim(layout, on: &canvas) }
    for layer in state.layers { LayerView(context: context).draw(layer, on: &canvas) }
    FooterView(context: context).draw(in: layout.footer, on: &canvas)
    return canvas.grid
  }

  /// Draws only the clock anew on a screen of the same state: what a second changes.
  package func renderClock(_ state: DashboardState, on grid: Grid, at now: Moment) -> Grid {
    let context = context(state, now)
    guard context.layout.form != .counts, state.size == grid.size else { return render(state, at: now) }
    var canvas = Canvas(grid: grid, styles: styles, glyphs: context.glyphs)
    BandView(context: context).drawClock(in: context.layout.band, on: &canvas)
    return canvas.grid
  }

  /// A picture of one snapshot, as a new dashboard would show it: for `--screenshot`. `now` is the snapshot's own time;
  /// `plan` answers for the engine where a key asks for the ladder of a machine.
  package static func picture(
    _ snapshot: FleetSnapshot, size: Size, theme: Theme, capabilities: Capabilities = Capabilities(colors: .trueColor),
    zone: DisplayZone = .utc, settings: DashboardSettings = DashboardSettings(), keys: [Key] = [],
    plan: (MachineID) -> RecoveryPlan? = { _ in nil }
  ) -> Grid {
    let now = Moment(fleet: snapshot.at)
    var state = DashboardState(settings: settings, size: size)
    _ = state.handle(.snapshot(snapshot), at: now)
    for key in keys {
      for case .requestPlan(let machine) in state.handle(.input(.key(key)), at: now) {
        if let plan = plan(machine) { _ = state.handle(.plan(machine, .success(plan)), at: now) }
      }
    }
    // Pictures are taken when the selection rests.
    state.selectionMayHaveMoved()
    return DashboardRenderer(theme: theme, capabilities: capabilities, zone: zone).render(state, at: now)
  }

  private func context(_ state: DashboardState, _ now: Moment) -> ViewContext {
    ViewContext(
      state: state, layout: DashboardLayout(state), now: now, zone: zone,
      glyphs: Glyphs(isUnicode: capabilities.unicode))
  }

  private func draw(_ place: DashboardLayout.PanePlace, _ context: ViewContext, on canvas: inout Canvas) {
    let inner = PaneFrame(context: context).draw(place, on: &canvas)
    guard !inner.isEmpty else { return }
    let isFocused = context.isFocused(.pane(place.pane))
    switch place.pane {
    case .metrics: MetricsPane(context: context).draw(in: place.rect, inner, on: &canvas)
    case .recovery:
      RecoveryLogPane(
        context: context, machine: context.state.paneMachine, view: context.state.recoveryView,
        records: context.state.machineRecoveries
      ).draw(in: place.rect, inner, isFocused: isFocused, on: &canvas)
    case .hooks: HooksPane(context: context).draw(in: place.rect, inner, isFocused: isFocused, on: &canvas)
    case .policy: PolicyPane(context: context).draw(in: place.rect, inner, isFocused: isFocused, on: &canvas)
    case .events: EventsPane(context: context).draw(in: place.rect, inner, isFocused: isFocused, on: &canvas)
    }
  }

  private func draw(log frame: Rect, _ context: ViewContext, on canvas: inout Canvas) {
    let isFocused = context.isFocused(.log)
    canvas.frame(frame, isFocused: isFocused)
    let records = context.snapshot?.recoveries ?? []
    var title = TextLine("recovery log", isFocused ? .titleFocus : .title)
    let known = records.compactMap(\.outcome.success)
    if !known.isEmpty {
      let verified = known.filter(\.self).count
      title.add("  \(verified) of \(known.count) verified", .textDim)
    }
    canvas.label(title, x: frame.x + 1, y: frame.y, width: frame.width - 2)
    let inner = frame.inset(by: 1)
    guard !inner.isEmpty else { return }
    RecoveryLogPane(context: context, machine: nil, view: context.state.logView, records: records)
      .draw(in: frame, inner, isFocused: isFocused, on: &canvas)
  }

  /// What is shown is old: it says so by its looks.
  private func dim(_ layout: DashboardLayout, on canvas: inout Canvas) {
    let style = canvas.style(.textDim)
    let ground = canvas.style(.background).background
    let selection = canvas.style(.selectionInactive)
    let body = Rect(
      x: 0, y: layout.band.bottom, width: layout.band.width, height: layout.footer.y - layout.band.bottom)
    canvas.restyle(body) { cell in
      cell = cell.background == ground && !cell.attributes.contains(.reverse) ? style : selection
    }
  }
}

/// A screen too small for a table: the counts alone.
struct CountsView {
  let context: ViewContext

  func draw(on canvas: inout Canvas) {
    let band = BandView(context: context)
    let size = canvas.bounds.size
    let line = [BandView.Words.full, .short, .none].map { band.counts(words: $0) }
      .first { $0.columns <= size.columns }
    if size.rows == 1 || line != nil && size.rows < 4 {
      canvas.line(line ?? band.counts(words: .none), x: 0, y: 0, width: size.columns)
      return
    }
    // One count a line; what stands below the last row is worth less.
    for (y, span) in worstFirst(band).prefix(size.rows).enumerated() {
      canvas.text(span.text, x: 0, y: y, width: size.columns, span.role)
    }
  }

  private func worstFirst(_ band: BandView) -> [TextLine.Span] {
    let spans = band.counts(words: .full).spans.filter { !$0.text.allSatisfy { $0 == " " } }
    let order: [ThemeRole] = [.severityCritical, .severityWarning, .vmHealing, .severityUnknown]
    return order.compactMap { role in spans.first { $0.role == role } } + spans.filter { !order.contains($0.role) }
  }
}
