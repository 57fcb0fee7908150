import FleetModel

/// What `autopilot status --all` prints.
struct FleetText {
  let console: Console

  func summary(_ statuses: [MachineStatus], recoveries: [RecoveryRecord]) -> [String] {
    let count = statuses.count
    var lines = ["Fleet Health Summary (\(Self.machines(count))):", ""]
    let groups: [(Verdict, String, Console.Hue, String)] = [
      (.healthy, "✓", .green, "Healthy"), (.warning, "⚠", .yellow, "Warning"), (.critical, "✗", .red, "Critical"),
      (.unknown, "?", .cyan, "Unknown"), (.off, "○", .dim, "Off"), (.notWatched, "·", .dim, "Not watched"),
    ]
    for (verdict, glyph, hue, word) in groups {
      let members = statuses.filter { $0.verdict == verdict }
      let always = verdict == .healthy || verdict == .warning || verdict == .critical
      guard always || !members.isEmpty else { continue }
      let share = count == 0 ? 0 : Int((100 * Double(members.count) / Double(count)).rounded())
      lines.append("\(console.paint(glyph, hue)) \(word): \(Self.machines(members.count)) (\(share)%)")
      guard verdict != .healthy, verdict != .notWatched else { continue }
      for member in members { lines.append("  - \(SafeText.line(member.machine.name)): \(Self.phrase(member))") }
    }
    lines += ["", "Recent Recovery Actions: \(recoveries.count) (last 24h)"]
    lines.append("Success Rate: \(RecoveryText.successRate(recoveries).map { "\($0)%" } ?? "–")")
    return lines
  }

  static func machines(_ count: Int) -> String { count == 1 ? "1 VM" : "\(count) VMs" }

  /// `High CPU usage (92%)`, `SSH unavailable`, or the reason as it stands.
  static func phrase(_ status: MachineStatus) -> String {
    guard let worst = status.checks.filter({ $0.hard > .healthy }).max(by: { $0.hard < $1.hard }) else {
      return SafeText.line(status.reason)
    }
    switch worst.kind {
    case .cpu, .memory, .disk, .iowait:
      let word = [CheckKind.cpu: "CPU", .memory: "memory", .disk: "disk", .iowait: "I/O wait"][worst.kind] ?? ""
      let figure = StatusText.figure(worst.kind, status.readings) ?? SafeText.line(worst.reason)
      return "High \(word) usage (\(figure))"
    case .ssh where worst.hard == .critical: return "SSH unavailable (\(SafeText.line(worst.reason)))"
    default: return SafeText.line(status.reason)
    }
  }
}
