import FleetModel

/// A file of faults for a served simulator: JSON, a list of `{"vm": "vm-web-01", "fault": "ssh-down", "after": "30s",
/// "for": "5m"}`; `after` and `for` may be missing, `vm` may be `--all`.
package struct FaultScript: Hashable, Sendable {
  package struct Line: Hashable, Sendable {
    package var vm: String
    package var fault: String
    /// From the start of the simulator.
    package var after: Duration
    /// nil: until it is healed.
    package var duration: Duration?
  }
  /// What is wrong with a file.
  package struct Fault: Error, Hashable, Sendable, CustomStringConvertible { package var description: String }

  package var lines: [Line] = []

  /// - Throws: where it is no such list; the sentence names the entry.
  package init(_ bytes: [UInt8]) throws(Fault) {
    guard case .array(let items)? = JSONReader.value(bytes) else {
      throw Fault(description: "it is no JSON list of faults")
    }
    for (index, item) in items.enumerated() {
      let place = "entry \(index + 1)"
      guard let vm = item["vm"].text, let fault = item["fault"].text else {
        throw Fault(description: "\(place) has no \"vm\" or no \"fault\"")
      }
      if let odd = item.members.first(where: { !["vm", "fault", "after", "for"].contains($0.name) }) {
        throw Fault(
          description: "\(place) has an unknown key \"\(SafeText.line(odd.name))\"; there are vm, fault, after, for")
      }
      lines.append(
        Line(
          vm: vm, fault: fault, after: try Self.duration(item["after"], place, "after") ?? .zero,
          duration: try Self.duration(item["for"], place, "for")))
    }
  }

  private static func duration(_ value: JSON, _ place: String, _ key: String) throws(Fault) -> Duration? {
    guard !value.isNull else { return nil }
    guard let text = value.text ?? value.whole.map(String.init) else {
      throw Fault(description: "\(place): \"\(key)\" takes a duration as in \"5m\"")
    }
    do { return try DurationText.parse(text) } catch { throw Fault(description: "\(place): \"\(key)\": \(error)") }
  }
}

extension ARMSimulator {
  /// Plans all faults of a script, from now on.
  /// - Returns: nil, or a sentence about the first line that cannot be.
  package func plan(_ script: FaultScript) -> String? {
    for (index, line) in script.lines.enumerated() {
      if let why = plan(fault: line.fault, on: line.vm, after: line.after, for: line.duration) {
        return "entry \(index + 1): \(why)"
      }
    }
    return nil
  }
}
