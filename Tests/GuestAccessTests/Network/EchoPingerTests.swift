import FleetModel
import Glibc
import Testing

@testable import GuestAccess

@Suite("Pings")
struct EchoPingerTests {
  static let canPing = (try? EchoSocket.open(.v4)) != nil
  static let canPing6 = (try? EchoSocket.open(.v6)) != nil

  private func address(_ text: String) throws -> SocketAddress { try #require(SocketAddress(literal: text)) }

  @Test("are answered by loopback", .enabled(if: canPing, "needs CAP_NET_RAW or net.ipv4.ping_group_range"))
  func loopback() async throws {
    let pinger = EchoPinger(loop: TestLoops.shared.network)
    let reading = await pinger.ping(try address("127.0.0.1"), until: .now + .seconds(2))
    guard case .value(.answered(let latency)) = reading else {
      Issue.record("\(reading)")
      return
    }
    #expect(latency > .zero && latency < .milliseconds(500))
    #expect(await pinger.pending == 0)
  }

  @Test("are answered by IPv6 loopback", .enabled(if: canPing6, "needs CAP_NET_RAW and IPv6"))
  func loopback6() async throws {
    let pinger = EchoPinger(loop: TestLoops.shared.network)
    let reading = await pinger.ping(try address("::1"), until: .now + .seconds(2))
    #expect(reading.value?.provesHostUp == true)
  }

  @Test("of five hundred addresses at once each get their own answer", .enabled(if: canPing, "needs CAP_NET_RAW"))
  func many() async throws {
    let pinger = EchoPinger(loop: TestLoops.shared.network)
    let answered = await withTaskGroup(of: Bool.self) { group in
      for index in 0..<500 {
        group.addTask {
          let address = SocketAddress(
            family: .v4, bytes: [127, 9, UInt8(index / 250), UInt8(index % 250 + 1)])
          return await pinger.ping(address, until: .now + .seconds(5)).value?.provesHostUp ?? false
        }
      }
      return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
    }
    #expect(answered == 500)
    #expect(await pinger.pending == 0)
  }

  @Test("that this machine cannot send are the monitor's fault", .enabled(if: canPing, "needs CAP_NET_RAW"))
  func local() async throws {
    let pinger = EchoPinger(loop: TestLoops.shared.network)
    let reading = await pinger.ping(try address("255.255.255.255"), until: .now + .seconds(1))
    guard case .notMeasured(.monitor(let why)) = reading else {
      Issue.record("\(reading)")
      return
    }
    #expect(why.contains("255.255.255.255"))
  }

  @Test("are off where no socket is allowed, and say so")
  func off() async throws {
    let pinger = EchoPinger(loop: TestLoops.shared.network) { _ throws(MonitorFailure) in
      throw MonitorFailure(EPERM, while: "opening an ICMP socket")
    }
    guard case .none = await pinger.means(.v4) else {
      Issue.record("means without a socket")
      return
    }
    let reading = await pinger.ping(try address("127.0.0.1"), until: .now + .seconds(1))
    guard case .notMeasured(.monitor(let why)) = reading else {
      Issue.record("\(reading)")
      return
    }
    #expect(why.hasPrefix("ICMP is off here"))
  }
}
