import Autopilot
import FleetModel
import GuestAccess
import Synchronization
import Testing

@Suite("Jump hosts")
struct JumpHostsTests {
  /// The proxy of each machine's policy, by the machine's name.
  private final class Proxies: PolicySource {
    let named: Mutex<[String: String]>
    init(_ named: [String: String]) { self.named = Mutex(named) }

    func policies(for machines: [VirtualMachine]) async -> [MachineID: EffectivePolicy] {
      let named = named.withLock { $0 }
      return machines.reduce(into: [:]) { policies, machine in
        var effective = EffectivePolicy()
        effective.policy.access.proxy = named[machine.name]
        policies[machine.id] = effective
      }
    }
    func changeStamp() async -> UInt64 { 0 }
    func apply(_ edits: [PolicyEdit], to machine: VirtualMachine) async throws -> String { "" }
  }

  private struct Listed: Inventory {
    let all: [VirtualMachine]
    func machines() async throws -> [VirtualMachine] { all }
  }

  private struct Nothing: GuestProbe, ControlPlane {
    func probe(_ machine: VirtualMachine, _ request: ProbeRequest) async -> ProbeReport {
      ProbeReport(startedAt: Instant(seconds: 0), finishedAt: Instant(seconds: 0))
    }
    func notices() async -> [String] { [] }
    func look(at machine: VirtualMachine, _ order: LookOrder) async -> LookReport {
      LookReport(finishedAt: Instant(seconds: 0), outcome: .impossible(""))
    }
    func perform(_ order: RemedyOrder) async -> RemedyReport {
      RemedyReport(finishedAt: Instant(seconds: 0), outcome: .refused(""), action: "", detail: "")
    }
    func effect(of remedy: Remedy, on machine: VirtualMachine) -> String? { nil }
  }

  private func machine(_ name: String, _ address: String? = nil, kind: ProviderKind = .azure) -> VirtualMachine {
    VirtualMachine(
      id: MachineID("\(kind)/\(name)"), name: name, group: "rg", provider: kind,
      address: address.map { GuestAddress(host: $0) })
  }

  private func provider(_ machines: [VirtualMachine], kind: ProviderKind = .azure) -> Provider {
    Provider(kind: kind, inventory: Listed(all: machines), probe: Nothing(), control: Nothing())
  }

  private func shielded(_ provider: Provider) async throws -> [String] {
    try await provider.inventory.machines().filter { $0.shields.contains(.jumpHost) }.map(\.name)
  }

  @Test(
    "are marked by name, group/name or address, in any case, with or without user and port",
    arguments: [
      "jump:gate", "jump:GATE:22", "jump:root@gate:2222", "jump:rg/gate", "jump:10.0.0.1", "jump:10.0.0.1:22",
    ])
  func named(_ proxy: String) async throws {
    let machines = [machine("web", "10.0.0.2"), machine("gate", "10.0.0.1"), machine("gate2", "10.0.0.11")]
    #expect(try await shielded(JumpHosts(policies: Proxies(["web": proxy])).watching(provider(machines))) == ["gate"])
  }

  @Test("An address of IPv6 is no host and port")
  func sixth() async throws {
    let machines = [machine("web"), machine("gate", "fd00::22"), machine("other", "fd00:")]
    let watched = JumpHosts(policies: Proxies(["web": "jump:fd00::22"])).watching(provider(machines))
    #expect(try await shielded(watched) == ["gate"])
  }

  @Test("Other ways lead over no machine", arguments: ["none", "bastion", "socks5://gate:1080", "jump:"])
  func others(_ proxy: String) async throws {
    let machines = [machine("web"), machine("gate", "10.0.0.1"), machine("")]
    #expect(try await shielded(JumpHosts(policies: Proxies(["web": proxy])).watching(provider(machines))).isEmpty)
  }

  @Test("A jump host of another provider's machines is marked, keeps its own shields, and is free with the next list")
  func across() async throws {
    var gate = machine("gate", "10.0.0.1", kind: .hosts)
    gate.traits = MachineTraits(shields: [.managed])
    let proxies = Proxies(["web": "jump:10.0.0.1"])
    let hosts = JumpHosts(policies: proxies)
    let azure = hosts.watching(provider([machine("web")]))
    let others = hosts.watching(provider([gate], kind: .hosts))
    #expect(try await shielded(azure).isEmpty)
    #expect(try await others.inventory.machines().first?.shields == [.managed, .jumpHost])
    proxies.named.withLock { $0 = [:] }
    #expect(try await shielded(azure).isEmpty)
    #expect(try await others.inventory.machines().first?.shields == [.managed])
  }
}
