import FleetModel

/// Reads the power state out of what a `status` command printed.
enum PowerWord {
  private static let words = PowerState.allCases.map(\.rawValue).joined(separator: ", ")

  /// One of Azure's power words, alone, in any case; Azure's own longer forms (`PowerState/running`, `VM running`)
  /// count as the word. Anything else is not a power state, and not guessed at.
  static func reading(_ outcome: CommandOutcome) -> Reading<PowerState> {
    guard case .exited(0) = outcome.ending else {
      if case .notStarted(let why) = outcome.ending { return .notMeasured(.monitor(why)) }
      if case .cancelled = outcome.ending { return .notMeasured(.monitor("the status command was broken off")) }
      let words = HostsControlPlane.words(of: outcome)
      return .notMeasured(
        .notReported(
          "the status command \(HostsControlPlane.ending(outcome))" + (words.isEmpty ? "" : ": \(words)")))
    }
    var word = outcome.output.trimmed.lowercased()
    for prefix in ["powerstate/", "vm "] where word.hasPrefix(prefix) { word.removeFirst(prefix.count) }
    guard let state = PowerState(rawValue: word) else {
      let printed = outcome.output.trimmed
      return .notMeasured(
        .notReported(
          printed.isEmpty
            ? "the status command printed nothing, not one of \(words)"
            : "the status command printed '\(SafeText.line(String(printed.prefix(80))))', not one of \(words)"))
    }
    return .value(state)
  }
}
