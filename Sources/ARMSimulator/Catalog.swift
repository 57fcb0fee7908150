import FleetModel
import Simulator

/// The fleet as Azure names it: ids, disks, cards, zones; a function of the fleet alone.
struct Catalog: Sendable {
  /// One machine of the fleet with its names.
  struct Entry: Sendable {
    let place: Int
    let machine: VirtualMachine
    /// `/subscriptions/…/virtualMachines/vm-web-01`.
    let id: String
    /// `/subscriptions/…/resourceGroups/rg-shop-prod`.
    let group: String
    let publicAddress: String?

    var cardName: String { machine.name + "-nic" }
    var card: String { group + "/providers/Microsoft.Network/networkInterfaces/" + cardName }
    var diskName: String { machine.name + "_OsDisk_1_" + Chance.hex(id) }
    var disk: String { group + "/providers/Microsoft.Compute/disks/" + diskName }
    var addressName: String { machine.name + "-ip" }
    var address: String { group + "/providers/Microsoft.Network/publicIPAddresses/" + addressName }
    var network: String { group + "/providers/Microsoft.Network/virtualNetworks/" + Catalog.networkName }
    var subnet: String { network + "/subnets/default" }
    /// Two of three machines are in a zone, every seventh is a Spot one.
    var zone: String? {
      let part = Chance.hash(id, 7) % 9
      return part < 6 ? "\(part % 3 + 1)" : nil
    }
    var isSpot: Bool { machine.name.contains("-batch-") }
    var resourceGroup: String { machine.group }
    /// 20 to 420 days before the fleet began.
    var age: Duration { .hours(Int(480 + Chance.hash(id, 8) % 9600)) }
  }

  static let networkName = "vnet"
  let entries: [Entry]
  let subscription: String
  /// When the simulation began.
  let origin: Instant
  private let byName: [String: Int]
  /// Group names in order, as the fleet writes them, with the places of their machines.
  let groups: [(name: String, region: String, places: [Int])]

  init(fleet: SimulatedFleet, subscription: String, at now: Instant) {
    self.subscription = subscription
    origin = fleet.parameters.startAt
    let machines = fleet.machines(at: now)
    let root = "/subscriptions/" + subscription
    entries = machines.enumerated().map { place, machine in
      let group = root + "/resourceGroups/" + machine.group
      return Entry(
        place: place, machine: machine, id: group + "/providers/Microsoft.Compute/virtualMachines/" + machine.name,
        group: group, publicAddress: fleet.publicAddress(of: machine.id))
    }
    byName = Dictionary(
      machines.enumerated().map { ($0.element.qualifiedName.lowercased(), $0.offset) }, uniquingKeysWith: { a, _ in a })
    var places: [String: [Int]] = [:]
    for (place, machine) in machines.enumerated() { places[machine.group, default: []].append(place) }
    groups = places.keys.sorted().map { name in
      let own = places[name] ?? []
      return (name, own.first.map { machines[$0].region } ?? "", own)
    }
  }

  /// The machine of a group by its name; case does not count.
  func entry(_ group: String, _ name: String) -> Entry? {
    byName["\(group)/\(name)".lowercased()].map { entries[$0] }
  }

  func group(_ name: String) -> (name: String, region: String, places: [Int])? {
    let wanted = name.lowercased()
    return groups.first { $0.name.lowercased() == wanted }
  }

  /// Whose card, disk or public address has this name.
  func entry(_ group: String, named name: String, by names: (Entry) -> String) -> Entry? {
    guard let group = self.group(group) else { return nil }
    let wanted = name.lowercased()
    return group.places.lazy.map { entries[$0] }.first { names($0).lowercased() == wanted }
  }

  /// The machine of a resource id, in any case.
  func entry(id: String) -> Entry? {
    let path = ARMPath(id)
    guard path.value(after: "subscriptions")?.lowercased() == subscription,
      let group = path.value(after: "resourcegroups"),
      let name = path.value(after: "virtualmachines")
    else { return nil }
    return entry(group, name)
  }
}
