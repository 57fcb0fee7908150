/// One Markdown table: what, the goal, each program, and how azlin compares with the first peer.
struct Report {
  /// Measured against the goals: azlin with nothing changing; nil when only peers were measured.
  var frozen: Measurement?
  /// azlin with a fleet that lives.
  var living: Measurement?
  var peers: [Measurement]

  /// A line of the table. The goals are those of the dashboard's budget.
  private struct Row: Sendable {
    var what: String
    var unit: String
    /// At most this; nil: measured for the record.
    var goal: Double?
    var digits = 1
    var value: @Sendable (Measurement) -> Double?
  }

  private static let rows = [
    Row(what: "idle CPU", unit: "% of a core", goal: 0.1, digits: 2) { $0.idleCPU },
    Row(what: "idle output", unit: "B/s", goal: 20, digits: 0) { $0.idleBytes },
    Row(what: "key → first byte, p50", unit: "ms", goal: 2, digits: 2) {
      $0.answered.percentile(0.5).map { $0 * 1000 }
    },
    Row(what: "key → first byte, p95", unit: "ms", goal: 5, digits: 2) {
      $0.answered.percentile(0.95).map { $0 * 1000 }
    },
    Row(what: "key → last byte, p50", unit: "ms", digits: 2) { $0.settled.percentile(0.5).map { $0 * 1000 } },
    Row(what: "key → last byte, p95", unit: "ms", digits: 2) { $0.settled.percentile(0.95).map { $0 * 1000 } },
    Row(what: "output per move, p50", unit: "B", goal: 300, digits: 0) { $0.bytesPerMove.percentile(0.5) },
    Row(what: "output per move, p95", unit: "B", digits: 0) { $0.bytesPerMove.percentile(0.95) },
    Row(what: "CPU per move", unit: "ms", digits: 2) { $0.cpuPerMove.map { $0 * 1000 } },
    Row(what: "moves without an answer", unit: "", digits: 0) { $0.moves.isEmpty ? nil : Double($0.unanswered) },
    Row(what: "start → first byte", unit: "ms") { $0.firstOutput.map { $0 * 1000 } },
    Row(what: "start → first frame with its text", unit: "ms", goal: 50) { $0.ready.map { $0 * 1000 } },
    Row(what: "start → quiet", unit: "ms") { $0.firstFrame.map { $0 * 1000 } },
    Row(what: "memory, resident", unit: "MiB", goal: 30) { $0.memory?.resident },
    Row(what: "memory, peak", unit: "MiB") { $0.memory?.peak },
    Row(what: "memory, proportional", unit: "MiB") { $0.memory?.proportional },
  ]

  var markdown: String {
    let columns = [frozen, living].compactMap { $0 } + peers
    var header = ["what", "goal"] + columns.map(\.subject)
    if let frozen, let peer = peers.first { header.append("\(frozen.subject) ÷ \(peer.subject)") }
    let lines = Self.rows.map { row -> [String] in
      let goal = row.goal.map { "≤ \(fixed($0, $0 < 1 ? 1 : 0)) \(row.unit)" } ?? ""
      var cells = [row.unit.isEmpty ? row.what : "\(row.what) (\(row.unit))", goal]
      cells += columns.enumerated().map { index, column in
        let verdict = index == 0 && frozen != nil ? mark(row.value(column), row.goal) : ""
        return (row.value(column).map { fixed($0, row.digits) } ?? "–") + verdict
      }
      if let frozen, let peer = peers.first { cells.append(ratio(row.value(frozen), row.value(peer))) }
      return cells
    }
    return table([header] + lines)
  }

  /// Whether every goal was reached; nil when azlin was not measured.
  var allGoalsMet: Bool? {
    frozen.map { frozen in
      Self.rows.allSatisfy { row in row.goal.map { goal in row.value(frozen).map { $0 <= goal } ?? false } ?? true }
    }
  }

  private func mark(_ value: Double?, _ goal: Double?) -> String {
    guard let goal else { return "" }
    return value.map { $0 <= goal } == true ? " ✓" : " ✗"
  }

  private func ratio(_ value: Double?, _ peer: Double?) -> String {
    guard let value, let peer, peer > 0 else { return "–" }
    return "\(fixed(value / peer, 2))×"
  }

  private func table(_ rows: [[String]]) -> String {
    let widths = (rows.first ?? []).indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    func line(_ cells: [String]) -> String {
      "| " + zip(cells, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }.joined(separator: " | ")
        + " |"
    }
    let rule = "|" + widths.map { String(repeating: "-", count: $0 + 2) }.joined(separator: "|") + "|"
    return ([line(rows[0]), rule] + rows.dropFirst().map(line)).joined(separator: "\n")
  }
}

/// A number with so many decimals, independent of the locale.
func fixed(_ value: Double, _ digits: Int) -> String {
  let scale = (0..<digits).reduce(1) { scale, _ in scale * 10 }
  let scaled = Int((value * Double(scale)).rounded())
  guard digits > 0 else { return "\(scaled)" }
  let fraction = "\(abs(scaled) % scale)"
  let padding = String(repeating: "0", count: digits - fraction.count)
  return "\(scaled < 0 ? "-" : "")\(abs(scaled) / scale).\(padding)\(fraction)"
}
