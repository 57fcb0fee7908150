import FleetModel
import Terminal

extension DashboardState {
  /// The lines of a layer that is read and scrolled; empty for the others.
  func textLines(_ layer: Layer, zone: DisplayZone = .utc, now: Moment = Moment(fleet: .distantPast)) -> [TextLine] {
    let context = ViewContext(
      state: self, layout: DashboardLayout(self), now: now, zone: zone, glyphs: Glyphs(isUnicode: true))
    let width = LayerFrame.textWidth(size)
    switch layer {
    case .help: return HelpText(state: self).lines(width: width)
    case .record(let id, _):
      return RecordText(context: context).lines(snapshot?.recoveries.first { $0.id == id }, width: width)
    case .hookOutput(let output): return HookOutputText(context: context).lines(output, width: width)
    case .filter, .sortMenu, .question, .recover, .policyDiff: return []
    }
  }

  /// Rows that such a layer shows at once.
  func textRows(_ layer: Layer) -> Int {
    min(textLines(layer).count, max(1, size.rows - LayerFrame.margin.rows * 2 - 2))
  }
}

/// How layers are framed.
enum LayerFrame {
  /// Left free around a large dialog, where there is room.
  static let margin = Size(columns: 2, rows: 1)
  private static let widest = 96

  /// Columns of text inside a dialog on a screen of this size.
  static func textWidth(_ size: Size) -> Int { max(10, min(widest, size.columns - 2 * margin.columns) - 4) }

  /// Draws a dialog in the middle of the screen.
  /// - Returns: where its text goes.
  static func draw(
    title: String, role: ThemeRole = .dialogBorder, width: Int, height: Int, on canvas: inout Canvas
  ) -> Rect {
    let frame = canvas.bounds.centered(Size(columns: width + 4, rows: height + 2))
    canvas.surface = .dialog
    canvas.fill(frame, .dialog)
    let inner = frame.inset(columns: 2, rows: 1)
    canvas.frame(frame, role: role)
    canvas.label(TextLine(title, role), x: frame.x + 1, y: frame.y, width: frame.width - 2)
    return inner
  }
}

/// All keys, from the action table, with the reason where an action does nothing now.
struct HelpText {
  let state: DashboardState

  func lines(width: Int) -> [TextLine] {
    var lines: [TextLine] = []
    for group in ActionEntry.Group.allCases {
      if !lines.isEmpty { lines.append(TextLine()) }
      lines.append(TextLine(group.rawValue, .header))
      for entry in ActionTable.all where entry.group == group {
        let keys = entry.keys.map(\.label).joined(separator: " ")
        let reason = state.availability(of: entry.action).reason
        var line = TextLine("  " + TextLine.pad(keys, 14), reason == nil ? .hintKey : .hintDisabled)
        line.add(TextLine.pad(entry.summary, 44), reason == nil ? .text : .hintDisabled)
        if let reason { line.add("  \(reason)", .hintDisabled) }
        lines.append(line)
      }
    }
    lines += [TextLine(), TextLine("signs", .header)]
    let glyphs = Glyphs(isUnicode: true)
    for verdict in Verdict.allCases {
      lines.append(
        TextLine([("  \(TextLine.pad(glyphs.verdict(verdict), 14))", ThemeRole(verdict)), (verdict.rawValue, .text)]))
    }
    lines.append(TextLine([("  \(TextLine.pad(glyphs.healing, 14))", .vmHealing), ("a remedy is under way", .text)]))
    lines.append(
      TextLine([
        ("  \(TextLine.pad(glyphs.soft, 14))", .severityWarning), ("seen, but not confirmed yet (2/3)", .text),
      ]))
    lines += [TextLine(), TextLine("filter", .header)]
    let examples = [
      ("web", "letters of the name, in this order"),
      ("state=critical", "or warning, unknown, off; several with a comma"),
      ("cpu>80 disk>=90", "memory, iowait, latency, load, uptime<1h"),
      ("group=prod power=stopped", "name, region, size, why~ssh, diagnosis, tag.env=prod"),
      ("!paused (flapping or soft)", "acked, held, incident, human, healing, watched"),
    ]
    for (example, meaning) in examples {
      lines.append(TextLine([("  \(TextLine.pad(example, 28))", .hintKey), (meaning, .text)]))
    }
    return lines
  }
}

/// One remedy in full.
struct RecordText {
  let context: ViewContext

  func lines(_ record: RecoveryRecord?, width: Int) -> [TextLine] {
    guard let record else { return [TextLine("This record has left the log.", .textDim)] }
    let outcome = context.outcome(record.outcome)
    func field(_ name: String, _ value: String, _ role: ThemeRole = .text) -> [TextLine] {
      value.isEmpty ? [] : TextLine.field(name, value, role, nameWidth: 12, width: width)
    }
    var lines = field("VM", record.machineName, .textStrong)
    lines += field("issue", record.issue)
    lines += field("diagnosis", record.diagnosis.rawValue)
    lines += field("remedy", "\(record.remedy.title) (\(record.remedy.rawValue))")
    lines += field("action", record.action)
    lines += field("result", "\(outcome.glyph) \(outcome.text)", outcome.role)
    lines += field("detail", record.detail)
    lines.append(TextLine())
    lines += field("asked by", record.initiator == .operator ? "an operator" : "autopilot")
    lines += field("attempt", "\(record.attempt) of incident \(record.incident)")
    lines += field("began", TimestampText.local(record.startedAt, context.zone))
    if let ended = record.endedAt {
      lines += field(
        "ended", "\(TimestampText.local(ended, context.zone)), after \(DurationText.text(ended - record.startedAt))")
    }
    return lines
  }
}

/// The last run of a hook, with all it wrote.
struct HookOutputText {
  let context: ViewContext

  func lines(_ output: HookOutput, width: Int) -> [TextLine] {
    let machine = context.state.machines.first { $0.id == output.machine }
    let hook = machine?.hooks.first { $0.event == output.event && $0.registration.path == output.path }
    guard let hook else { return [TextLine("This hook is no longer registered.", .textDim)] }
    func field(_ name: String, _ value: String, _ role: ThemeRole = .text) -> [TextLine] {
      TextLine.field(name, value, role, nameWidth: 12, width: width)
    }
    var lines = field("script", hook.registration.path, .textStrong)
    lines += field("event", hook.event.rawValue + (hook.registration.isGlobal ? ", for all VMs" : ""))
    var rule = "\(DurationText.text(hook.registration.timeout)) to finish"
    if hook.event.canVeto { rule += hook.registration.veto ? ", a failure holds the action back" : ", cannot veto" }
    lines += field("rule", rule)
    if let problem = hook.problem { lines += field("refused", problem, .severityWarning) }
    guard let run = hook.lastRun else { return lines + [TextLine(), TextLine("It has not run yet.", .textDim)] }
    let role: ThemeRole = run.result.succeeded ? .outcomeSuccess : .outcomeFailure
    lines += field("last run", TimestampText.local(run.startedAt, context.zone))
    lines += field("result", "\(run.result.text) after \(DurationText.text(run.elapsed))", role)
    lines += stream("output", run.output, width)
    lines += stream("error output", run.errorOutput, width)
    return lines
  }

  private func stream(_ name: String, _ text: String, _ width: Int) -> [TextLine] {
    var lines = [TextLine(), TextLine(name, .header)]
    let safe = SafeText.lines(text)
    if safe.isEmpty { return lines + [TextLine("  nothing", .textDim)] }
    for line in safe.split(separator: "\n", omittingEmptySubsequences: false) {
      lines += TextLine.wrap(String(line), columns: width - 2).map { TextLine("  " + $0, .text) }
    }
    return lines
  }
}
