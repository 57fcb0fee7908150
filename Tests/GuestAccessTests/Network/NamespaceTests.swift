import FleetModel
import Glibc
import Testing

@testable import GuestAccess

@Suite("Across a network", .serialized, .enabled(if: TestNetwork.isAvailable, "needs root and network namespaces"))
struct NamespaceTests {
  private func dial(_ host: String, for limit: Duration = .seconds(8)) async throws -> Reading<Witness> {
    let address = try #require(SocketAddress(literal: host, port: 22))
    return await TCPDialer(loop: TestLoops.shared.network).dial(address, until: .now + limit).witness
  }

  @Test("a handshake tells host, silence, router, neighbour and this machine apart")
  func handshakes() async throws {
    let network = try TestNetwork()
    defer { network.remove() }
    async let refused = dial(network.host)
    async let silent = dial(network.silent, for: .seconds(1))
    async let unreachable = dial(network.unreachable)
    async let prohibited = dial(network.prohibited)
    async let absent = dial(network.absent)
    async let unroutable = dial(network.unroutable)
    guard case .value(.refused) = try await refused else {
      Issue.record("\(try await refused)")
      return
    }
    #expect(try await silent == .value(.silent))
    #expect(try await unreachable == .value(.unreachable("host unreachable, says \(network.host)")))
    #expect(try await prohibited == .value(.unreachable("administratively prohibited, says \(network.host)")))
    #expect(try await absent == .value(.unreachable("no neighbour answers for it on the local link")))
    #expect(try await unroutable.isMonitor)
  }

  @Test("a ping tells them apart the same way over a raw socket")
  func rawPings() async throws {
    let network = try TestNetwork()
    defer { network.remove() }
    try await judge(network, EchoPinger(loop: TestLoops.shared.network), kind: .raw)
  }

  @Test("a ping tells them apart the same way over a datagram socket, which needs no privilege")
  func datagramPings() async throws {
    let network = try TestNetwork()
    defer { network.remove() }
    let pinger = EchoPinger(loop: TestLoops.shared.network) { family throws(MonitorFailure) in
      try network.openInMonitor(family)
    }
    try await judge(network, pinger, kind: .datagram)
  }

  private func judge(_ network: TestNetwork, _ pinger: EchoPinger, kind: EchoSocket.Kind) async throws {
    // This machine may allow datagram sockets as well; both kinds give the same verdicts.
    if kind == .datagram { #expect(await pinger.means(.v4) == .socket(kind)) }
    func ping(_ host: String, for limit: Duration = .seconds(8)) async throws -> Reading<Witness> {
      await pinger.ping(try #require(SocketAddress(literal: host)), until: .now + limit)
    }
    async let answered = ping(network.host)
    async let silent = ping(network.silent, for: .milliseconds(1500))
    async let unreachable = ping(network.unreachable)
    async let prohibited = ping(network.prohibited)
    #expect(try await answered.value?.provesHostUp == true)
    #expect(try await silent == .value(.silent))
    let router = kind == .datagram ? "198.18.\(network.number).10" : network.host
    #expect(try await unreachable == .value(.unreachable("host unreachable, says \(router)")))
    #expect(try await prohibited == .value(.unreachable("administratively prohibited, says \(router)")))
    if kind == .raw {
      #expect(try await ping(network.unroutable).isMonitor)
      #expect(
        try await ping(network.absent) == .value(.unreachable("no neighbour answers for it on the local link")))
    }
    #expect(await pinger.pending == 0)
  }

  @Test("a ping ends when its task is cancelled")
  func cancelled() async throws {
    let network = try TestNetwork()
    defer { network.remove() }
    let pinger = EchoPinger(loop: TestLoops.shared.network)
    let silent = try #require(SocketAddress(literal: network.silent))
    let task = Task { await pinger.ping(silent, until: .now + .seconds(60)) }
    #expect(await eventually { await pinger.pending > 0 })
    let start = ContinuousClock.now
    task.cancel()
    #expect(await task.value.isMonitor)
    #expect(start.duration(to: .now) < .seconds(2))
    #expect(await pinger.pending == 0)
  }

  @Test("a hundred pings to silent and unreachable places do not delay those that are answered")
  func mixture() async throws {
    let network = try TestNetwork()
    defer { network.remove() }
    let pinger = EchoPinger(loop: TestLoops.shared.network)
    let host = try #require(SocketAddress(literal: network.host))
    let silent = try #require(SocketAddress(literal: network.silent))
    let latencies = await withTaskGroup(of: Duration?.self) { group in
      for index in 0..<200 {
        group.addTask {
          await pinger.ping(index.isMultiple(of: 2) ? host : silent, until: .now + .milliseconds(1200)).value?.latency
        }
      }
      return await group.reduce(into: [Duration]()) { if let latency = $1 { $0.append(latency) } }
    }
    #expect(latencies.count == 100)
    #expect(latencies.max() ?? .zero < .milliseconds(500))
  }
}

@Suite("Beside fping")
struct FpingTests {
  private static let isAvailable =
    EchoPingerTests.canPing && access("/usr/bin/fping", X_OK) == 0

  @Test(
    "pings of a hundred loopback addresses get the same verdicts",
    .enabled(if: isAvailable, "needs fping and the right to ping"))
  func verdicts() async throws {
    let hosts = (1...100).map { "127.\($0 * 2).0.\($0)" }
    let output = try await TestSSHServer.run("/usr/bin/fping", ["-a"] + hosts)
    let alive = Set(output.split(separator: "\n").map(String.init))
    let pinger = EchoPinger(loop: TestLoops.shared.network)
    let ours = try await withThrowingTaskGroup(of: String?.self) { group in
      for host in hosts {
        let address = try #require(SocketAddress(literal: host))
        group.addTask {
          await pinger.ping(address, until: .now + .seconds(2)).value?.provesHostUp == true ? host : nil
        }
      }
      return try await group.reduce(into: Set<String>()) { if let host = $1 { $0.insert(host) } }
    }
    #expect(ours == alive)
    #expect(alive.count == 100)
  }
}
