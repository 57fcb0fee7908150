import Autopilot
import FleetModel

/// The machines with only those abilities that this identity's roles give, so that a remedy which would be refused is
/// not offered, and with the locks that lie on them. Permissions are asked a resource group at a time, locks a
/// subscription at a time, each once an hour beside the list: until they are known, and where they may not be read,
/// nothing is taken away.
package actor PermittedInventory: Inventory {
  /// How long a group's answer holds: role assignments take minutes to come into force anyway.
  static let lifetime = Duration.hours(1)
  /// Groups asked after one list.
  private static let groupsAtOnce = 300

  private let inventory: AzureInventory
  private let caller: any ARMCaller
  private let clock: any EngineClock
  /// By the group's path in lower case; nil: it may not be read.
  private var known: [String: (permissions: Permissions?, at: Instant)] = [:]
  /// By subscription in lower case; nil: they may not be read.
  private var locks: [String: (locks: ResourceLocks?, at: Instant)] = [:]
  private var asking: Task<Void, Never>?

  package init(_ inventory: AzureInventory, caller: any ARMCaller, clock: any EngineClock) {
    self.inventory = inventory
    self.caller = caller
    self.clock = clock
  }

  package func machines() async throws -> [VirtualMachine] {
    let listed = try await inventory.list()
    askAbout(Set(listed.compactMap(Self.group)), Set(listed.compactMap(Self.subscription)))
    return listed.map { machine in
      var permitted = machine
      if let locks = Self.subscription(machine).flatMap({ locks[$0]?.locks }), locks.hold(machine.id) {
        permitted.traits = machine.traits ?? MachineTraits()
        permitted.traits?.shields.insert(.locked)
      }
      guard let group = Self.group(machine), let permissions = known[group]?.permissions else { return permitted }
      permitted.abilities = machine.abilities.intersection(Self.abilities(permissions))
      return permitted
    }
  }

  package func listedPower() async -> ListedPower? { await inventory.listedPower() }

  /// Waits until the groups that are being asked about have answered.
  func settle() async { await asking?.value }

  private func askAbout(_ groups: Set<String>, _ subscriptions: Set<String>) {
    guard asking == nil else { return }
    let now = clock.now()
    let due = groups.filter { known[$0].map { now - $0.at >= Self.lifetime } ?? true }
    let unlocked = subscriptions.filter { locks[$0].map { now - $0.at >= Self.lifetime } ?? true }
    guard !due.isEmpty || !unlocked.isEmpty else { return }
    asking = Task {
      for subscription in unlocked.sorted() { await askForLocks(subscription) }
      for group in due.sorted().prefix(Self.groupsAtOnce) { await ask(group) }
      asking = nil
    }
  }

  private func ask(_ group: String) async {
    guard let path = ResourcePath(group) else { return }
    do {
      let permissions = try Permissions(try await caller.call(ObservationRequests.permissions(path)))
      known[group] = (permissions, clock.now())
    } catch {
      switch error.kind {
      // The service's own word: it will not change within the hour.
      case .forbidden, .notFound, .badRequest: known[group] = (nil, clock.now())
      default: break
      }
    }
  }

  private func askForLocks(_ subscription: String) async {
    do {
      locks[subscription] = (try await ResourceLocks.of(subscription, caller), clock.now())
    } catch {
      // Who may not read locks may not read them within the hour either; what was known is better than nothing.
      if error.isRefusal { locks[subscription] = (locks[subscription]?.locks, clock.now()) }
    }
  }

  private static func subscription(_ machine: VirtualMachine) -> String? {
    ResourcePath(machine.id.rawValue)?.subscription.lowercased()
  }

  /// The group of a virtual machine; nil: instances of scale sets and Arc machines have actions of their own.
  private static func group(_ machine: VirtualMachine) -> String? {
    guard let path = ResourcePath(machine.id.rawValue), path.segments.count == 8, !path.group.isEmpty,
      path.segments[5].lowercased() == "microsoft.compute"
    else { return nil }
    return "/subscriptions/\(path.subscription)/resourcegroups/\(path.group)".lowercased()
  }

  private static func abilities(_ permissions: Permissions) -> ControlAbilities {
    let pairs: [(ControlAbilities, Remedy)] = [
      (.start, .start), (.stop, .stop), (.restart, .restart), (.run, .restartSSH), (.redeploy, .redeploy),
      (.reapply, .reapply),
    ]
    return pairs.reduce(into: .power) { if permissions.allows($1.1) { $0.insert($1.0) } }
  }
}
