import Autopilot
import FleetModel
import Testing

@testable import GuestAccess

@Suite("Dialling through a SOCKS5 proxy")
struct SOCKSDialerTests {
  private func dial(
    _ proxy: SOCKSProxy, _ host: String = "10.9.8.7", within timeout: Duration = .seconds(5)
  ) async -> SOCKSDialer.Answer {
    let address = SocketAddress(literal: proxy.host, port: proxy.port)
    return await SOCKSDialer(proxy, loop: TestLoops.shared.network)
      .dial(SOCKS5.Destination(host: host, port: 22), by: address.map { [$0] } ?? [], until: .now + timeout)
  }

  private func answer(_ conduct: TestProxy.Conduct, within timeout: Duration = .seconds(5)) async throws
    -> SOCKSDialer.Answer
  {
    let proxy = try await TestProxy(conduct)
    let answer = await dial(proxy.proxy, within: timeout)
    await proxy.stop()
    return answer
  }

  private static let own = SocketAddress(family: .v4, bytes: [192, 0, 2, 1], port: 4711)

  @Test("reads every reply of RFC 1928 as what it says of the guest, or of the proxy", arguments: SOCKS5.Reply.allCases)
  func replies(_ reply: SOCKS5.Reply) async throws {
    let answer = try await answer(.reply(SOCKS5.reply(reply, bound: Self.own)))
    switch (reply, answer.outcome) {
    case (.succeeded, .connected): #expect(answer.isVouched)
    case (.connectionRefused, .refused): break
    case (.timeToLiveExpired, .silent): break
    case (.networkUnreachable, .unreachable(let why)), (.hostUnreachable, .unreachable(let why)):
      #expect(why.contains("\(reply.words), says socks5://127.0.0.1:"))
    case (.generalFailure, .monitor(let failure)), (.notAllowed, .monitor(let failure)),
      (.commandNotSupported, .monitor(let failure)), (.addressTypeNotSupported, .monitor(let failure)):
      #expect(failure.explanation.contains("the proxy socks5://127.0.0.1:"))
      #expect(failure.explanation.contains("opened no way to 10.9.8.7: \(reply.words)"))
    default: Issue.record("\(reply): \(answer.outcome)")
    }
  }

  @Test("takes silence after the request for the guest's, and before it for the proxy's")
  func silence() async throws {
    let guest = try await answer(.reply([]), within: .milliseconds(300))
    guard case .silent = guest.outcome else { Issue.record("\(guest.outcome)"); return }
    let proxy = try await answer(.greeting([]), within: .milliseconds(300))
    guard case .monitor(let failure) = proxy.outcome else { Issue.record("\(proxy.outcome)"); return }
    #expect(failure.explanation.contains("accepts connections, but does not answer"))
  }

  @Test(
    "never blames the guest for a proxy that talks nonsense",
    arguments: [
      TestProxy.Conduct.greeting(Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8)), .greeting([5, 0xff]), .greeting([5]),
      .greeting([4, 0]), .greeting([5, 2]), .reply(Array("SSH-2.0-nonsense\r\n".utf8)), .reply([5, 9, 0, 1]),
      .reply([5, 255, 0, 1]), .reply([4, 0, 0, 1, 0, 0, 0, 0, 0, 0]), .reply([5, 0, 0, 9, 1, 2, 3]),
      .reply([5, 0, 0, 3, 255, 1, 2]), .reply([5, 0, 0, 4, 1]), .replyAndClose([]), .replyAndClose([5, 0]),
      .replyAndClose([5, 0, 0, 1, 1, 1]), .replyAndClose([5, 0, 0, 3, 255]),
    ])
  func nonsense(_ conduct: TestProxy.Conduct) async throws {
    let answer = try await answer(conduct, within: .milliseconds(400))
    guard case .monitor(let failure) = answer.outcome else { Issue.record("\(answer.outcome)"); return }
    #expect(failure.explanation.hasPrefix("the proxy socks5://127.0.0.1:"))
  }

  @Test("names a proxy that is not there")
  func absent() async throws {
    let listener = try LoopbackListener()
    let port = listener.address.port
    listener.stop()
    let answer = await dial(SOCKSProxy(host: "127.0.0.1", port: port))
    guard case .monitor(let failure) = answer.outcome else { Issue.record("\(answer.outcome)"); return }
    #expect(failure.explanation.contains("socks5://127.0.0.1:\(port) refuses connections: is it running?"))
  }

  @Test("gives the proxy a literal address in its own form, and a name as it is written")
  func destinations() async throws {
    let proxy = try await TestProxy(.reply(SOCKS5.reply(.connectionRefused)))
    _ = await dial(proxy.proxy, "10.0.0.4")
    _ = await dial(proxy.proxy, "fd00::4")
    _ = await dial(proxy.proxy, "guest.invalid")
    #expect(
      await proxy.requests == [
        [5, 1, 0, 1, 10, 0, 0, 4, 0, 22],
        [5, 1, 0, 4, 0xfd, 0] + [UInt8](repeating: 0, count: 13) + [4, 0, 22],
        [5, 1, 0, 3, 13] + Array("guest.invalid".utf8) + [0, 22],
      ])
    let long = await dial(proxy.proxy, String(repeating: "a", count: 256))
    guard case .monitor = long.outcome else { Issue.record("\(long.outcome)"); return }
    await proxy.stop()
  }

  @Test("knows a yes that names no address of the proxy's")
  func unvouched() async throws {
    #expect(try await !answer(.reply(SOCKS5.reply(.succeeded))).isVouched)
    #expect(try await answer(.reply([5, 0, 0, 3, 1, 0x61, 0, 22])).isVouched)
    let v6 = SocketAddress(family: .v6, bytes: [UInt8](repeating: 0, count: 16), port: 9)
    #expect(try await answer(.reply(SOCKS5.reply(.succeeded, bound: v6))).isVouched)
  }
}

@Suite("The way to a guest")
struct GuestWayTests {
  private let machine = VirtualMachine(id: MachineID("/subscriptions/S/x"), name: "vm", provider: .azure)

  @Test("is read from the policy's words")
  func policy() {
    #expect(GuestWay("none", to: machine) == .direct)
    #expect(GuestWay("bastion", to: machine) == .bastion(machine))
    #expect(GuestWay("jump:gate", to: machine) == .jump("gate"))
    #expect(GuestWay("socks5://[::1]:1080", to: machine) == .socks(SOCKSProxy(host: "::1", port: 1080)))
    #expect(SOCKSProxy("socks5://[::1]:1080")?.description == "socks5://[::1]:1080")
  }

  @Test(
    "that cannot be followed is none at all",
    arguments: [
      "", "socks4://a:1", "socks5://a", "socks5://a:0", "socks5://a:65536", "socks5://a:+1", "socks5://:1",
      "socks5://user:word@a:1", "socks5://a b:1", "socks5://::1:1", "socks5://[a]:1", "jump:", "jump:-oX=y",
      "jump:$(id)", "http://a:1",
    ])
  func unusable(_ text: String) {
    guard case .unusable = GuestWay(text, to: machine) else { Issue.record("\(text)"); return }
    guard case .unusable = GuestWay(environment: text) else { Issue.record("\(text)"); return }
  }

  @Test("of a machine without an address is its bastion, or there is none")
  func noAddress() {
    var request = ProbeRequest(depth: .full, checks: [], connectivityTimeout: .seconds(5), sshTimeout: .seconds(5))
    #expect(SSHTarget(machine, request) == nil)
    request.proxy = "socks5://127.0.0.1:1080"
    #expect(SSHTarget(machine, request) == nil)
    request.proxy = "bastion"
    #expect(SSHTarget(machine, request)?.way == .bastion(machine))
    #expect(SSHTarget(machine, request)?.user == "azureuser")
    request.proxy = "jump:gate"
    request.address = "10.0.0.4"
    #expect(SSHTarget(machine, request)?.host == "10.0.0.4")
  }
}
