import FleetModel

/// Policy as text for an operator.
package enum PolicyShow {
  /// One line of `config --show`.
  package struct Line: Hashable, Sendable {
    package let key: String
    /// As an operator writes it; a literal secret is masked, `–` where nothing is set.
    package let value: String
    package let layer: PolicyLayer
    package let isInForce: Bool
  }

  /// Every effective value with the layer it came from, in the order of the table.
  /// - Parameter includesFleet: also what only defaults.yaml says.
  package static func lines(_ effective: EffectivePolicy, includesFleet: Bool = false) -> [Line] {
    PolicyKey.all.filter { includesFleet || !$0.isFleetOnly }.map { key in
      let text = SafeText.line(key.text(of: effective.policy))
      return Line(
        key: key.path, value: text.isEmpty ? "–" : text, layer: effective.origin(of: key.path), isInForce: key.isInForce
      )
    }
  }

  /// The same as columns, with the problems below.
  package static func text(_ effective: EffectivePolicy, includesFleet: Bool = false) -> [String] {
    let lines = lines(effective, includesFleet: includesFleet)
    let keyWidth = lines.map(\.key.count).max() ?? 0
    // A long list of hooks must not push the layers of all other keys aside.
    let valueWidth = min(24, lines.map(\.value.count).max() ?? 0)
    return lines.map { line in
      let note = line.isInForce ? "" : "  (not in force yet)"
      return padded(line.key, keyWidth) + "  " + padded(line.value, valueWidth) + "  " + line.layer.rawValue + note
    } + effective.problems.map { "! " + $0 }
  }

  /// What `autopilot enable` and `config` print of one machine.
  package static func summary(_ effective: EffectivePolicy, name: String) -> [String] {
    let policy = effective.policy
    let name = SafeText.line(name)
    let checks = policy.monitoring.checks
    func word(_ isOn: Bool) -> String { isOn ? "Enabled" : "Disabled" }
    let resources = [("disk", CheckKind.disk), ("memory", .memory), ("cpu", .cpu)].filter { checks.contains($0.1) }
    let resource: String
    switch resources.count {
    case 0: resource = "Disabled"
    case 3: resource = "Enabled"
    default: resource = "Enabled (\(resources.map(\.0).joined(separator: ", ")))"
    }
    let healing = policy.healing.enabled ? (policy.healing.mode == .observe ? "Observing only" : "Enabled") : "Disabled"
    let isDefault =
      effective.origin(of: "self_healing.enabled") == .builtIn && effective.origin(of: "self_healing.mode") == .builtIn
    let head =
      policy.monitoring.enabled
      ? "✓ Health monitoring enabled for '\(name)'"
      : "Health monitoring is not enabled for '\(name)': it is not watched"
    return [
      head,
      "  Check Interval: " + DurationText.long(policy.monitoring.interval),
      "  Connectivity Check: " + word(checks.contains(.connectivity)),
      "  Resource Check: " + resource,
      "  Self-Healing: " + healing + (isDefault ? " (default)" : ""),
    ]
  }

  private static func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }
}
