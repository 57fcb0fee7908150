import FleetModel

/// One machine as Resource Graph or the list API tells it, before it is a `VirtualMachine`.
struct InventoryRow: Decodable, Hashable, Sendable {
  var id: String
  var name: String?
  var resourceGroup: String?
  var location: String?
  var type: String?
  /// `PowerState/running`; empty or nil: not told.
  var ps: String?
  var privateIp: String?
  var publicIp: String?
  var os: String?
  var size: String?
  var prov: String?
  var tags: [String: String]?
  var vmId: String?
  var adminUser: String?
  var subnet: String?
  var zone: String?
  var priority: String?
  var managedBy: String?
  var vmss: String?
  /// `Local`: the system's disk lies on the host.
  var diskPlace: String?

  enum CodingKeys: String, CodingKey {
    case id, name, resourceGroup, location, type, ps, privateIp, publicIp, os, size, prov, tags, vmId, adminUser
    case subnet, zone, priority, managedBy, vmss, diskPlace
  }

  init(id: String) { self.id = id }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    id = try container.decode(String.self, forKey: .id)
    // A column of another type than expected is a column not told: the machine is there all the same.
    func text(_ key: CodingKeys) -> String? { try? container.decodeIfPresent(String.self, forKey: key) }
    (name, resourceGroup, location, type) = (text(.name), text(.resourceGroup), text(.location), text(.type))
    (ps, privateIp, publicIp, os, size) = (text(.ps), text(.privateIp), text(.publicIp), text(.os), text(.size))
    (prov, vmId, adminUser, subnet) = (text(.prov), text(.vmId), text(.adminUser), text(.subnet))
    (zone, priority, managedBy, vmss) = (text(.zone), text(.priority), text(.managedBy), text(.vmss))
    diskPlace = text(.diskPlace)
    tags = try? container.decodeIfPresent([String: String].self, forKey: .tags)
  }

  /// The machine; nil where the id is none.
  func machine(_ scope: AzureScope) -> VirtualMachine? {
    guard let path = ResourcePath(id) else { return nil }
    let inside = address(privateIp)
    var machine = VirtualMachine(
      id: MachineID(id), incarnation: Self.said(vmId) ?? "", name: SafeText.line(Self.said(name) ?? path.name),
      // Resource Graph gives the group in lower case; the id often keeps its own.
      group: SafeText.line(path.group), region: SafeText.line(location ?? ""), size: SafeText.line(size ?? ""),
      provider: .azure, system: system,
      address: address(publicIp) ?? (scope.usesPrivateAddresses ? inside : nil), privateAddress: inside,
      subnet: Self.said(subnet).map { SafeText.line($0.lowercased()) }, tags: tags ?? [:], abilities: abilities)
    machine.traits = traits
    return machine
  }

  /// nil: nothing in particular.
  private var traits: MachineTraits? {
    var traits = MachineTraits()
    if (type ?? id).lowercased().contains("virtualmachinescalesets/") || Self.said(vmss) != nil {
      traits.shields.insert(.scaleSet)
    }
    // Nodes of AKS that are single machines carry its tags.
    if Self.said(managedBy) != nil || (tags ?? [:]).keys.contains(where: { $0.lowercased().hasPrefix("aks-managed-") })
    {
      traits.shields.insert(.managed)
    }
    traits.isSpot = ["spot", "low"].contains(priority?.lowercased())
    traits.hasEphemeralDisk = diskPlace?.lowercased() == "local"
    return traits == MachineTraits() ? nil : traits
  }

  private func address(_ text: String?) -> GuestAddress? {
    Self.said(text).flatMap { Self.isAddress($0) ? GuestAddress(host: $0, user: user ?? Self.defaultUser) : nil }
  }

  /// The administrator of machines that do not tell theirs (azlin's own default).
  static let defaultUser = "azureuser"

  private var user: String? { Self.said(adminUser).flatMap { SafeText.isPlain($0) && !$0.hasPrefix("-") ? $0 : nil } }

  /// Digits, dots and colons: a name or an option of ssh is no address.
  private static func isAddress(_ text: String) -> Bool {
    text.utf8.count <= 45
      && text.utf8.allSatisfy { byte in
        byte == 0x2e || byte == 0x3a || (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte | 0x20)
      }
  }

  private var system: OperatingSystem {
    switch os?.lowercased() {
    case "linux": .linux
    case "windows": .windows
    default: .unknown
    }
  }

  private var abilities: ControlAbilities {
    let kind = (type ?? id).lowercased()
    // Arc machines are somebody else's hardware; scale sets have no reapply for one instance.
    if kind.contains("microsoft.hybridcompute") { return [] }
    let common: ControlAbilities = [.power, .start, .stop, .restart, .run, .redeploy]
    return kind.contains("virtualmachinescalesets/") ? common : common.union(.reapply)
  }

  var power: PowerState { PowerState(code: ps) }

  private static func said(_ text: String?) -> String? { text.flatMap { $0.isEmpty ? nil : $0 } }
}

extension PowerState {
  /// `PowerState/running` in any case; everything else, and nothing, is unknown: never assumed to be off.
  package init(code: String?) {
    let prefix = "powerstate/"
    let code = (code ?? "").lowercased()
    self = code.hasPrefix(prefix) ? PowerState(rawValue: String(code.dropFirst(prefix.count))) ?? .unknown : .unknown
  }
}
