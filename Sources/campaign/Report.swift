import FaultCampaign
import FleetModel

/// The figures of a campaign, for people.
enum Report {
  static func text(_ tally: Tally, seconds: Double) -> String {
    let rate = seconds > 0 ? Double(tally.runs) / seconds : 0
    var lines = [
      "\(tally.runs) seeds in \(rounded(seconds)) s (\(rounded(rate)) a second), \(tally.probes) probes, "
        + "\(tally.incidents) incidents, \(tally.hookRuns) hook runs",
      "remedies     " + list(tally.remedies.map { ($0.key.rawValue, "\($0.value)") }),
      "verified     \(tally.verified) of \(tally.settled) with a known outcome",
      "troubles     " + list(tally.troubles.map { ($0.key.rawValue, "\($0.value)") }),
      "guards held  " + list(tally.guards.map { ($0.key.rawValue, "\($0.value)") }),
      "diagnoses    (true / made) "
        + list(tally.diagnoses.map { ($0.key.rawValue, "\($0.value.right)/\($0.value.made)") }),
    ]
    let pairs = tally.pairs.values.reduce((run: 0, milder: 0)) { ($0.run + $1.run, $0.milder + $1.milder) }
    lines.append(
      "pairs        (milder / run) \(pairs.milder)/\(pairs.run): "
        + list(tally.pairs.map { ($0.key, "\($0.value.milder)/\($0.value.run)") }))
    let vacuous = tally.vacuous
    lines.append(
      vacuous.isEmpty ? "never        nothing: all came to pass" : "never        " + vacuous.joined(separator: ", "))
    let broken = Invariant.allCases.filter { tally.violations[$0] != nil }
    lines.append("invariants   \(Invariant.allCases.count - broken.count) of \(Invariant.allCases.count) held")
    lines += broken.map { "BROKEN       \($0.rawValue): \(tally.violations[$0] ?? 0)" }
    return lines.joined(separator: "\n")
  }

  private static func list(_ pairs: [(String, String)]) -> String {
    pairs.sorted { $0.0 < $1.0 }.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
  }

  private static func rounded(_ value: Double) -> Double { (value * 10).rounded() / 10 }
}
