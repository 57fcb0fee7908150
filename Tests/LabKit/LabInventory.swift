extension Lab {
  /// The commands that play the control plane of the lab's guests, as words for an inventory's `commands:`
  /// (`{name}` stands for the guest).
  package nonisolated var commands: [String: String] {
    Dictionary(uniqueKeysWithValues: LabInventory.verbs.map { ($0, "\(directory)/bin/\($0) {name}") })
  }

  /// An inventory file with these guests.
  /// - Parameters:
  ///   - user: `root`, `ops` or `viewer`.
  ///   - verbs: which of the commands the hosts have; an empty list leaves them without a control plane.
  package nonisolated func inventory(
    of guests: [LabGuest], user: String = "root", verbs: [String] = LabInventory.verbs
  ) -> String {
    var lines = ["hosts:"]
    for guest in guests {
      lines.append("  - name: \(guest.name)")
      lines.append("    address: \(guest.address)")
      lines.append("    user: \(user)")
      lines.append("    identity: \(identity)")
      lines.append("    group: lab")
      if !verbs.isEmpty { lines.append("    commands:") }
      lines += verbs.map { "      \($0): \(directory)/bin/\($0) {name}" }
    }
    return lines.joined(separator: "\n") + "\n"
  }
}

/// What an inventory may know of the lab.
package enum LabInventory {
  /// The commands a host can have.
  package static let verbs = ["status", "start", "stop", "restart", "run"]
}
