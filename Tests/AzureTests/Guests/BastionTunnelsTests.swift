import FleetModel
import Foundation
import GuestAccess
import Testing

@testable import Azure

@Suite("Tunnels through Azure's bastions", .serialized)
struct BastionTunnelsTests {
  private static let network =
    "/subscriptions/\(subscription)/resourceGroups/RG-Web/providers/Microsoft.Network/virtualNetworks/vnet-web"

  private func machine(_ name: String = "web-1", subnet: String? = network.lowercased() + "/subnets/default")
    -> VirtualMachine
  {
    VirtualMachine(id: MachineID(vmID(name)), name: name, group: "RG-Web", provider: .azure, subnet: subnet)
  }

  private static func bastion(tunneling: String = "true", sku: String = "Standard") -> String {
    """
    {"id": "/subscriptions/\(subscription)/resourceGroups/RG-Net/providers/Microsoft.Network/bastionHosts/bast-1",
     "name": "bast-1", "sku": {"name": "\(sku)"}, "properties": {"enableTunneling": \(tunneling),
     "ipConfigurations": [{"name": "c", "properties": {"subnet": {"id": "\(network)/subnets/AzureBastionSubnet"}}}]}}
    """
  }

  private static func graph(_ rows: String = bastion()) -> ScriptedARM {
    ScriptedARM { _ throws(AzureError) in
      ARMReply(#"{"totalRecords": 1, "count": 1, "data": [\#(rows)], "facets": [], "resultTruncated": "false"}"#)
    }
  }

  private func tunnels(
    _ az: FakeAz, _ caller: ScriptedARM = graph(), _ change: (inout BastionTunnels.Settings) -> Void = { _ in }
  ) -> BastionTunnels {
    var settings = BastionTunnels.Settings()
    settings.program = az.program
    change(&settings)
    return BastionTunnels(caller: caller, loop: TestLoops.shared.network, settings: settings)
  }

  private func ask(_ tunnels: BastionTunnels, _ machine: VirtualMachine, within: Duration = .seconds(15)) async
    -> Result<GuestTunnel, MonitorFailure>
  {
    await tunnels.tunnel(to: machine, port: 22, until: .now + within)
  }

  private func failure(_ result: Result<GuestTunnel, MonitorFailure>) -> String {
    if case .failure(let failure) = result { failure.explanation } else { "it is open" }
  }

  @Test("are opened by az, once, and lead to the machine")
  func open() async throws {
    let echo = try Echo()
    let az = try FakeAz(target: echo.port)
    let caller = Self.graph()
    let tunnels = tunnels(az, caller)
    let tunnel = try await ask(tunnels, machine()).get()
    #expect(tunnel.name == "bast-1")
    #expect(az.connections == 0, "who waits for a tunnel opens no connection to the machine")
    let dialled = await TCPDialer(loop: TestLoops.shared.network).dial(tunnel.address, until: .now + .seconds(5))
    guard case .connected(let descriptor, _) = dialled else { Issue.record("\(dialled)"); return }
    let stream = SocketStream(descriptor.value, on: TestLoops.shared.network)
    #expect(try await stream.read(5, until: .now + .seconds(5)) == Array("hello".utf8))
    #expect(try await ask(tunnels, machine()).get() == tunnel)
    let port = String(tunnel.localPort)
    let target = vmID("web-1")
    #expect(
      az.calls == [
        "network bastion tunnel --name bast-1 --resource-group RG-Net --subscription \(subscription) "
          + "--target-resource-id \(target) --resource-port 22 --port \(port)"
      ])
    #expect(caller.sent == ["POST resources"])
    await tunnels.close()
    #expect(await eventually { az.living.isEmpty })
    #expect(failure(await ask(tunnels, machine("web-2"))).contains("azlin is ending"))
  }

  @Test("that take their time are there for the next who asks")
  func slow() async throws {
    let echo = try Echo()
    let az = try FakeAz(target: echo.port, trouble: "time.sleep(0.5)")
    let tunnels = tunnels(az)
    #expect(failure(await ask(tunnels, machine(), within: .milliseconds(200))).contains("is still being opened"))
    _ = try await ask(tunnels, machine()).get()
    #expect(az.calls.count == 1)
    await tunnels.close()
  }

  @Test("that die are opened anew")
  func died() async throws {
    let echo = try Echo()
    let az = try FakeAz(target: echo.port)
    let tunnels = tunnels(az)
    _ = try await ask(tunnels, machine()).get()
    for process in az.living { kill(process, SIGTERM) }
    #expect(await eventually { az.living.isEmpty })
    var count = await tunnels.openTunnels
    while count > 0 {
      _ = await TestLoops.shared.network.sleep(until: .now + .milliseconds(20))
      count = await tunnels.openTunnels
    }
    let second = try await ask(tunnels, machine()).get()
    #expect(az.calls.count == 2)
    #expect(LocalPorts.isListening(second.localPort))
    await tunnels.close()
  }

  @Test("that nobody uses are closed, and so are all when nobody holds them")
  func idle() async throws {
    let echo = try Echo()
    let az = try FakeAz(target: echo.port)
    let idle = tunnels(az) { $0.idleLimit = .milliseconds(300) }
    _ = try await ask(idle, machine()).get()
    #expect(await eventually { az.living.isEmpty })
    var dropped: BastionTunnels? = tunnels(az)
    if let dropped { _ = try await ask(dropped, machine()).get() }
    #expect(az.living.count == 1)
    dropped = nil
    #expect(await eventually { az.living.isEmpty })
  }

  @Test("are so many and no more; one that is idle makes room")
  func cap() async throws {
    let echo = try Echo()
    let az = try FakeAz(target: echo.port)
    let tunnels = tunnels(az) { $0.maximum = 2 }
    _ = try await ask(tunnels, machine("web-1")).get()
    _ = try await ask(tunnels, machine("web-2")).get()
    let third = failure(await ask(tunnels, machine("web-3")))
    #expect(third.contains("2 tunnels through bastions are open, which is the most at once; web-3 waits"))
    await tunnels.close()
    let hasty = self.tunnels(az) {
      $0.maximum = 1; $0.minimumUse = .zero
    }
    _ = try await ask(hasty, machine("web-1")).get()
    _ = try await ask(hasty, machine("web-2")).get()
    #expect(await hasty.openTunnels == 1)
    await hasty.close()
  }

  @Test("that az refuses say why, and az is not asked again at once")
  func refused() async throws {
    let az = try FakeAz(target: 1, trouble: #"sys.exit("ERROR: (AuthorizationFailed) no \x1b[31mrights")"#)
    let tunnels = tunnels(az)
    let why = failure(await ask(tunnels, machine()))
    #expect(why.contains("the tunnel through the bastion bast-1: az ended with exit status 1: ERROR: (Authorization"))
    #expect(!why.contains("\u{1b}"))
    #expect(failure(await ask(tunnels, machine())) == why)
    #expect(az.calls.count == 1)
    await tunnels.close()
  }

  @Test("need an az that is there, and one that opens them in time")
  func absent() async throws {
    let az = try FakeAz(target: 1, trouble: "time.sleep(30)")
    let missing = tunnels(az) { $0.program = "/nonexistent/az" }
    #expect(failure(await ask(missing, machine())).contains("is the Azure CLI installed"))
    let slow = tunnels(az) { $0.patience = .seconds(1) }
    #expect(failure(await ask(slow, machine())).contains("az opened none in 1 s"))
    #expect(await eventually { az.living.isEmpty })
  }

  @Test("need a bastion in the machine's virtual network that allows them")
  func noBastion() async throws {
    let az = try FakeAz(target: 1)
    let elsewhere = machine(subnet: Self.network.lowercased() + "-2/subnets/default")
    #expect(
      failure(await ask(tunnels(az), elsewhere))
        == "the virtual network vnet-web-2 of web-1 has no bastion; set access.proxy otherwise")
    #expect(failure(await ask(tunnels(az), machine(subnet: nil))).contains("virtual network of web-1 is not known"))
    #expect(failure(await ask(tunnels(az), machine(subnet: "10.0.0.0/24"))).contains("is not known"))
    let off = failure(await ask(tunnels(az, Self.graph(Self.bastion(tunneling: "false"))), machine()))
    #expect(off.contains("az network bastion update --name bast-1 --resource-group RG-Net --enable-tunneling true"))
    let basic = failure(await ask(tunnels(az, Self.graph(Self.bastion(sku: "Basic"))), machine()))
    #expect(basic.contains("that takes SKU Standard, it is Basic") && basic.contains("--sku Standard"))
    #expect(az.calls.isEmpty)
  }

  @Test("are found by the list API where Resource Graph may not be asked, and not at all where nothing may")
  func lists() async throws {
    let echo = try Echo()
    let az = try FakeAz(target: echo.port)
    let listed = ScriptedARM { request throws(AzureError) in
      if request.method == .post { throw AzureError(.forbidden(action: nil, scope: nil), 403) }
      return ARMReply(#"{"value": [\#(Self.bastion())]}"#)
    }
    let tunnels = tunnels(az, listed)
    _ = try await ask(tunnels, machine()).get()
    #expect(listed.sent == ["POST resources", "GET bastionHosts"])
    #expect(
      listed.requests.last?.target == "/subscriptions/\(subscription)/providers/Microsoft.Network/bastionHosts")
    await tunnels.close()
    let closed = ScriptedARM { _ throws(AzureError) in throw AzureError(.unreachable, 0, code: "down") }
    #expect(failure(await ask(self.tunnels(az, closed), machine())).hasPrefix("looking for bastions: Azure said"))
  }
}

/// A listener that greets whoever comes.
private final class Echo: Sendable {
  let port: UInt16
  private let listener: Descriptor
  private let task: Task<Void, Never>

  init() throws {
    let port = try LocalPorts.free()
    let number = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    let listener = Descriptor(number)
    let address = SocketAddress(family: .v4, bytes: [127, 0, 0, 1], port: port)
    guard address.withSockaddr({ bind(number, $0, $1) }) == 0, listen(number, 16) == 0,
      fcntl(number, F_SETFL, O_NONBLOCK) == 0
    else { throw MonitorFailure(errno, while: "listening") }
    (self.port, self.listener) = (port, listener)
    task = Task {
      var open: [Descriptor] = []
      while !Task.isCancelled {
        let connection = accept(listener.value, nil, nil)
        guard connection >= 0 else {
          _ = await TestLoops.shared.agent.wait(for: listener.value, .readable, until: .now + .seconds(60))
          continue
        }
        open.append(Descriptor(connection))
        _ = send(connection, "hello", 5, Int32(MSG_NOSIGNAL))
      }
    }
  }

  deinit { task.cancel() }
}
