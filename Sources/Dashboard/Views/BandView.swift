import FleetModel
import Terminal

/// The environment band: what is watched, by whom, how it stands, and what time it is there.
struct BandView {
  let context: ViewContext

  func draw(in rect: Rect, on canvas: inout Canvas) {
    canvas.fill(rect, .band)
    let clock = drawClock(in: rect, on: &canvas)
    canvas.surface = .band
    defer { canvas.surface = nil }
    let limit = rect.right - clock - 1
    var x = rect.x + canvas.text(" azlin ", x: rect.x, y: rect.y, width: rect.width, .bandName)
    guard let snapshot = context.snapshot else {
      canvas.text("waiting for the engine", x: x + 1, y: rect.y, width: max(0, limit - x - 1), .textDim)
      return
    }
    let counts = self.counts(words: .full)
    let short = self.counts(words: .short)
    let bare = self.counts(words: .none)
    let mode = modeLine(snapshot)
    let environment = " " + snapshot.engine.context + " "
    let room = limit - x
    let names = TextWidth.columns(of: environment) + mode.columns + 3
    // Counts matter most: words go first, then the context's name.
    let shown = [counts, short, bare].first { $0.columns + names <= room } ?? bare
    if shown.columns + names <= room || rect.width >= 60 {
      x += canvas.text(environment, x: x, y: rect.y, width: max(0, min(24, limit - x)), environmentRole(snapshot))
      x += 1 + canvas.line(mode, x: x + 1, y: rect.y, width: max(0, limit - x - 1))
    }
    let start = max(x + 1, limit - shown.columns - 1)
    canvas.line(
      shown, x: min(start, x + 3 + max(0, (limit - x - shown.columns) / 2)), y: rect.y, width: max(0, limit - x - 1))
  }

  /// Writes engine state and time at the right; alone, when nothing else has changed.
  /// - Returns: columns used.
  @discardableResult
  func drawClock(in rect: Rect, on canvas: inout Canvas) -> Int {
    canvas.surface = .band
    defer { canvas.surface = nil }
    let line = clockLine(rect.width)
    let columns = line.columns
    guard columns + 8 <= rect.width else { return 0 }
    canvas.line(line, x: rect.right - columns - 1, y: rect.y, width: columns)
    return columns + 1
  }

  private func clockLine(_ width: Int) -> TextLine {
    let time = TimestampText.clock(context.now.fleet, context.zone)
    let zone = width >= 100 ? " \(context.zoneName)" : context.zoneName == "UTC" ? "Z" : ""
    if let lost = context.state.lostEngine {
      let age = context.coarse(context.now.fleet - lost)
      return TextLine(" engine lost \(age) ", .engineLost).adding(" \(time)\(zone)", .textDim)
    }
    if context.snapshot == nil { return TextLine("\(time)\(zone)", .textDim) }
    let live = width >= 80 ? "\(context.glyphs.verdict(.healthy)) live " : "\(context.glyphs.verdict(.healthy)) "
    return TextLine([(live, .engineLive), ("\(time)\(zone)", .text)])
  }

  private func modeLine(_ snapshot: FleetSnapshot) -> TextLine {
    var line: TextLine
    switch snapshot.engine.mode {
    case .healing: line = TextLine("healing", .modeHealing)
    case .observing: line = TextLine("observing", .modeObserving)
    case .dryRun: line = TextLine("dry run", .modeObserving)
    }
    if snapshot.engine.pausedUntil != nil { line.add(" PAUSED", .severityWarning) }
    if context.state.settings.isReadOnly { line.add(" read-only", .textStrong) }
    return line
  }

  private func environmentRole(_ snapshot: FleetSnapshot) -> ThemeRole {
    snapshot.engine.context.lowercased().contains("prod") ? .envProd : .env
  }

  enum Words { case full, short, none }

  /// Counts as sign, number and word; those that are seldom are left out at zero.
  func counts(words: Words) -> TextLine {
    let counts = context.state.counts
    let entries: [(Int, Verdict?, String, String, Bool)] = [
      (counts.healthy, .healthy, "healthy", "ok", true),
      (counts.warning, .warning, "warning", "warn", true),
      (counts.critical, .critical, "critical", "crit", true),
      (counts.healing, nil, "healing", "heal", false),
      (counts.unknown, .unknown, "unknown", "unkn", false),
      (counts.off, .off, "off", "off", false),
      (counts.notWatched, .notWatched, "unwatched", "unw", false),
    ]
    var line = TextLine()
    for (number, verdict, long, short, always) in entries where always || number > 0 {
      let role = number == 0 ? ThemeRole.textDim : verdict.map { ThemeRole($0) } ?? .vmHealing
      let glyph = verdict.map(context.glyphs.verdict) ?? context.glyphs.healing
      let word =
        switch words {
        case .full: " \(long)"
        case .short: " \(short)"
        case .none: ""
        }
      line.add(line.spans.isEmpty ? "" : words == .none ? " " : "  ", .text)
      line.add("\(glyph) \(number)\(word)", role)
    }
    return line
  }
}
