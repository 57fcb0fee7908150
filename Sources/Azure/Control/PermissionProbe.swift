import FleetModel

/// What this identity may do to a machine, and so which remedies are possible.
package struct Permissions: Hashable, Sendable, Decodable {
  private struct Grant: Hashable, Sendable, Decodable {
    var actions: [String]?
    var notActions: [String]?
  }
  private var value: [Grant]

  /// Reads the answer to `ObservationRequests.permissions`.
  /// - Throws: of kind `unreadable`.
  package init(_ reply: ARMReply) throws(AzureError) {
    self = try JSONText.value(Permissions.self, reply, "the question for permissions")
  }

  /// Whether some grant has the action and does not take it out again.
  package func allows(_ action: String) -> Bool {
    value.contains { grant in
      (grant.actions ?? []).contains { Self.matches($0, action) }
        && !(grant.notActions ?? []).contains { Self.matches($0, action) }
    }
  }

  package func allows(_ remedy: Remedy) -> Bool { Self.actions(of: remedy).allSatisfy(allows) }

  /// The actions a remedy needs, as a role names them.
  package static func actions(of remedy: Remedy) -> [String] {
    let vm = "Microsoft.Compute/virtualMachines/"
    return switch remedy {
    case .start: [vm + "start/action"]
    case .stop: [vm + "powerOff/action"]
    case .restart: [vm + "restart/action"]
    case .powerCycle: [vm + "powerOff/action", vm + "start/action"]
    case .redeploy: [vm + "redeploy/action"]
    case .reapply: [vm + "reapply/action"]
    case .restartSSH, .restartNetwork, .cleanDisk: [vm + "runCommand/action"]
    case .resetSSHConfiguration: [vm + "extensions/write"]
    case .resetNetworkInterface:
      ["Microsoft.Network/networkInterfaces/write", "Microsoft.Network/virtualNetworks/subnets/join/action"]
    }
  }

  /// Whether a pattern, in which `*` stands for anything, is the action; case does not count.
  static func matches(_ pattern: String, _ action: String) -> Bool {
    let parts = pattern.lowercased().split(separator: "*", omittingEmptySubsequences: false)
    var rest = Substring(action.lowercased())
    guard let first = parts.first, let last = parts.last, rest.hasPrefix(first) else { return false }
    if parts.count == 1 { return rest.count == first.count }
    rest = rest.dropFirst(first.count)
    for part in parts.dropFirst().dropLast() where !part.isEmpty {
      guard let range = rest.firstRange(of: part) else { return false }
      rest = rest[range.upperBound...]
    }
    return rest.hasSuffix(last)
  }
}

extension AzureControlPlane {
  /// Which remedies this identity may carry out on a machine, or a group or subscription of them.
  package func allowedRemedies(_ scope: ResourcePath) async throws(AzureError) -> Set<Remedy> {
    let permissions = try Permissions(try await caller.call(ObservationRequests.permissions(scope)))
    return Set(Remedy.allCases.filter(permissions.allows))
  }
}
