import FleetModel

/// One host as the operator described it.
package struct HostEntry: Hashable, Sendable {
  package var machine: VirtualMachine
  package var commands: HostCommands
  /// Where it stands, for messages about duplicates (`inventory.yaml:12`, `--hosts`).
  package var origin: String

  /// - Parameter name: unique within its group.
  package init(
    name: String, address: GuestAddress, group: String = "", subnet: String? = nil, tags: [String: String] = [:],
    commands: HostCommands = HostCommands(), origin: String
  ) {
    machine = VirtualMachine(
      id: MachineID("hosts/\(group)/\(name)"), name: name, group: group, provider: .hosts, address: address,
      subnet: subnet, tags: tags, abilities: commands.abilities)
    self.commands = commands
    self.origin = origin
  }

  /// Why a word cannot name a host, user or group; nil: it can. Names end up in arguments of programs, in paths and on
  /// the screen.
  static func problem(with word: String, as what: String) -> String? {
    if word.isEmpty { return "\(what) is empty" }
    if word.utf8.count > 253 { return "\(what) is longer than 253 bytes" }
    if word.hasPrefix("-") { return "\(what) begins with a dash; ssh and others would take it for an option" }
    if word.contains("/") { return "\(what) holds a slash" }
    let isPlain = SafeText.isPlain(word) && !word.unicodeScalars.contains(where: \.properties.isWhitespace)
    return isPlain ? nil : "\(what) holds a blank or a character that cannot be shown"
  }
}

/// What is wrong with an inventory, every fault with its place.
package struct InventoryError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Sentences, in the order of the file: `inventory.yaml:4:5: unknown key 'adress'; did you mean 'address'?`
  package let problems: [String]

  package var description: String { problems.joined(separator: "\n") }
}
