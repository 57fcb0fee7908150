import Autopilot
import FleetModel

/// The machines that other machines' paths lead through, as `access.proxy: jump:HOST` of any policy names them: no power
/// remedy may cut such a path (semantics 6.7).
package actor JumpHosts {
  private let policies: any PolicySource
  /// What the machines of each provider are reached through, lower case.
  private var named: [ProviderKind: Set<String>] = [:]

  package init(policies: any PolicySource) { self.policies = policies }

  /// The same provider, whose list marks jump hosts.
  package nonisolated func watching(_ provider: Provider) -> Provider {
    Provider(
      kind: provider.kind, inventory: Marked(inventory: provider.inventory, kind: provider.kind, hosts: self),
      probe: provider.probe, control: provider.control)
  }

  private func marked(_ machines: [VirtualMachine], _ kind: ProviderKind) async -> [VirtualMachine] {
    let effective = await policies.policies(for: machines)
    named[kind] = Set(effective.values.compactMap { Self.host($0.policy.access.proxy) })
    let all = named.values.reduce(into: Set<String>()) { $0.formUnion($1) }
    guard !all.isEmpty else { return machines }
    return machines.map { machine in
      let names = [machine.name, machine.qualifiedName, machine.address?.host, machine.privateAddress?.host]
      guard names.contains(where: { $0.map { all.contains($0.lowercased()) } ?? false }) else { return machine }
      var shielded = machine
      shielded.traits = machine.traits ?? MachineTraits()
      shielded.traits?.shields.insert(.jumpHost)
      return shielded
    }
  }

  /// `jump:user@host:22` names `host`.
  static func host(_ proxy: String?) -> String? {
    guard let proxy, proxy.hasPrefix("jump:") else { return nil }
    var host = proxy.dropFirst(5)
    if let at = host.lastIndex(of: "@") { host = host[host.index(after: at)...] }
    // More than one colon: an IPv6 address.
    if let colon = host.firstIndex(of: ":"), host.lastIndex(of: ":") == colon { host = host[..<colon] }
    return host.isEmpty ? nil : host.lowercased()
  }

  private struct Marked: Inventory {
    let inventory: any Inventory
    let kind: ProviderKind
    let hosts: JumpHosts

    func machines() async throws -> [VirtualMachine] { await hosts.marked(try await inventory.machines(), kind) }
    func listedPower() async -> ListedPower? { await inventory.listedPower() }
  }
}
