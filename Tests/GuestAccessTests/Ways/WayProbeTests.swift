import Autopilot
import FleetModel
import Foundation
import Testing

@testable import GuestAccess

@Suite(
  "A probe of a real guest that is not dialled directly", .serialized,
  .enabled(if: TestSSHServer.isAvailable, "needs openssh-server and openssh-client"))
struct WayProbeTests {
  private struct NoPower: PowerReader {
    func power(of machine: VirtualMachine) async -> Reading<PowerState> { .notApplicable("not asked") }
  }

  /// What stands for a bastion: the server's own port.
  private struct Tunnels: GuestTunnels {
    var answer: Result<GuestTunnel, MonitorFailure>
    func tunnel(
      to machine: VirtualMachine, port: Int, until deadline: ContinuousClock.Instant
    ) async -> Result<GuestTunnel, MonitorFailure> { answer }
  }

  /// The guest's address is one that nobody has: only who goes the other way can reach it.
  private func machine(port: Int? = 22, host: String? = "192.0.2.7") -> VirtualMachine {
    VirtualMachine(
      id: MachineID("/subscriptions/S/resourceGroups/RG/providers/Microsoft.Compute/virtualMachines/Guest"),
      name: "Guest", provider: .azure,
      address: host.map { GuestAddress(host: $0, port: port, user: TestSSHServer.user) })
  }

  private func probe(
    _ network: GuestNetwork, _ machine: VirtualMachine, proxy: String?, depth: ProbeRequest.Depth = .full,
    timeout: Duration = .seconds(5), user: String? = nil
  ) async -> ProbeReport {
    await NetworkGuestProbe(network: network, power: NoPower()) { Instant(milliseconds: 1000) }
      .probe(
        machine,
        ProbeRequest(
          depth: depth, checks: Set(CheckKind.allCases), connectivityTimeout: timeout, sshTimeout: timeout,
          user: user, proxy: proxy))
  }

  @Test("comes back whole through SOCKS5, and files the host key under the guest's address")
  func socks() async throws {
    let server = try await TestSSHServer()
    let address = try #require(SocketAddress(literal: server.host, port: UInt16(server.port)))
    let proxy = try await TestProxy(.forward(address, bound: address))
    let network = server.network()
    for _ in 1...2 {
      let report = await probe(network, machine(), proxy: "\(proxy.proxy)")
      #expect(report.tcp.value?.provesHostUp == true, "\(report.tcp)")
      #expect(report.ssh.value?.reached == .shell, "\(report.ssh)")
      #expect(report.guest.value != nil, "\(report.guest)")
      #expect(report.echo == .notApplicable("through \(proxy.proxy)"))
      #expect(report.path == "192.0.2.7:22 via \(proxy.proxy)")
    }
    #expect(server.read("known_hosts").hasPrefix("192.0.2.7 ssh-ed25519 "))
    #expect(network.ssh.sessions.count == 1)
    server.stop()
    let refused = await probe(network, machine(), proxy: "\(proxy.proxy)", depth: .recheck)
    guard case .value(.refused) = refused.tcp else { Issue.record("\(refused.tcp)"); return }
    await network.close()
    await proxy.stop()
  }

  @Test("does not use a session of another way")
  func sessions() async throws {
    let server = try await TestSSHServer()
    let address = try #require(SocketAddress(literal: server.host, port: UInt16(server.port)))
    let proxy = try await TestProxy(.forward(address, bound: address))
    let network = server.network()
    let guest = machine(port: server.port, host: server.host)
    #expect(await probe(network, guest, proxy: nil).ssh.value?.reached == .shell)
    #expect(await probe(network, guest, proxy: "\(proxy.proxy)").ssh.value?.reached == .shell)
    #expect(network.ssh.sessions.count == 2)
    #expect(await proxy.requests.count == 1)
    await network.close()
    await proxy.stop()
  }

  @Test("goes by the environment where the policy says nothing, and directly where it says none")
  func environment() async throws {
    let server = try await TestSSHServer()
    let address = try #require(SocketAddress(literal: server.host, port: UInt16(server.port)))
    let proxy = try await TestProxy(.forward(address, bound: address))
    let network = server.network { $0.guestWay = .socks(proxy.proxy) }
    #expect(await probe(network, machine(), proxy: nil).path == "192.0.2.7:22 via \(proxy.proxy)")
    let direct = await probe(network, machine(port: server.port, host: server.host), proxy: "none")
    #expect(direct.path == "\(server.host):\(server.port)" && direct.ssh.value?.reached == .shell)
    await network.close()
    let broken = server.network { $0.guestWay = GuestWay(environment: "socks5:/oops") }
    let report = await probe(broken, machine(port: server.port, host: server.host), proxy: nil)
    guard case .notMeasured(.monitor(let why)) = report.tcp else { Issue.record("\(report.tcp)"); return }
    #expect(why.contains("AZLIN_GUEST_PROXY is socks5:/oops"))
    #expect(await broken.notices().contains { $0.hasPrefix("No guest is reached: AZLIN_GUEST_PROXY is socks5:/oops") })
    // A fact, and nothing to warn of.
    #expect(network.generalWay == "guests are reached through \(proxy.proxy) (AZLIN_GUEST_PROXY)")
    #expect(await !network.notices().contains { $0.contains("\(proxy.proxy)") })
    await proxy.stop()
  }

  @Test("believes no yes of a proxy that closes at once and names no address")
  func unvouched() async throws {
    let server = try await TestSSHServer()
    let proxy = try await TestProxy(.replyAndClose(SOCKS5.reply(.succeeded)))
    let report = await probe(server.network(), machine(), proxy: "\(proxy.proxy)")
    guard case .notMeasured(.monitor(let why)) = report.tcp else { Issue.record("\(report.tcp)"); return }
    #expect(why.contains("accepted and closed at once"))
    #expect(report.ssh.value == nil)
    let own = SocketAddress(family: .v4, bytes: [192, 0, 2, 1], port: 9)
    let honest = try await TestProxy(.replyAndClose(SOCKS5.reply(.succeeded, bound: own)))
    let closed = await probe(server.network(), machine(), proxy: "\(honest.proxy)")
    #expect(closed.tcp.value?.provesHostUp == true)
    #expect(closed.ssh.value?.reached == .port)
    await proxy.stop()
    await honest.stop()
  }

  @Test("is unknown, and not bad, where the proxy is down")
  func down() async throws {
    let server = try await TestSSHServer()
    let report = await probe(server.network(), machine(), proxy: "socks5://127.0.0.1:1")
    guard case .notMeasured(.monitor(let why)) = report.tcp else { Issue.record("\(report.tcp)"); return }
    #expect(why.contains("socks5://127.0.0.1:1"))
    #expect(report.ssh == .notMeasured(.monitor(why)))
    #expect(report.guest == .notMeasured(.monitor(why)))
  }

  @Test("comes back whole through a bastion's tunnel, of a machine without an address")
  func bastion() async throws {
    // The near end of a tunnel is a port of 127.0.0.1, whatever lies at its other end.
    let server = try await TestSSHServer()
    let address = try #require(SocketAddress(literal: server.host, port: UInt16(server.port)))
    let far = try await Relay(to: address)
    let tunnel = GuestTunnel(localPort: far.port, name: "bastion-1")
    let network = GuestNetwork(
      settings: server.settings, loops: TestLoops.shared, tunnels: Tunnels(answer: .success(tunnel)))
    var guest = machine(host: nil)
    guest.address = nil
    let report = await probe(network, guest, proxy: "bastion", user: TestSSHServer.user)
    #expect(report.ssh.value?.reached == .shell, "\(report.ssh)")
    #expect(report.guest.value != nil && report.tcp.value?.provesHostUp == true)
    #expect(report.echo == .notApplicable("through bastion bastion-1"))
    #expect(report.path == "guest:22 via bastion bastion-1", "\(report.path)")
    let alias = "/subscriptions/s/resourcegroups/rg/providers/microsoft.compute/virtualmachines/guest"
    #expect(server.read("known_hosts").hasPrefix("\(alias) ssh-ed25519 "), "\(server.read("known_hosts"))")
    await network.close()
    server.stop()
    let dead = await probe(network, guest, proxy: "bastion", user: TestSSHServer.user)
    guard case .notMeasured(.monitor(let why)) = dead.tcp else { Issue.record("\(dead.tcp)"); return }
    #expect(why.contains("nothing came through bastion bastion-1"))
    #expect(dead.ssh.value == nil)
    await far.stop()
  }

  @Test("is unknown where the tunnel cannot be had, or nobody makes any")
  func noTunnel() async throws {
    let server = try await TestSSHServer()
    let failing = GuestNetwork(
      settings: server.settings, loops: TestLoops.shared,
      tunnels: Tunnels(answer: .failure(MonitorFailure("the bastion is on holiday"))))
    let report = await probe(failing, machine(), proxy: "bastion")
    #expect(report.tcp == .notMeasured(.monitor("the bastion is on holiday")))
    let none = await probe(server.network(), machine(), proxy: "bastion")
    guard case .notMeasured(.monitor(let why)) = none.tcp else { Issue.record("\(none.tcp)"); return }
    #expect(why.contains("access.proxy: bastion is for Azure's virtual machines"))
  }

  @Test("goes over a jump host that the policy names, and says so")
  func jump() async throws {
    let jump = try await TestSSHServer()
    let server = try await TestSSHServer()
    try server.write(
      """
      Host gate
        HostName \(jump.host)
        Port \(jump.port)
        User \(TestSSHServer.user)
        IdentityFile \(jump.directory)/user
        UserKnownHostsFile \(jump.directory)/known_hosts
        StrictHostKeyChecking accept-new
      \(server.read("ssh_config"))
      """, to: "ssh_config")
    let network = server.network()
    let report = await probe(
      network, machine(port: server.port, host: server.host), proxy: "jump:gate", timeout: .seconds(10))
    #expect(report.ssh.value?.reached == .shell, "\(report.ssh)")
    #expect(report.tcp.value?.provesHostUp == true)
    #expect(report.path == "\(server.host):\(server.port) via jump gate")
    _ = jump
  }
}

/// A port of 127.0.0.1 that leads to an address.
actor Relay {
  nonisolated let port: UInt16
  private let listener: Descriptor
  private var task: Task<Void, Never>?

  init(to address: SocketAddress) async throws {
    let listening = try LoopbackListener()
    port = listening.address.port
    listening.stop()
    let number = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    listener = Descriptor(number)
    let own = SocketAddress(family: .v4, bytes: [127, 0, 0, 1], port: port)
    guard own.withSockaddr({ bind(number, $0, $1) }) == 0, listen(number, 64) == 0,
      fcntl(number, F_SETFL, O_NONBLOCK) == 0
    else { throw MonitorFailure(errno, while: "making a relay") }
    let listener = listener
    task = Task(executorPreference: TestLoops.shared.agent) {
      await withDiscardingTaskGroup { group in
        while !Task.isCancelled {
          let number = accept(listener.value, nil, nil)
          guard number >= 0 else {
            _ = await TestLoops.shared.agent.wait(for: listener.value, .readable, until: .now + .seconds(60))
            continue
          }
          _ = fcntl(number, F_SETFL, O_NONBLOCK)
          let near = Descriptor(number)
          group.addTask {
            guard
              case .connected(let far, _) = await TCPDialer(loop: TestLoops.shared.agent)
                .dial(address, until: .now + .seconds(5))
            else { return }
            await TestProxy.relay(near, far)
          }
        }
      }
    }
  }

  func stop() { task?.cancel() }
}
