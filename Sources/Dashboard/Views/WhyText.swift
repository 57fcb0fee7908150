import FleetModel
import Terminal

/// The Why block: the reading and rule behind a verdict, how sure it is, what happens next, and what holds it.
struct WhyText {
  let context: ViewContext
  let machine: MachineSnapshot
  let width: Int

  private var status: MachineStatus { machine.status }
  private var glyphs: Glyphs { context.glyphs }

  /// Verdict, findings, the incident's climb, holds, probes.
  func lines() -> [TextLine] {
    var lines = [headline()]
    lines += findings()
    if lines.count == 1, !status.reason.isEmpty {
      lines += TextLine.field("why", status.reason, width: width)
    }
    if status.diagnosis != .none { lines += field("diagnosis", status.diagnosis.rawValue) }
    let advice = SSHAdvice.line(status)
    if let advice { lines += field("to do", advice, .textStrong) }
    // Where keys do not fit no remedy helps, whatever holds it.
    if let incident = status.incident, advice == nil {
      let phase = context.phase(incident)
      lines += field("next", phase.text, phase.role)
    }
    for hold in status.holds {
      lines += field("held", "\(hold.by.rawValue) \(context.until(hold)): \(hold.why)", .severityWarning)
    }
    lines += field("probe", probes(), .textDim)
    return lines
  }

  /// What is known of the machine beside its health.
  func facts() -> [TextLine] {
    var lines: [TextLine] = []
    let vm = status.machine
    let place = [vm.group, vm.region, vm.size].filter { !$0.isEmpty }.joined(separator: " \(glyphs.separator) ")
    if !place.isEmpty { lines += field("place", place) }
    var system = status.readings.distribution ?? (vm.system == .unknown ? "" : vm.system.rawValue)
    if let uptime = status.readings.uptime.value { system += "\(system.isEmpty ? "" : ", ")up \(upText(uptime))" }
    if !system.isEmpty { lines += field("system", system) }
    if let load = status.readings.load {
      let cores = status.readings.processors.map { " on \(Figures.count($0, "core"))" } ?? ""
      lines += field("load", "\(Figures.tenths(load))\(cores)")
    }
    if let usage = status.readings.memoryUsage {
      lines += field("memory", "\(Figures.bytes(usage.available)) of \(Figures.bytes(usage.total)) available")
    }
    lines += field("path", pathText())
    if !vm.tags.isEmpty {
      let tags = vm.tags.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
      lines += field("tags", tags.joined(separator: " "))
    }
    lines += mounts()
    return lines
  }

  private func field(_ name: String, _ value: String, _ role: ThemeRole = .text) -> [TextLine] {
    TextLine.field(name, value, role, width: width)
  }

  private func headline() -> TextLine {
    let state = context.state(status)
    var line = TextLine("\(state.glyph) \(ViewContext.word(status.verdict))", ThemeRole(status.verdict))
    if status.isHealing {
      line = TextLine("\(state.glyph) healing \(glyphs.arrow) \(status.verdict.rawValue)", .vmHealing)
    }
    let since = status.checks.filter { $0.hard > .healthy }.compactMap(\.since).min()
    if let since { line.add(" since \(context.time(since))", .textDim) }
    if case .value(let power) = status.readings.power, power != .running { line.add("  \(power.rawValue)", .textDim) }
    switch status.watch {
    case .notWatched: line.add("  not watched", .textDim)
    case .observing: line.add("  observed only", .textDim)
    case .healing: break
    }
    return line
  }

  /// One line for each check that is not healthy, then all healthy ones together.
  private func findings() -> [TextLine] {
    var lines: [TextLine] = []
    for check in status.checks where check.hard > .healthy || check.isSoft {
      let severity = check.isSoft ? check.last ?? check.hard : check.hard
      let glyph = check.isSoft ? glyphs.soft : glyphs.severity(check.hard)
      var sure = check.isSoft ? " (\(check.streak) of \(check.confirm))" : ""
      if check.isFlapping { sure += " flapping" }
      let head = "\(glyph) \(check.kind.label)"
      let subject = check.kind.label + " / "
      let reason = check.reason.hasPrefix(subject) ? String(check.reason.dropFirst(subject.count)) : check.reason
      for (index, text) in TextLine.wrap(reason + sure, columns: max(8, width - 16)).enumerated() {
        lines.append(
          TextLine([
            (TextLine.pad(index == 0 ? head : "", 16), ThemeRole(severity)), (text, index == 0 ? .textStrong : .text),
          ]))
      }
    }
    let healthy = status.checks.filter { $0.hard == .healthy && !$0.isSoft }
    if !healthy.isEmpty {
      let known = healthy.filter { $0.last != nil }.map(\.kind.label)
      let missing = healthy.filter { $0.last == nil }.map(\.kind.label)
      if !known.isEmpty { lines += list(known.joined(separator: " "), glyphs.success, .severityHealthy) }
      if !missing.isEmpty { lines += list("\(missing.joined(separator: " ")) not measured", "?", .severityUnknown) }
    }
    return lines
  }

  private func list(_ text: String, _ glyph: String, _ role: ThemeRole) -> [TextLine] {
    TextLine.wrap(text, columns: width - 2).enumerated().map { index, text in
      TextLine([(index == 0 ? "\(glyph) " : "  ", role), (text, .textDim)])
    }
  }

  private func probes() -> String {
    var parts: [String] = []
    if let last = status.lastProbe { parts.append(context.ago(last)) } else { parts.append("none yet") }
    if let next = status.nextProbe { parts.append("next \(context.countdown(next))") }
    return parts.joined(separator: ", ")
  }

  private func pathText() -> String {
    let address = status.machine.address
    let dialled = status.readings.path.isEmpty ? address?.host ?? "no direct path" : status.readings.path
    let port = address?.port.map { ":\($0)" } ?? ""
    let user = address?.user.map { "\($0)@" } ?? ""
    return user + dialled + (dialled.contains(":") ? "" : port)
  }

  private func upText(_ uptime: Duration) -> String {
    // Seconds and minutes of an uptime of days would only make the pane restless.
    uptime < .hours(1) ? context.coarse(uptime) : DurationText.long(.seconds(uptime.milliseconds / 3_600_000 * 3600))
  }

  private func mounts() -> [TextLine] {
    let limits = machine.policy.policy.thresholds.disk
    let mounts = status.readings.mounts.sorted { $0.worstPercent > $1.worstPercent }
    guard !mounts.isEmpty else { return [] }
    let pathWidth = min(max(8, width - 34), mounts.map { TextWidth.columns(of: $0.path) }.max() ?? 8)
    return mounts.prefix(8).map { mount in
      let role = TableView.role(mount.percent, limits)
      let bar = Graph.bar(fraction: mount.percent / 100, columns: 10, glyphs: glyphs.isUnicode ? .blocks : .ascii)
      var line = TextLine(TextLine.pad(TextWidth.truncate(mount.path, columns: pathWidth), pathWidth) + " ", .text)
      line.add(TextLine.pad(bar, 10), role == .text ? .metricLow : role)
      line.add(String(repeating: " ", count: 5 - Figures.percent(mount.percent).utf8.count), .text)
      line.add(Figures.percent(mount.percent), role)
      line.add("  \(Figures.bytes(mount.available)) free", .textDim)
      if let inodes = mount.inodePercent, inodes > mount.percent {
        line.add("  inodes \(Figures.percent(inodes))", TableView.role(inodes, limits))
      }
      return line
    }
  }
}
