/// A virtual machine of the list API: what of it makes an `InventoryRow`.
struct ListedMachine: Decodable, Sendable {
  struct Properties: Decodable, Sendable {
    struct Hardware: Decodable, Sendable { var vmSize: String? }
    struct Storage: Decodable, Sendable {
      struct Disk: Decodable, Sendable {
        struct Place: Decodable, Sendable { var option: String? }
        var osType: String?
        var diffDiskSettings: Place?
      }
      var osDisk: Disk?
    }
    struct System: Decodable, Sendable { var adminUsername: String? }
    struct Network: Decodable, Sendable {
      struct Card: Decodable, Sendable {
        struct Properties: Decodable, Sendable { var primary: Bool? }
        var id: String?
        var properties: Properties?
      }
      var networkInterfaces: [Card]?
    }
    struct View: Decodable, Sendable {
      struct Status: Decodable, Sendable { var code: String? }
      var statuses: [Status]?
    }
    struct Reference: Decodable, Sendable { var id: String? }
    var vmId: String?
    var provisioningState: String?
    var priority: String?
    var hardwareProfile: Hardware?
    var storageProfile: Storage?
    var osProfile: System?
    var networkProfile: Network?
    var instanceView: View?
    var virtualMachineScaleSet: Reference?
  }
  var id: String
  var name: String?
  var location: String?
  var tags: [String: String]?
  var zones: [String]?
  var managedBy: String?
  var properties: Properties?

  /// Id of the primary network card.
  var card: String? {
    let cards = properties?.networkProfile?.networkInterfaces ?? []
    return (cards.first { $0.properties?.primary == true } ?? cards.first)?.id
  }

  var row: InventoryRow {
    var row = InventoryRow(id: id)
    row.name = name
    row.location = location
    row.tags = tags
    row.zone = zones?.first
    row.managedBy = managedBy
    row.vmId = properties?.vmId
    row.prov = properties?.provisioningState
    row.priority = properties?.priority
    row.size = properties?.hardwareProfile?.vmSize
    row.os = properties?.storageProfile?.osDisk?.osType
    row.diskPlace = properties?.storageProfile?.osDisk?.diffDiskSettings?.option
    row.adminUser = properties?.osProfile?.adminUsername
    row.vmss = properties?.virtualMachineScaleSet?.id
    row.ps = properties?.instanceView?.statuses?.compactMap(\.code)
      .first { $0.lowercased().hasPrefix("powerstate/") }
    return row
  }
}

/// A network card of the list API.
struct ListedCard: Decodable, Sendable {
  struct Reference: Decodable, Sendable { var id: String? }
  struct Configuration: Decodable, Sendable {
    var primary: Bool?
    var privateIPAddress: String?
    var subnet: Reference?
    var publicIPAddress: Reference?
  }
  struct Holder: Decodable, Sendable { var properties: Configuration? }
  struct Properties: Decodable, Sendable { var ipConfigurations: [Holder]? }
  var id: String
  var properties: Properties?

  var primary: Configuration? {
    let all = (properties?.ipConfigurations ?? []).compactMap(\.properties)
    return all.first { $0.primary == true } ?? all.first
  }
}

/// A machine that Azure Arc knows.
struct ListedArcMachine: Decodable, Sendable {
  struct Properties: Decodable, Sendable {
    /// `Connected`, `Disconnected`, `Expired`, `Error`: of its agent, not of its power.
    var status: String?
    var osType: String?
    var vmId: String?
    var provisioningState: String?
  }
  var id: String
  var name: String?
  var location: String?
  var tags: [String: String]?
  var properties: Properties?

  var row: InventoryRow {
    var row = InventoryRow(id: id)
    row.name = name
    row.location = location
    row.tags = tags
    row.vmId = properties?.vmId
    row.os = properties?.osType
    row.prov = properties?.provisioningState
    row.ps = properties?.status?.lowercased() == "connected" ? "PowerState/running" : nil
    return row
  }
}

/// A public address of the list API.
struct ListedAddress: Decodable, Sendable {
  struct Properties: Decodable, Sendable { var ipAddress: String? }
  var id: String
  var properties: Properties?
}
