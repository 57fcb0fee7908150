import FleetModel
import Glibc
import Testing

@testable import GuestAccess

@Suite("A TCP handshake")
struct TCPDialerTests {
  let dialer = TCPDialer(loop: TestLoops.shared.network)

  private func dial(_ address: SocketAddress, for limit: Duration = .seconds(2)) async -> Reading<Witness> {
    await dialer.dial(address, until: .now + limit).witness
  }

  @Test("is answered by a listener, over IPv4 and IPv6", arguments: ["127.0.0.1", "127.83.4.5", "::1"])
  func answered(host: String) async throws {
    let listener = try LoopbackListener(host: host)
    guard case .value(.answered(let latency)) = await dial(listener.address) else {
      Issue.record("not answered")
      return
    }
    #expect(latency > .zero && latency < .seconds(1))
  }

  @Test("is refused by a closed port, over IPv4 and IPv6", arguments: ["127.0.0.1", "::1"])
  func refused(host: String) async throws {
    let listener = try LoopbackListener(host: host)
    listener.stop()
    guard case .value(.refused(let latency)) = await dial(listener.address) else {
      Issue.record("not refused")
      return
    }
    #expect(latency < .seconds(1))
  }

  @Test("with a host that answers nothing is silent, at the deadline")
  func silent() async throws {
    let listener = try LoopbackListener(backlog: 0)
    // One connection fills the queue of a listener that accepts nobody; then SYNs are dropped.
    let first = await dialer.dial(listener.address, until: .now + .seconds(1))
    let start = ContinuousClock.now
    #expect(await dial(listener.address, for: .milliseconds(300)) == .value(.silent))
    let took = start.duration(to: .now)
    #expect(took >= .milliseconds(300) && took < .seconds(2))
    withExtendedLifetime(first) {}
  }

  @Test("that this machine itself forbids is the monitor's fault")
  func local() async throws {
    let broadcast = try #require(SocketAddress(literal: "255.255.255.255", port: 9))
    guard case .notMeasured(.monitor(let why)) = await dial(broadcast) else {
      Issue.record("counted against the host")
      return
    }
    #expect(why.contains("255.255.255.255:9") && why.contains("this machine"))
  }

  @Test("goes on to the next address, and tells which one answered")
  func severalAddresses() async throws {
    let listener = try LoopbackListener(host: "127.0.0.1")
    let closed = try LoopbackListener(host: "127.0.0.2")
    closed.stop()
    let (address, outcome) = await dialer.dial([closed.address, listener.address], until: .now + .seconds(2))
    #expect(address == listener.address)
    guard case .connected = outcome else {
      Issue.record("\(outcome)")
      return
    }
  }

  @Test("leaves no handle open, over a thousand connects")
  func leaks() async throws {
    let listener = try LoopbackListener(backlog: 4096)
    _ = await dial(listener.address)
    let before = openHandles()
    for _ in 0..<1000 { _ = await dial(listener.address) }
    // Other tests run at the same time; a leak here would be a thousand.
    #expect(openHandles() < before + 300)
  }

  @Test("ends when its task is cancelled")
  func cancelled() async throws {
    let listener = try LoopbackListener(backlog: 0)
    let first = await dialer.dial(listener.address, until: .now + .seconds(1))
    let task = Task { await dial(listener.address, for: .seconds(30)) }
    task.cancel()
    guard case .notMeasured(.monitor) = await task.value else {
      Issue.record("a cancelled handshake was counted")
      return
    }
    withExtendedLifetime(first) {}
  }
}
