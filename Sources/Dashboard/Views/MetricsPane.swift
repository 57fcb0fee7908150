import FleetModel
import Terminal

/// One machine in full: why it is as it is, its figures over time, its facts.
struct MetricsPane {
  let context: ViewContext

  func draw(in frame: Rect, _ inner: Rect, on canvas: inout Canvas) {
    guard let machine = context.state.paneMachine else {
      canvas.text("no VM is selected", x: inner.x + 1, y: inner.y, width: inner.width - 1, .textDim)
      return
    }
    let place = inner.inset(columns: 1, rows: 0)
    if place.width >= 70 {
      drawBeside(machine, frame, place, on: &canvas)
    } else {
      drawBelow(machine, frame, place, on: &canvas)
    }
  }

  /// Words at the left, graphs at the right.
  private func drawBeside(_ machine: MachineSnapshot, _ frame: Rect, _ place: Rect, on canvas: inout Canvas) {
    let (left, rest) = place.splitLeft(min(56, place.width * 46 / 100))
    let why = WhyText(context: context, machine: machine, width: left.width)
    let lines = why.lines() + [TextLine()] + why.facts()
    let offset = draw(lines, in: left, on: &canvas)
    if lines.count > offset + left.height {
      PaneFrame.below("\(lines.count - offset - left.height) more below", frame, on: &canvas)
    }
    let right = rest.splitLeft(2).rest
    if right.width >= 110, right.height < 24 {
      let half = right.splitLeft(right.width / 2)
      drawGraphs([.cpu, .memory, .disk], machine, in: half.left, on: &canvas)
      drawGraphs([.ioWait, .latency], machine, in: half.rest.splitLeft(2).rest, on: &canvas)
    } else {
      drawGraphs(Metric.allCases, machine, in: right, on: &canvas)
    }
  }

  /// Words, graphs, then facts; what does not fit is reached by scrolling.
  private func drawBelow(_ machine: MachineSnapshot, _ frame: Rect, _ place: Rect, on canvas: inout Canvas) {
    let why = WhyText(context: context, machine: machine, width: place.width)
    let top = why.lines()
    let facts = why.facts()
    // Graphs take what the words leave, but are never so low that they say nothing.
    let free = place.height - top.count - 1 - min(facts.count, max(0, place.height / 4))
    let rows = min(7, max(3, free / Metric.allCases.count))
    let graphs = rows * Metric.allCases.count
    let total = top.count + 1 + graphs + 1 + facts.count
    let offset = min(context.state.metricsOffset, max(0, total - place.height))
    var tall = Canvas(size: Size(columns: place.width, rows: total), styles: canvas.styles, glyphs: canvas.glyphs)
    for (index, line) in top.enumerated() { tall.line(line, x: 0, y: index, width: place.width) }
    drawGraphs(
      Metric.allCases, machine, in: Rect(x: 0, y: top.count + 1, width: place.width, height: graphs), on: &tall)
    for (index, line) in facts.enumerated() {
      tall.line(line, x: 0, y: top.count + graphs + 2 + index, width: place.width)
    }
    var window = Grid(size: place.size, style: canvas.style(.text))
    window.blit(tall.grid, at: Point(x: 0, y: -offset))
    canvas.blit(window, at: place.origin)
    if total > offset + place.height {
      PaneFrame.below("\(total - offset - place.height) more below", frame, on: &canvas)
    }
  }

  /// - Returns: the offset used.
  private func draw(_ lines: [TextLine], in rect: Rect, on canvas: inout Canvas) -> Int {
    let offset = min(context.state.metricsOffset, max(0, lines.count - rect.height))
    for (index, line) in lines[offset...].prefix(rect.height).enumerated() {
      canvas.line(line, x: rect.x, y: rect.y + index, width: rect.width)
    }
    return offset
  }

  /// Graphs one above the other; as many as have room for a title and two rows.
  private func drawGraphs(_ metrics: [Metric], _ machine: MachineSnapshot, in rect: Rect, on canvas: inout Canvas) {
    let count = min(metrics.count, max(1, rect.height / 3))
    guard rect.height >= 2, rect.width >= 12 else { return }
    var rest = rect
    for (index, metric) in metrics.prefix(count).enumerated() {
      let (place, below) = rest.splitTop(rest.height / (count - index))
      rest = below
      MetricGraph(context: context, machine: machine, metric: metric).draw(in: place, on: &canvas)
    }
  }
}

/// One figure over time, with its thresholds and what happened meanwhile.
struct MetricGraph {
  let context: ViewContext
  let machine: MachineSnapshot
  let metric: Metric

  func draw(in rect: Rect, on canvas: inout Canvas) {
    let series = MetricSeries(
      machine.history, metric, interval: machine.policy.policy.monitoring.interval,
      count: Graph.capacity(columns: rect.width, glyphs: canvas.isUnicode ? .braille : .ascii))
    let top = range(series)
    drawTitle(series, top, in: rect, on: &canvas)
    let place = rect.splitTop(1).rest
    guard series.values.contains(where: { $0 != nil }) else {
      canvas.text(whyEmpty, x: rect.x, y: place.y + max(0, (place.height - 1) / 2), width: rect.width, .textDim)
      return
    }
    let limits = limits
    let styles = (
      low: canvas.style(.metricLow), middle: canvas.style(.metricMiddle), high: canvas.style(.metricHigh),
      line: canvas.style(.metricLine)
    )
    let thresholds =
      limits.map { pair in
        [
          Graph.Threshold(value: Double(pair.warning), style: canvas.style(.graphWarning)),
          Graph.Threshold(value: Double(pair.critical), style: canvas.style(.graphCritical)),
        ]
      } ?? []
    canvas.graph(
      series.values, range: 0...top, in: place,
      coloring: .byValue { value in
        guard let limits else { return styles.line }
        if value >= Double(limits.critical) { return styles.high }
        return value >= Double(limits.warning) ? styles.middle : styles.low
      },
      thresholds: thresholds,
      marks: series.marks.map { place in
        Graph.Mark(index: place.index, glyph: context.glyphs.mark(place.mark.kind), style: canvas.style(.graphMark))
      })
  }

  private func drawTitle(_ series: MetricSeries, _ top: Double, in rect: Rect, on canvas: inout Canvas) {
    var line = TextLine(TextLine.pad(metric.rawValue, 9), .textStrong)
    line.add(current.text, current.role)
    if let limits { line.add("  warn \(limits.warning) crit \(limits.critical)", .textDim) }
    let used = canvas.line(line, x: rect.x, y: rect.y, width: rect.width)
    guard series.span > .zero else { return }
    var right = context.coarse(series.span)
    if metric == .latency { right = "0–\(Int(top))ms \(context.glyphs.separator) " + right }
    let columns = TextWidth.columns(of: right)
    if used + columns + 2 <= rect.width {
      canvas.text(right, x: rect.right - columns, y: rect.y, width: columns, .textDim)
    }
  }

  /// The upper end of the graph.
  private func range(_ series: MetricSeries) -> Double {
    guard metric == .latency else { return 100 }
    let highest = series.values.lazy.compactMap(\.self).max() ?? 0
    // A scale of its own that moves in steps: 10, 20, 50, 100, … ms.
    for scale in [1.0, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000] where highest <= scale { return scale }
    return max(10_000, highest)
  }

  private var limits: Policy.Limits? {
    let thresholds = machine.policy.policy.thresholds
    switch metric {
    case .cpu: return thresholds.cpu
    case .memory: return thresholds.memory
    case .disk: return thresholds.disk
    case .ioWait: return thresholds.ioWait
    case .latency: return nil
    }
  }

  private var reading: Reading<Double> {
    let readings = machine.status.readings
    switch metric {
    case .cpu: return readings.cpu
    case .memory: return readings.memory
    case .disk: return readings.disk.map(\.worstPercent)
    case .ioWait: return readings.ioWait
    case .latency: return readings.latency.map { $0.inSeconds * 1000 }
    }
  }

  private var current: (text: String, role: ThemeRole) {
    guard let value = reading.value else { return (context.glyphs.none, .textDim) }
    if metric == .latency { return (Figures.latency(milliseconds: value), .textStrong) }
    let role = limits.map { TableView.role(value, $0) } ?? .text
    return (Figures.percent(value), role == .text ? .textStrong : role)
  }

  private var whyEmpty: String {
    switch reading {
    case .value: "no history yet"
    case .notMeasured(let why): why.explanation
    case .notApplicable(let why): "not applicable: \(why)"
    }
  }
}
