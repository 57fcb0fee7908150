import HTTPTypes

/// Types of resources that the simulated subscription has none of: their lists are empty, as Azure's are.
enum EmptyCollections {
  /// Folded, by provider.
  private static let types: [String: Set<String>] = [
    "microsoft.compute": [
      "availabilitysets", "capacityreservationgroups", "diskaccesses", "diskencryptionsets", "galleries", "hostgroups",
      "images", "proximityplacementgroups", "restorepointcollections", "snapshots", "sshpublickeys",
      "virtualmachinescalesets",
    ],
    "microsoft.network": [
      "applicationgateways", "applicationsecuritygroups", "azurefirewalls", "bastionhosts", "connections",
      "ddosprotectionplans", "dnszones", "expressroutecircuits", "loadbalancers", "localnetworkgateways", "natgateways",
      "networksecuritygroups", "networkwatchers", "privatednszones", "privateendpoints", "publicipprefixes",
      "routetables", "virtualnetworkgateways",
    ],
    "microsoft.hybridcompute": ["machines"],
    "microsoft.authorization": ["policyassignments", "roleassignments"],
    "microsoft.insights": ["actiongroups", "activitylogalerts", "metricalerts"],
  ]

  /// The list of a type, of the subscription or of a group; nil: no list is asked for, or the type is unknown.
  /// - Parameter tail: what stands behind the provider, folded.
  static func list(_ call: ARMCall, provider: String, _ tail: [String]) -> ARMAnswer? {
    guard call.method == .get, tail.count == 1, types[provider]?.contains(tail[0]) == true else { return nil }
    return ARMAnswer(["value": []])
  }
}
