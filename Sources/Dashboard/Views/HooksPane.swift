import FleetModel
import Terminal

/// The hooks of one machine and how their last runs went.
struct HooksPane {
  let context: ViewContext

  func draw(in frame: Rect, _ inner: Rect, isFocused: Bool, on canvas: inout Canvas) {
    let place = inner.inset(columns: 1, rows: 0)
    guard let machine = context.state.paneMachine else { return }
    guard !machine.hooks.isEmpty else { return drawEmpty(machine, in: place, on: &canvas) }
    let widths = (event: 11, age: 9, result: min(22, max(8, place.width / 4)))
    var pathWidth = max(8, place.width - widths.event - widths.age - widths.result - 2)
    if machine.hooks.contains(where: { $0.problem != nil }) {
      // Why a script is refused is what the operator came for: it gets the room that the paths leave.
      pathWidth = min(pathWidth, machine.hooks.map { context.glyphs.shown($0.registration.path).count }.max() ?? 8)
    }
    var header = TextLine(TextLine.pad("EVENT", widths.event), .header)
    header.add(TextLine.pad("SCRIPT", pathWidth + 1), .header)
    header.add(TextLine.pad("LAST RUN", widths.age + 1), .header)
    header.add("RESULT", .header)
    canvas.line(header, x: place.x, y: place.y, width: place.width)
    let list = place.splitTop(1).rest
    let cursor = context.state.hookCursor
    let row = min(cursor.row, machine.hooks.count - 1)
    let offset = ListCursor.offset(cursor.offset, showing: row, count: machine.hooks.count, visible: list.height)
    for (line, hook) in machine.hooks[offset...].prefix(list.height).enumerated() {
      let y = list.y + line
      var text = TextLine(TextLine.pad(hook.event.rawValue, widths.event), .textStrong)
      let path = Self.shorten(context.glyphs.shown(hook.registration.path), pathWidth)
      text.add(TextLine.pad(path, pathWidth + 1), .text)
      let last = last(hook)
      text.add(TextLine.pad(last.age, widths.age + 1), .textDim)
      text.add(last.result, last.role)
      canvas.line(text, x: place.x, y: y, width: place.width)
      if offset + line == row {
        canvas.select(Rect(x: inner.x, y: y, width: inner.width, height: 1), isActive: isFocused)
      }
    }
  }

  private func last(_ hook: HookStatus) -> (age: String, result: String, role: ThemeRole) {
    if let problem = hook.problem {
      return (
        hook.lastRun.map { context.ago($0.startedAt) } ?? "never", "refused: \(why(problem, hook))", .severityWarning
      )
    }
    guard let run = hook.lastRun else { return ("never", context.glyphs.none, .textDim) }
    let glyph = run.result.succeeded ? context.glyphs.success : context.glyphs.failure
    return (
      context.ago(run.startedAt), "\(glyph) \(run.result.text) \(DurationText.text(run.elapsed))",
      run.result.succeeded ? .outcomeSuccess : .outcomeFailure
    )
  }

  /// The reason without the path, which stands beside it.
  private func why(_ problem: String, _ hook: HookStatus) -> String {
    let path = hook.registration.path + " "
    return problem.hasPrefix(path) ? String(problem.dropFirst(path.count)) : problem
  }

  private func drawEmpty(_ machine: MachineSnapshot, in place: Rect, on canvas: inout Canvas) {
    let name = machine.machine.name
    let lines = [
      TextLine("no hooks for \(name)", .textStrong), TextLine(),
      TextLine("A hook is a script that runs on this machine when something", .textDim),
      TextLine("happens to the VM: \(HookEvent.allCases.map(\.rawValue).joined(separator: ", "))", .textDim),
      TextLine(),
      TextLine("azlin autopilot hooks add \(name) on-failure ~/.azlin/hooks/alert.sh", .text),
    ]
    for (index, line) in lines.prefix(place.height).enumerated() {
      canvas.line(line, x: place.x, y: place.y + index, width: place.width)
    }
  }

  /// A path cut in front: its end tells scripts apart.
  static func shorten(_ path: String, _ columns: Int) -> String {
    guard TextWidth.columns(of: path) > columns, columns > 1 else { return path }
    var tail = path.unicodeScalars[...]
    while TextWidth.columns(of: String(String.UnicodeScalarView(tail))) > columns - 1, !tail.isEmpty {
      tail = tail.dropFirst()
    }
    return "…" + String(String.UnicodeScalarView(tail))
  }
}
