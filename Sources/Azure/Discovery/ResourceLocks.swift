import FleetModel
import HTTPTypes

/// The ReadOnly locks of a subscription: what no action may be carried out on (semantics 6.7). A lock holds everything
/// beneath its scope.
struct ResourceLocks: Hashable, Sendable {
  /// In lower case.
  private var scopes: [String] = []

  /// All locks of a subscription, of its groups and of the resources in them: one list (Azure: Management Locks
  /// 2016-09-01, "List At Subscription Level").
  static func of(_ subscription: String, _ caller: any ARMCaller) async throws(AzureError) -> ResourceLocks {
    let request = ARMRequest(
      .get, "/subscriptions/\(ResourcePath.encoded(subscription))/providers/Microsoft.Authorization/locks",
      version: "2016-09-01")
    return ResourceLocks(
      try await MachineLists(caller: caller, scope: AzureScope()).values(Entry.self, request, "the list of locks"))
  }

  init(_ entries: [Entry]) {
    for entry in entries where entry.properties?.level?.lowercased() == "readonly" {
      // A lock's id is its scope's with the lock's own provider behind it.
      let id = entry.id.lowercased()
      guard let end = Self.last("/providers/microsoft.authorization/locks/", in: id), end > id.startIndex else {
        continue
      }
      scopes.append(String(id[..<end]))
    }
  }

  /// Whether one lies on a machine, or above it.
  func hold(_ machine: MachineID) -> Bool {
    scopes.contains { machine.rawValue == $0 || machine.rawValue.hasPrefix($0 + "/") }
  }

  private static func last(_ part: String, in text: String) -> String.Index? {
    text.ranges(of: part).last?.lowerBound
  }

  struct Entry: Decodable, Sendable {
    struct Properties: Decodable, Sendable { var level: String? }
    var id: String
    var properties: Properties?
  }
}
