/// Which part of Azure is watched, and how its guests are reached.
package struct AzureScope: Hashable, Sendable {
  /// Subscription ids; empty without management groups: all enabled ones of the identity.
  package var subscriptions: [String]
  /// Names of management groups; they go before subscriptions. At most 10 (Resource Graph).
  package var managementGroups: [String]
  /// Only this group; nil: all.
  package var resourceGroup: String?
  package var tenant: String?
  /// Only this region; nil: all.
  package var region: String?
  package var includesScaleSets: Bool
  package var includesArc: Bool
  /// The monitor is inside the network: a private address is a direct path where there is no public one.
  package var usesPrivateAddresses: Bool

  package init(
    subscriptions: [String] = [], managementGroups: [String] = [], resourceGroup: String? = nil,
    tenant: String? = nil, region: String? = nil, includesScaleSets: Bool = false, includesArc: Bool = false,
    usesPrivateAddresses: Bool = false
  ) {
    self.subscriptions = subscriptions
    self.managementGroups = managementGroups
    self.resourceGroup = resourceGroup
    self.tenant = tenant
    self.region = region
    self.includesScaleSets = includesScaleSets
    self.includesArc = includesArc
    self.usesPrivateAddresses = usesPrivateAddresses
  }
}
