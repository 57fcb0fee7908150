import FleetModel

/// An Azure resource id taken apart; ids compare without regard to case and come back in differing case.
package struct ResourcePath: Hashable, Sendable {
  /// Names and values in turn, without empty ones.
  package let segments: [String]

  /// nil where the text is no resource id.
  package init?(_ id: String) {
    let parts = id.split(separator: "/").map(String.init)
    guard id.hasPrefix("/"), parts.count >= 2, parts.count % 2 == 0,
      parts[0].lowercased() == "subscriptions"
    else { return nil }
    segments = parts
  }

  package var subscription: String { segments[1] }
  /// Empty where the id has none.
  package var group: String { value("resourcegroups") ?? "" }
  /// The last part.
  package var name: String { segments[segments.count - 1] }

  /// The value after a segment name, such as `virtualmachines`.
  package func value(_ name: String) -> String? {
    for index in stride(from: 0, to: segments.count - 1, by: 2) where segments[index].lowercased() == name {
      return segments[index + 1]
    }
    return nil
  }

  /// The path of a request: segment names in Azure's own spelling, each segment percent-encoded.
  package var target: String { segments.map { "/" + Self.encoded(Self.spelling[$0.lowercased()] ?? $0) }.joined() }

  private static let spelling = Dictionary(
    uniqueKeysWithValues: [
      "subscriptions", "resourceGroups", "providers", "Microsoft.Compute", "virtualMachines",
      "virtualMachineScaleSets", "Microsoft.Network", "networkInterfaces", "publicIPAddresses", "virtualNetworks",
      "subnets", "Microsoft.HybridCompute", "machines", "extensions", "runCommands",
    ].map { ($0.lowercased(), $0) })

  /// RFC 3986: everything but the unreserved characters as `%XX`.
  package static func encoded(_ text: String) -> String {
    var result = ""
    for byte in text.utf8 {
      switch byte {
      case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x2e, 0x5f, 0x7e:
        result.unicodeScalars.append(Unicode.Scalar(byte))
      default:
        let digits = String(byte, radix: 16, uppercase: true)
        result += "%" + (digits.count < 2 ? "0" : "") + digits
      }
    }
    return result
  }
}

extension VirtualMachine {
  /// The path of this machine in the Resource Manager, in the case its names were shown in.
  package var resourcePath: ResourcePath? {
    guard let path = ResourcePath(id.rawValue) else { return nil }
    let shown = path.segments.enumerated().map { index, segment in
      guard index % 2 == 1 else { return segment }
      return [name, group].first { $0.lowercased() == segment.lowercased() } ?? segment
    }
    return ResourcePath("/" + shown.joined(separator: "/"))
  }
}
