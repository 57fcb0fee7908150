import Glibc
import Testing

@testable import GuestAccess

@Suite("An SSH banner")
struct SSHBannerTests {
  private func read(_ listener: LoopbackListener, for limit: Duration = .seconds(10)) async throws
    -> (SSHBanner.Outcome, Descriptor)
  {
    let dialer = TCPDialer(loop: TestLoops.shared.network)
    guard case .connected(let descriptor, _) = await dialer.dial(listener.address, until: .now + .seconds(2)) else {
      throw MonitorFailure("not connected")
    }
    let outcome = await SSHBanner.read(
      from: descriptor.value, until: .now + limit, on: TestLoops.shared.network)
    return (outcome, descriptor)
  }

  @Test("is read whole and left in the socket")
  func plain() async throws {
    let listener = try LoopbackListener()
    let server = listener.say("SSH-2.0-OpenSSH_9.2\r\nmore")
    let (outcome, descriptor) = try await read(listener)
    #expect(outcome == .banner("SSH-2.0-OpenSSH_9.2"))
    var buffer = [UInt8](repeating: 0, count: 64)
    let count = recv(descriptor.value, &buffer, buffer.count, 0)
    #expect(String(decoding: buffer.prefix(max(count, 0)), as: UTF8.self) == "SSH-2.0-OpenSSH_9.2\r\nmore")
    descriptor.close()
    await server.value
  }

  @Test("may come late, in pieces and after other lines, which are consumed")
  func pieces() async throws {
    let listener = try LoopbackListener()
    let server = listener.serve { connection in
      for piece in ["Welcome\r\nto this", " server\r\nSSH", "-2.0-x", "\r\n"] {
        _ = await TestLoops.shared.agent.sleep(until: .now + .milliseconds(50))
        _ = send(connection, piece, piece.utf8.count, Int32(MSG_NOSIGNAL))
      }
      _ = await TestLoops.shared.agent.wait(for: connection, .readable, until: .now + .seconds(5))
    }
    let (outcome, descriptor) = try await read(listener)
    #expect(outcome == .banner("SSH-2.0-x"))
    var buffer = [UInt8](repeating: 0, count: 64)
    #expect(recv(descriptor.value, &buffer, buffer.count, 0) == 11)
    descriptor.close()
    await server.value
  }

  @Test("that does not come is a finding, at the deadline")
  func none() async throws {
    let listener = try LoopbackListener()
    let server = listener.say("")
    let (outcome, descriptor) = try await read(listener, for: .milliseconds(200))
    #expect(outcome == .failed(.noBanner))
    descriptor.close()
    await server.value
  }

  @Test("that begins but does not end is none, without spinning")
  func partial() async throws {
    let listener = try LoopbackListener()
    let server = listener.say("SSH-2.0-half")
    var before = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before)
    let (outcome, descriptor) = try await read(listener, for: .milliseconds(500))
    #expect(outcome == .failed(.noBanner))
    descriptor.close()
    await server.value
  }

  @Test("is not what other servers say", arguments: ["HTTP/1.1 400 Bad Request\r\n\r\n", "220 smtp\r\n"])
  func others(text: String) async throws {
    let listener = try LoopbackListener()
    let server = listener.say(text, thenClose: true)
    let (outcome, _) = try await read(listener)
    guard case .failed(.interrupted(.banner, let why)) = outcome else {
      Issue.record("\(outcome)")
      return
    }
    #expect(why.contains(text.prefix(8)))
    await server.value
  }

  @Test("full of escape sequences is shown harmless")
  func hostile() async throws {
    let listener = try LoopbackListener()
    let server = listener.say("SSH-2.0-\u{1b}]0;owned\u{7}\r\n")
    let (outcome, descriptor) = try await read(listener)
    #expect(outcome == .banner("SSH-2.0-.]0;owned."))
    descriptor.close()
    await server.value
  }

  @Test("endless garbage is given up on")
  func garbage() async throws {
    let listener = try LoopbackListener()
    let server = listener.say(String(repeating: "x", count: 20_000))
    let (outcome, descriptor) = try await read(listener)
    guard case .failed(.interrupted(.banner, _)) = outcome else {
      Issue.record("\(outcome)")
      return
    }
    descriptor.close()
    await server.value
  }

  @Test("of protocol 1 only is a finding")
  func old() async throws {
    let listener = try LoopbackListener()
    let server = listener.say("SSH-1.5-old\n")
    let (outcome, descriptor) = try await read(listener)
    #expect(outcome == .failed(.interrupted(.banner, "the server speaks SSH-1.5-old only")))
    descriptor.close()
    await server.value
  }
}
