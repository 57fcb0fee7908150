import FleetModel

/// An Azure Bastion as Resource Graph and the list API both tell it.
struct BastionHost: Decodable, Hashable, Sendable {
  struct Reference: Decodable, Hashable, Sendable { var id: String? }
  struct Configuration: Decodable, Hashable, Sendable {
    struct Properties: Decodable, Hashable, Sendable { var subnet: Reference? }
    var properties: Properties?
  }
  struct Properties: Decodable, Hashable, Sendable {
    var ipConfigurations: [Configuration]?
    /// Of the SKU Developer, which has no subnet of its own.
    var virtualNetwork: Reference?
    var enableTunneling: Bool?
  }
  struct SKU: Decodable, Hashable, Sendable { var name: String? }

  var id: String
  var name: String?
  var sku: SKU?
  var properties: Properties?

  /// The virtual network of a subnet, in lower case; nil: the id of something else.
  static func network(ofSubnet id: String?) -> String? {
    guard let id = id?.lowercased(), let end = id.firstRange(of: "/subnets/"),
      ResourcePath(String(id[..<end.lowerBound]))?.value("virtualnetworks") != nil
    else { return nil }
    return String(id[..<end.lowerBound])
  }

  /// The virtual networks it stands in, in lower case.
  var networks: Set<String> {
    let subnets = (properties?.ipConfigurations ?? []).map { $0.properties?.subnet?.id }
    return Set(subnets.compactMap(Self.network) + [properties?.virtualNetwork?.id?.lowercased()].compactMap { $0 })
  }

  /// Why it opens no tunnels, with what to do; nil: it does, or nobody says that it does not.
  var objection: String? {
    let sku = sku?.name ?? ""
    let isSmall = ["basic", "developer"].contains(sku.lowercased())
    guard isSmall || properties?.enableTunneling == false else { return nil }
    let path = ResourcePath(id)
    let name = SafeText.line(path?.name ?? id)
    let group = SafeText.line(path?.group ?? "")
    return "the bastion \(name) opens no tunnels"
      + (isSmall ? ": that takes SKU Standard, it is \(SafeText.line(sku))" : "")
      + "; `az network bastion update --name \(name) --resource-group \(group) "
      + (isSmall ? "--sku Standard " : "") + "--enable-tunneling true` allows it"
  }
}
