import FleetModel

/// What `autopilot status` prints of one VM.
struct StatusText {
  let console: Console
  let zone: DisplayZone

  /// The block of one VM.
  /// - Parameter age: how old the word is; nil: just measured.
  func block(_ status: MachineStatus, recoveries: [RecoveryRecord], healing: String, age: Duration?, verbose: Bool)
    -> [String]
  {
    let name = SafeText.line(status.machine.name)
    var lines = ["VM: \(name)", "Status: \(console.paint(Self.title(status.verdict), Self.hue(status.verdict)))"]
    if !status.reason.isEmpty { lines.append("Reason: \(SafeText.line(status.reason))") }
    if let last = status.lastProbe {
      let old = age.map { $0 > .minutes(1) ? " (\(DurationText.long($0)) ago)" : "" } ?? ""
      lines.append("Last Check: \(TimestampText.local(last, zone))\(old)")
    } else {
      lines.append("Last Check: never")
    }
    if let uptime = status.readings.uptime.value { lines.append("Uptime: \(DurationText.long(uptime))") }
    lines += ["", "Health Metrics:"] + metrics(status).map { "  \($0)" }
    if let advice = SSHAdvice.line(status) { lines += ["", "To do: \(advice)"] }
    if verbose { lines += [""] + details(status).map { "  \($0)" } }
    lines += ["", "Self-Healing: \(healing)"]
    if let incident = status.incident {
      lines.append("Incident: \(incident.diagnosis.rawValue), \(Self.phase(incident, zone))")
    }
    for hold in status.holds {
      lines.append("Hold: \(hold.why)\(hold.until.map { until($0) } ?? "")")
    }
    lines += ["Self-Healing Actions (Last 24h):"] + Self.actions(recoveries, zone)
    return lines
  }

  private func until(_ instant: Instant) -> String {
    instant == .distantFuture ? " (until resumed)" : " (until \(TimestampText.local(instant, zone)))"
  }

  /// One line a check in force, and one for each figure that was measured besides.
  private func metrics(_ status: MachineStatus) -> [String] {
    var lines: [String] = []
    let checked = Dictionary(uniqueKeysWithValues: status.checks.map { ($0.kind, $0) })
    for kind in CheckKind.allCases {
      guard let text = Self.figure(kind, status.readings) ?? checked[kind].flatMap(Self.platformWords) else {
        if let check = checked[kind], kind != .power {
          lines.append(
            "\(console.paint("?", .cyan)) \(kind.title): \(SafeText.line(Self.missing(kind, status.readings, check)))")
        }
        continue
      }
      guard let check = checked[kind] else {
        if kind != .power && kind != .logs { lines.append("- \(kind.title): \(text) (not checked)") }
        continue
      }
      let severity = max(check.hard, check.last ?? .healthy)
      let soft = check.isSoft ? ", \(check.streak) of \(check.confirm)" : ""
      lines.append("\(glyph(severity)) \(kind.title): \(text)\(Self.remark(kind, severity))\(soft)")
    }
    return lines
  }

  private func glyph(_ severity: Severity) -> String {
    switch severity {
    case .healthy: console.paint("✓", .green)
    case .warning: console.paint("⚠", .yellow)
    case .critical: console.paint("✗", .red)
    }
  }

  private static func remark(_ kind: CheckKind, _ severity: Severity) -> String {
    switch kind {
    case .power, .connectivity, .ssh, .logs: ""
    case .disk, .memory, .cpu, .iowait: severity == .healthy ? " (healthy)" : " (\(severity.word) threshold)"
    }
  }

  /// The figure of one check; nil: not measured.
  static func figure(_ kind: CheckKind, _ readings: MachineReadings) -> String? {
    func percent(_ value: Double) -> String { "\(Int(value.rounded(.down)))%" }
    switch kind {
    case .power: return readings.power.value.map(\.title)
    case .connectivity:
      if let latency = readings.latency.value { return "OK (latency: \(latencyText(latency)))" }
      return readings.echo.value != nil || readings.tcp.value != nil ? "no answer" : nil
    case .ssh:
      guard let rungs = readings.ssh.value else { return nil }
      return rungs.failure.map { SafeText.line($0.explanation) } ?? "OK"
    case .disk:
      return readings.disk.value.map {
        percent($0.worstPercent) + ($0.path == "/" ? "" : " on \(SafeText.line($0.path))")
      }
    case .memory: return readings.memory.value.map(percent)
    case .cpu: return readings.cpu.value.map(percent)
    case .iowait: return readings.ioWait.value.map(percent)
    case .logs: return readings.logs.value.map { "\($0.errors) new error line(s)" }
    }
  }

  /// What the platform said of a machine that no witness from outside reaches; nil: it was not asked, or did not tell.
  private static func platformWords(_ check: CheckStatus) -> String? {
    guard check.kind == .connectivity, check.last != nil, check.reason.hasPrefix("platform / ") else { return nil }
    return "by the platform: \(SafeText.line(String(check.reason.dropFirst(11))))"
  }

  static func latencyText(_ latency: Duration) -> String {
    let milliseconds = latency.inSeconds * 1000
    return milliseconds < 10 ? "\((milliseconds * 10).rounded() / 10)ms" : "\(Int(milliseconds.rounded()))ms"
  }

  private static func missing(_ kind: CheckKind, _ readings: MachineReadings, _ check: CheckStatus) -> String {
    func why<Value>(_ reading: Reading<Value>) -> String {
      switch reading {
      case .value: check.reason
      case .notMeasured(let why): why.explanation
      case .notApplicable(let why): "not applicable: \(why)"
      }
    }
    switch kind {
    case .power: return why(readings.power)
    case .connectivity: return why(readings.tcp)
    case .ssh: return why(readings.ssh)
    case .disk: return why(readings.disk)
    case .memory: return why(readings.memory)
    case .cpu: return why(readings.cpu)
    case .iowait: return why(readings.ioWait)
    case .logs: return why(readings.logs)
    }
  }

  /// What `--verbose` adds: the evidence behind each line.
  private func details(_ status: MachineStatus) -> [String] {
    var lines = ["Evidence:"]
    lines.append("  address: \(SafeText.line(status.readings.path))")
    if let banner = status.readings.ssh.value?.banner { lines.append("  ssh banner: \(SafeText.line(banner))") }
    if let system = status.readings.distribution { lines.append("  system: \(SafeText.line(system))") }
    if let boot = status.readings.bootID { lines.append("  boot id: \(SafeText.line(boot))") }
    for mount in status.readings.mounts {
      lines.append("  mount \(SafeText.line(mount.path)): \(Int(mount.percent)) % of \(SafeText.line(mount.type))")
    }
    for check in status.checks {
      lines.append("  \(check.kind.label): \(Self.evidence(check))")
    }
    return lines
  }

  /// What was not measured this time has no word of its own: only what it was before.
  private static func evidence(_ check: CheckStatus) -> String {
    let reason = SafeText.line(check.reason)
    guard check.last == nil else { return "\(check.hard.word); \(reason)" }
    return "not measured (\(reason))" + (check.measuredAt == nil ? "" : "; \(check.hard.word) when it last was")
  }

  static func title(_ verdict: Verdict) -> String {
    verdict == .notWatched ? "Not watched" : verdict.rawValue.prefix(1).uppercased() + verdict.rawValue.dropFirst()
  }

  static func hue(_ verdict: Verdict) -> Console.Hue {
    switch verdict {
    case .healthy: .green
    case .warning: .yellow
    case .critical: .red
    case .unknown: .cyan
    case .off, .notWatched: .dim
    }
  }

  static func phase(_ incident: IncidentSnapshot, _ zone: DisplayZone) -> String {
    let next = incident.remedy.map { " \($0.title)" } ?? ""
    switch incident.phase {
    case .watching: return "no automatic remedy applies"
    case .waiting(let until): return "next:\(next) at \(TimestampText.clock(until, zone))"
    case .preparing(let what): return "preparing\(next): \(what)"
    case .acting: return "under way:\(next)"
    case .verifying: return "verifying\(next)"
    case .settling(let until): return "well again, closes at \(TimestampText.clock(until, zone))"
    case .held(let hold): return "held\(next): \(SafeText.line(hold.why))"
    case .needsHuman(let why): return "needs a human: \(SafeText.line(why))"
    }
  }

  /// One line a remedy, newest first.
  static func actions(_ recoveries: [RecoveryRecord], _ zone: DisplayZone) -> [String] {
    guard !recoveries.isEmpty else { return ["  (none)"] }
    return recoveries.map { "  - \(RecoveryText.title($0)) (\(TimestampText.shortClock($0.startedAt, zone)))" }
  }

  /// The exit code of `status` (semantics 3.4).
  static func code(_ verdict: Verdict) -> Int32 {
    switch verdict {
    case .healthy, .off, .notWatched: 0
    case .warning: 1
    case .critical: 2
    case .unknown: 3
    }
  }
}
