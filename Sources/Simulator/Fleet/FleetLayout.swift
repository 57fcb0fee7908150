import FleetModel

/// Who is in a simulated fleet: names, groups, regions, addresses; a function of its size and seed alone.
struct FleetLayout: Sendable {
  struct Member: Sendable {
    var machine: VirtualMachine
    var profile: GuestProfile
    var beginning: SimulatedGuest.Beginning
  }
  private(set) var members: [Member] = []
  /// CIDR blocks, by the index that profiles hold.
  private(set) var subnets: [String] = []

  private static let applications = [
    "shop", "billing", "search", "media", "identity", "ledger", "reports", "partner", "mobile", "archive",
  ]
  private static let owners = ["team-storefront", "team-payments", "team-platform", "team-data", "team-identity"]

  /// A group of the fleet: machines of one application in one environment, in one region and one subnet.
  private struct Group {
    var name: String
    var application: String
    var environment: String
    var owner: String
    var region: Region
    var subnet: Int
    var address: String
  }

  /// - Parameters:
  ///   - count: 1–10,000.
  ///   - odd: whether some machines are off on purpose from the beginning and one was never reachable.
  ///   - subscription: whose virtual machines they are; nil: they are nobody's, of a provider of their own.
  init(count: Int, seed: UInt64, odd: Bool, subscription: String? = nil) {
    let groups = Self.groups(for: count, seed: seed)
    subnets = groups.map { "\($0.address).0/24" }
    let exceptions = odd ? Self.exceptions(count) : [:]
    var numbers: [MachineRole: Int] = [:]
    var hosts = Array(repeating: 3, count: groups.count)  // Azure keeps .0–.3 of every subnet
    for index in 0..<count {
      let role = MachineRole.mix[index % MachineRole.mix.count]
      let number = numbers[role, default: 0] + 1
      numbers[role] = number
      let name = Self.name(role, number, of: count)
      let own = Noise.hash(seed ^ 0xA21, UInt64(index))
      // The first half of the groups is production and gets three machines of four.
      let place = Self.group(of: index, seed: own, groups.count)
      let group = groups[place]
      hosts[place] += 1
      let distribution = Distribution.mix[Int(Noise.hash(own, 3) % UInt64(Distribution.mix.count))]
      let profile = GuestProfile(
        seed: own, role: role, region: group.region, distribution: distribution, subnet: group.subnet)
      let machine = Self.machine(
        name: name, group: group, address: Self.address(group.address, hosts[place]), role: role,
        size: profile.size.name, incarnation: TextHash.uuid(Noise.hash(own, 11), Noise.hash(own, 12)),
        subscription: subscription)
      members.append(Member(machine: machine, profile: profile, beginning: exceptions[index] ?? .running))
    }
  }

  private static func machine(
    name: String, group: Group, address: String, role: MachineRole, size: String, incarnation: String,
    subscription: String?
  ) -> VirtualMachine {
    var machine = VirtualMachine(
      id: MachineID("simulated/\(group.name)/\(name)"), incarnation: incarnation, name: name, group: group.name,
      region: group.region.name, size: size, provider: .simulated,
      address: GuestAddress(host: address, port: 22, user: "azureuser"), subnet: "\(group.address).0/24",
      tags: ["app": group.application, "env": group.environment, "owner": group.owner, "role": role.rawValue],
      abilities: [.power, .start, .stop, .restart, .run])
    guard let subscription else { return machine }
    let root = "/subscriptions/\(subscription)/resourceGroups/\(group.name)/providers/"
    machine = VirtualMachine(
      id: MachineID(root + "Microsoft.Compute/virtualMachines/" + name), incarnation: incarnation, name: name,
      group: group.name, region: machine.region, size: size, provider: .azure, address: machine.address,
      privateAddress: machine.address,
      subnet: (root + "Microsoft.Network/virtualNetworks/vnet/subnets/default").lowercased(), tags: machine.tags,
      abilities: machine.abilities.union([.redeploy, .reapply]))
    return machine
  }

  /// `vm-web-01`; in large fleets the numbers have as many digits as they need.
  static func name(_ role: MachineRole, _ number: Int, of count: Int) -> String {
    let most = (count * 4 + MachineRole.mix.count - 1) / MachineRole.mix.count
    let width = max(String(most).count, 2)
    let digits = String(number)
    return "vm-\(role.rawValue)-" + String(repeating: "0", count: max(width - digits.count, 0)) + digits
  }

  private static func groups(for count: Int, seed: UInt64) -> [Group] {
    let number = max(1, min((count + 4) / 5, 4 + count / 40))
    let mainRegions = 3
    return (0..<number).map { index in
      let application = applications[(index / 2) % applications.count]
      let environment = index % 2 == 0 ? "prod" : (index % 4 == 1 ? "dev" : "staging")
      let round = index / (2 * applications.count)
      let region =
        round == 0 && index < 6
        ? Region.all[[0, 0, 3, 3, 1, 1][index]]
        : Region.all[
          Int(Noise.hash(seed ^ 0x9E6, UInt64(index / 2)) % UInt64(Region.all.count + mainRegions)) % Region.all.count]
      return Group(
        name: "rg-\(application)-\(environment)" + (round == 0 ? "" : "-\(round + 1)"), application: application,
        environment: environment, owner: owners[(index / 2) % owners.count], region: region, subnet: index,
        address: "10.\(20 + index / 250).\(1 + index % 250)")
    }
  }

  private static func group(of index: Int, seed: UInt64, _ groups: Int) -> Int {
    let pair = Int(Noise.hash(seed, 21) % UInt64((groups + 1) / 2))
    let isProduction = Noise.unit(seed, 22) < 0.72
    return min(2 * pair + (isProduction ? 0 : 1), groups - 1)
  }

  /// Groups hold about 60 machines at most, so that one /24 is enough.
  private static func address(_ block: String, _ host: Int) -> String { "\(block).\(host % 255)" }

  /// Off on purpose: about 3 % (two of twenty); never reachable: one, where there are machines enough to notice.
  private static func exceptions(_ count: Int) -> [Int: SimulatedGuest.Beginning] {
    guard count >= 8 else { return [:] }
    var exceptions: [Int: SimulatedGuest.Beginning] = [:]
    let off = max(2, min(count * 3 / 100, 60))
    for number in 0..<off {
      // The last of a stride, so that the low numbers that a script speaks of are ordinary ones.
      let index = count - 1 - number * (count / (off + 1))
      exceptions[index] = number % 2 == 0 ? .deallocatedLongAgo : .stoppedLongAgo
    }
    exceptions[count - 2] = .neverReachable
    return exceptions
  }
}
