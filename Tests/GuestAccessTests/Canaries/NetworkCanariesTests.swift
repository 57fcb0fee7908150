import Autopilot
import FleetModel
import Glibc
import Testing

@testable import GuestAccess

/// A time that stands still.
private struct StillClock: EngineClock {
  func now() -> Instant { Instant(seconds: 1_700_000_000) }
  func sleep(until deadline: Instant) async {}
}

@Suite("Canaries")
struct NetworkCanariesTests {
  private func canaries(_ places: [String], gateways: [DefaultGateway] = []) -> NetworkCanaries {
    NetworkCanaries(
      network: GuestNetwork(settings: SSHSettings(), loops: TestLoops.shared), clock: StillClock(),
      gateways: { gateways }, places: { places.map { NetworkCanaries.Place($0) } })
  }

  @Test(
    "an entry is a host, a host with its port, or an address of either family",
    arguments: [
      ("ntp.example", "ntp.example", nil as UInt16?), ("ntp.example:443", "ntp.example", 443),
      ("10.0.0.1", "10.0.0.1", nil), ("10.0.0.1:22", "10.0.0.1", 22), ("fd00::1", "fd00::1", nil),
    ])
  func entries(_ text: String, _ host: String, _ port: UInt16?) {
    var wanted = NetworkCanaries.Place(name: text, host: host, port: port)
    #expect(NetworkCanaries.Place(text) != wanted, "the operator's own canary is on the path of what he watches")
    wanted.isNamed = true
    #expect(NetworkCanaries.Place(text) == wanted)
  }

  @Test("a handshake is a sign of life, and so is a refusal; a name that is not known is none")
  func loopback() async throws {
    let listener = try LoopbackListener()
    let free = try LoopbackListener()
    let closed = free.address.port
    free.stop()
    let open = "127.0.0.1:\(listener.address.port)"
    let report = await canaries([open, "127.0.0.1:\(closed)", "127.0.0.1", "no-such-host.invalid:80"]).ask()
    #expect(
      report.answered == [
        open: true, "127.0.0.1:\(closed)": true, "127.0.0.1": true, "no-such-host.invalid:80": false,
      ])
    #expect(report.askedAt == Instant(seconds: 1_700_000_000))
  }

  @Test(
    "a router is there when it answers a ping, gone when the kernel cannot find its neighbour; what is silent is not there",
    .enabled(if: TestNetwork.isAvailable, "needs root and network namespaces"))
  func routers() async throws {
    let network = try TestNetwork()
    defer { network.remove() }
    func gateway(_ host: String) throws -> DefaultGateway {
      DefaultGateway(address: try #require(SocketAddress(literal: host)), interface: "any")
    }
    let report = await canaries(
      [network.silent], gateways: [try gateway(network.host), try gateway(network.absent)]
    ).ask()
    #expect(
      report.answered == [
        "gateway \(network.host)": true, "gateway \(network.absent)": false, network.silent: false,
      ])
  }

  @Test(
    "the kernel's word on a neighbour is enough where a router answers no ping",
    .enabled(if: TestNetwork.isAvailable, "needs root and network namespaces"))
  func neighbours() async throws {
    let network = try TestNetwork()
    defer { network.remove() }
    let host = try #require(SocketAddress(literal: network.host))
    #expect(NeighbourTable.state(of: host) == nil)
    _ = await EchoPinger(loop: TestLoops.shared.network).ping(host, until: .now + .seconds(5))
    #expect(NeighbourTable.state(of: host) == .reachable)
    let absent = try #require(SocketAddress(literal: network.absent))
    _ = await EchoPinger(loop: TestLoops.shared.network).ping(absent, until: .now + .seconds(8))
    #expect(NeighbourTable.state(of: absent) == .failed)
  }
}
