import FleetModel
import Foundation
import GuestAccess
import Simulator
import Testing

@testable import ARMSimulator

@Suite("The proxy of simulated guests", .serialized, .enabled(if: Program.hasOpenSSH, "needs openssh-client"))
struct GuestProxyTests {
  /// A connection to the proxy, byte by byte.
  private struct Client {
    let stream: SocketStream
    let descriptor: Descriptor

    init(_ served: ServedFleet) async throws {
      let proxy = try #require(SOCKSProxy(served.proxy.url))
      let address = try #require(SocketAddress(literal: proxy.host, port: proxy.port))
      let outcome = await TCPDialer(loop: ClientLoops.shared.network).dial(address, until: .now + .seconds(5))
      guard case .connected(let descriptor, _) = outcome else { throw MonitorFailure("\(outcome)") }
      self.descriptor = descriptor
      stream = SocketStream(descriptor.value, on: ClientLoops.shared.network)
    }

    func say(_ bytes: [UInt8]) async throws { try await stream.write(bytes, until: .now + .seconds(5)) }
    func hear(
      _ count: Int, within: Duration = .seconds(5)
    ) async throws(SocketStream.Interruption) -> [UInt8] {
      try await stream.read(count, until: .now + within)
    }
    /// Whether nothing comes for a while.
    func isSilent(for time: Duration) async -> Bool {
      do {
        _ = try await hear(1, within: time)
        return false
      } catch { return error == .timedOut }
    }
    func isClosed() async -> Bool {
      do {
        _ = try await hear(1)
        return false
      } catch { return error == .closed }
    }
    /// Greets and asks for a connection.
    func ask(_ host: String, port: UInt16 = 22) async throws {
      try await say(SOCKS5.greeting)
      #expect(try await hear(2) == [5, 0])
      try await say(SOCKS5.request(to: SOCKS5.Destination(host: host, port: port)) ?? [])
    }
  }

  private func reply(_ served: ServedFleet, _ host: String, port: UInt16 = 22) async throws -> UInt8 {
    let client = try await Client(served)
    try await client.ask(host, port: port)
    return try await client.hear(10)[1]
  }

  @Test("answers for each guest as its truth is")
  func truth() async throws {
    let served = try await ServedFleet()
    let host = served.machine.address?.host ?? ""
    let open = try await Client(served)
    try await open.ask(host)
    let answer = try await open.hear(10)
    #expect(answer[1] == 0 && answer[4...7] == [127, 0, 0, 1] && answer[8...9] != [0, 0], "it names its own address")
    #expect(try await open.hear(8) == Array("SSH-2.0-".utf8))
    #expect(try await reply(served, "192.0.2.99") == SOCKS5.Reply.hostUnreachable.rawValue)
    #expect(try await reply(served, "nobody.invalid") == SOCKS5.Reply.hostUnreachable.rawValue)
    #expect(try await reply(served, host, port: 23) == SOCKS5.Reply.connectionRefused.rawValue)
    served.inject(.sshDown)
    #expect(try await reply(served, host) == SOCKS5.Reply.connectionRefused.rawValue)
    served.heal()
    served.inject(.sshHung)
    let mute = try await Client(served)
    try await mute.ask(host)
    #expect(try await mute.hear(10)[1] == 0)
    #expect(await mute.isSilent(for: .milliseconds(300)))
    served.heal()
    #expect(try await mute.hear(4) == Array("SSH-".utf8), "and it speaks when it is healed")
    for fault in [SimulatedFault.networkDown, .pathBlocked, .subnetDown, .stopped] {
      served.inject(fault)
      let dark = try await Client(served)
      try await dark.ask(host)
      #expect(await dark.isSilent(for: .milliseconds(300)), "\(fault)")
      served.heal()
    }
    await served.end()
  }

  @Test("lets a dial succeed that was under way when the guest came back")
  func comesBack() async throws {
    let served = try await ServedFleet()
    served.inject(.pathBlocked)
    let client = try await Client(served)
    try await client.ask(served.machine.address?.host ?? "")
    #expect(await client.isSilent(for: .milliseconds(200)))
    served.heal()
    #expect(try await client.hear(10)[1] == 0)
    await served.end()
  }

  @Test(
    "closes, or refuses by the book, what is no request it can serve",
    arguments: [
      ([0], []), ([4, 1, 0, 22, 10, 0, 0, 1, 0], []), ([5, 0], [5, 0xff]), ([5, 2, 1, 2], [5, 0xff]),
      (Array("GET / HTTP/1.1\r\n\r\n".utf8), []), ([0x16, 3, 1, 2, 0, 1], []),
      ([5, 1, 0, 5, 2, 0, 1, 10, 0, 0, 1, 0, 22], [5, 0, 5, 7]),
      ([5, 1, 0, 5, 3, 0, 3, 1, 0x61, 0, 22], [5, 0, 5, 7]),
      ([5, 1, 0, 5, 1, 0, 2, 1, 1, 1], [5, 0, 5, 8]), ([5, 1, 0, 5, 1, 0, 3, 0, 0, 22], [5, 0, 5, 1]),
      ([5, 1, 0, 5, 1, 0, 3, 2, 0, 0xff, 0, 22], [5, 0, 5, 1]), ([5, 1, 0, 4, 1, 0, 1], [5, 0]),
      ([5, 255] + [UInt8](repeating: 0, count: 255) + [5, 1, 0, 1, 192, 0, 2, 1, 0, 22], [5, 0, 5, 4]),
      ([5, 1, 0, 5, 1, 0, 3, 255] + [UInt8](repeating: 0x61, count: 255) + [0, 22], [5, 0, 5, 4]),
      ([5, 1, 0, 5, 1, 0, 4] + [UInt8](repeating: 0xff, count: 16) + [0, 22], [5, 0, 5, 4]),
    ] as [([UInt8], [UInt8])])
  func hostile(_ bytes: [UInt8], _ expected: [UInt8]) async throws {
    let served = try await ServedFleet(machines: 2)
    let client = try await Client(served)
    try await client.say(bytes)
    shutdown(client.descriptor.value, Int32(SHUT_WR))
    if !expected.isEmpty { #expect(try await client.hear(expected.count) == expected) }
    if expected.count > 2 { _ = try await client.hear(8) }
    #expect(await client.isClosed())
    #expect(await eventually { served.proxy.openConnections == 0 })
    await served.end()
  }

  @Test("frees its port and every handle when it stops, whoever is still connected")
  func stops() async throws {
    let before = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
    let served = try await ServedFleet()
    var clients: [Client] = []
    served.inject(.networkDown)
    let machines = served.fleet.machines(at: midnight)
    for machine in machines {
      let client = try await Client(served)
      try await client.ask(machine.address?.host ?? "")
      clients.append(client)
    }
    let idle = try await Client(served)
    #expect(await eventually { served.proxy.openConnections == machines.count + 1 })
    await served.end()
    #expect(served.proxy.openConnections == 0)
    clients = []
    idle.descriptor.close()
    let after = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
    // The threads' own handles came with the first proxy of the process.
    #expect(after <= before + 8)
  }

  @Test("forgets the connections of a guest that has booted")
  func reboot() async throws {
    let served = try await ServedFleet()
    _ = await served.probe()
    #expect(served.proxy.openConnections == 1)
    let now = served.clock.now()
    served.fleet.control(served.machine.id, .restart, from: now, until: now + .milliseconds(10))
    #expect(served.network.ssh.sessions.count == 1)
    let report = await served.probe(timeout: .seconds(1))
    #expect(report.guest.value == nil)
    await served.end()
  }
}
