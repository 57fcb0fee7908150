import FleetModel

/// The `--hosts` argument: `user@host:port,…`.
package enum HostList {
  /// Reads a comma-separated list; an IPv6 address with a port stands in brackets.
  ///
  /// A host's name is its address as written; the port is added where two hosts would have the same name.
  /// - Throws: `InventoryError`, naming each entry that cannot be read.
  package static func parse(_ text: String) throws(InventoryError) -> [HostEntry] {
    var problems: [String] = []
    var addresses: [GuestAddress] = []
    for item in text.split(separator: ",", omittingEmptySubsequences: false) {
      let item = item.trimmed
      do {
        let address = try address(item)
        if addresses.contains(address) {
          problems.append("--hosts: '\(SafeText.line(item))' stands twice")
        } else {
          addresses.append(address)
        }
      } catch {
        problems.append("--hosts: '\(SafeText.line(item))': \(error.description); write user@host:port")
      }
    }
    guard problems.isEmpty else { throw InventoryError(problems: problems) }
    return addresses.map { address in
      let alike = addresses.filter { $0.host == address.host }
      var name = address.host
      if alike.count > 1 {
        if Set(alike.map(\.port)).count > 1, let port = address.port { name += ":\(port)" }
        if alike.filter({ $0.port == address.port }).count > 1, let user = address.user { name = "\(user)@\(name)" }
      }
      return HostEntry(name: name, address: address, origin: "--hosts")
    }
  }

  private struct Fault: Error {
    let description: String
  }

  private static func address(_ item: String) throws(Fault) -> GuestAddress {
    guard !item.isEmpty else { throw Fault(description: "an entry is empty") }
    var rest = item[...]
    var user: String?
    // The last @: a user name may hold one (name@domain).
    if let at = rest.lastIndex(of: "@") {
      let word = String(rest[..<at])
      if let problem = HostEntry.problem(with: word, as: "the user") { throw Fault(description: problem) }
      user = word
      rest = rest[rest.index(after: at)...]
    }
    var host: Substring
    var port: Substring?
    if rest.hasPrefix("[") {
      guard let close = rest.firstIndex(of: "]") else { throw Fault(description: "no closing bracket") }
      host = rest[rest.index(after: rest.startIndex)..<close]
      rest = rest[rest.index(after: close)...]
      if rest.hasPrefix(":") {
        port = rest.dropFirst()
      } else if !rest.isEmpty {
        throw Fault(description: "'\(SafeText.line(String(rest)))' after the bracket")
      }
    } else {
      let parts = rest.split(separator: ":", omittingEmptySubsequences: false)
      switch parts.count {
      case 1: host = rest
      case 2: (host, port) = (parts[0], parts[1])
      default: host = rest  // an IPv6 address without a port
      }
    }
    if let problem = HostEntry.problem(with: String(host), as: "the host") { throw Fault(description: problem) }
    var number: Int?
    if let port {
      guard let value = Int(port), (1...65535).contains(value), port.first != "+" else {
        throw Fault(description: "the port is not a number from 1 to 65535")
      }
      number = value
    }
    return GuestAddress(host: String(host), port: number, user: user)
  }
}

extension StringProtocol {
  /// Without blanks and line ends at both ends.
  var trimmed: String {
    let isBlank: (Character) -> Bool = { $0.isWhitespace }
    guard let first = firstIndex(where: { !isBlank($0) }), let last = lastIndex(where: { !isBlank($0) }) else {
      return ""
    }
    return String(self[first...last])
  }
}
