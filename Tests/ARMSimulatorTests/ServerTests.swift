import AsyncHTTPClient
import FleetModel
import Foundation
import NIOSSL
import Simulator
import Testing

@testable import ARMSimulator

import protocol Autopilot.EngineClock
import struct Autopilot.SystemClock

@Suite("The simulator on sockets", .serialized)
struct ServerTests {
  private func start(
    tls: Bool = false, port: Int = 0, clock: any EngineClock = SystemClock()
  ) async throws -> ARMServer {
    var parameters = SimulatedFleet.Parameters(machines: 20, seed: 1, startAt: clock.now(), hasOddMachines: false)
    parameters.hasActivityLog = true
    return try await ARMServer.start(
      fleet: SimulatedFleet(parameters), clock: clock, port: port, tls: tls, guestProxy: "socks5://127.0.0.1:1080")
  }

  @Test("Two ports of loopback answer, and none when it has stopped", arguments: [false, true])
  func serves(tls: Bool) async throws {
    let server = try await start(tls: tls)
    #expect(server.arm.hasPrefix(tls ? "https://localhost:" : "http://127.0.0.1:"))
    #expect(server.token.hasPrefix("http://127.0.0.1:"))
    #expect(server.guestProxy == "socks5://127.0.0.1:1080")
    var configuration = HTTPClient.Configuration()
    if let path = server.certificatePath {
      configuration.tlsConfiguration = .makeClientConfiguration()
      configuration.tlsConfiguration?.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(path))
    }
    let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    let answer = try await client.execute(
      HTTPClientRequest(url: server.arm + "/metadata/endpoints?api-version=2022-09-01"), timeout: .seconds(10))
    let body = try await answer.body.collect(upTo: 1 << 20)
    let json = JSONReader.value(Array(body.readableBytesView)) ?? .null
    #expect(json["resourceManager"].text == server.arm + "/")
    server.simulator.inject(.down)
    await #expect(throws: (any Error).self) {
      _ = try await client.execute(
        HTTPClientRequest(url: server.arm + "/metadata/endpoints?api-version=2022-09-01"), timeout: .seconds(10))
    }
    try await client.shutdown()
    await server.stop()
    let director = try SimulatorDirector(endpoint: server.arm, certificate: nil)
    let failure = await #expect(throws: SimulatorDirector.Failure.self) { try await director.heal("--all") }
    #expect(
      failure?.description
        == "no simulator listens at \(server.arm): start one with azlin simulate serve, or give the URL that it printed as "
        + "arm with --endpoint")
  }

  @Test("A director that trusts nobody there, or speaks plain http to https, is told what to do")
  func untrusted() async throws {
    let server = try await start(tls: true)
    let stranger = try SimulatorDirector(endpoint: server.arm, certificate: nil)
    let failure = await #expect(throws: SimulatorDirector.Failure.self) { try await stranger.heal("--all") }
    #expect(
      failure?.description.hasPrefix(
        "\(server.arm) shows no certificate that is trusted here: set AZLIN_CA_FILE to the one") == true,
      "\(failure?.description ?? "")")
    let plain = server.arm.replacing("https", with: "http")
    let other = try SimulatorDirector(endpoint: plain, certificate: nil)
    let second = await #expect(throws: SimulatorDirector.Failure.self) { try await other.heal("--all") }
    #expect(
      second?.description.hasPrefix("what listens at \(plain) is no azlin simulator: start one") == true,
      "\(second?.description ?? "")")
    await server.stop()
  }

  @Test("Its own clock is in every answer's Date and in its tokens", arguments: [600, -600])
  func shifted(seconds: Int) async throws {
    let clock = ShiftedClock(SystemClock(), offset: .seconds(seconds))
    let before = clock.now()
    let server = try await start(clock: clock)
    let client = HTTPClient(eventLoopGroupProvider: .singleton)
    for url in [server.arm + "/metadata/endpoints?api-version=2022-09-01", server.token] {
      let answer = try await client.execute(HTTPClientRequest(url: url), timeout: .seconds(10))
      let dates = answer.headers["date"]
      let latest = clock.now().milliseconds / 1000
      let possible = (before.milliseconds / 1000...latest).map { AzureTime.http(Instant(milliseconds: $0 * 1000)) }
      #expect(dates.count == 1 && possible.contains(dates[0]), "\(dates)")
      _ = try await answer.body.collect(upTo: 1 << 20)
    }
    var request = HTTPClientRequest(url: server.token + "?api-version=2019-08-01&resource=https://management.azure.com")
    request.headers.add(name: "X-IDENTITY-HEADER", value: server.identityHeader)
    let body = try await client.execute(request, timeout: .seconds(10)).body.collect(upTo: 1 << 20)
    let json = JSONReader.value(Array(body.readableBytesView)) ?? .null
    let given = try #require(json["not_before"].text.flatMap { Int64($0) })
    #expect((before.milliseconds / 1000...clock.now().milliseconds / 1000).contains(given))
    try await client.shutdown()
    await server.stop()
  }

  @Test("A port that is taken is refused with a sentence")
  func taken() async throws {
    let server = try await start()
    let port = try #require(Int(server.arm.split(separator: ":").last ?? ""))
    do {
      let second = try await start(port: port)
      await second.stop()
      Issue.record("two servers on one port")
    } catch {
      #expect(
        "\(error)"
          == "the simulator cannot listen on 127.0.0.1:\(port): another program listens there; choose another --port, or 0 for any"
      )
    }
    await server.stop()
  }

  @Test("A director injects and heals over the socket, and is told what was wrong")
  func director() async throws {
    let server = try await start()
    let director = try SimulatorDirector(endpoint: server.arm + "/", certificate: nil)
    #expect(try await director.inject("ssh-down", on: "vm-web-01", for: .seconds(60)).hasSuffix("/vm-web-01"))
    let machine = try #require(
      server.simulator.fleet.machines(at: server.simulator.now()).first { $0.name == "vm-web-01" })
    #expect(server.simulator.fleet.truth(of: machine.id, at: server.simulator.now())?.faults == [.sshDown])
    #expect(try await director.heal("vm-web-01").hasSuffix("/vm-web-01"))
    #expect(server.simulator.fleet.truth(of: machine.id, at: server.simulator.now())?.faults == [])
    for (vm, fault, hint) in [
      ("vm-web-1", "ssh-down", "did you mean 'vm-web-01'?"), ("vm-web-01", "ssh-dawn", "did you mean 'ssh-down'?"),
      ("--all", "ssh-down", "name it instead of --all"), ("vm-web-01", "arm-down", "use --all"),
    ] {
      do {
        _ = try await director.inject(fault, on: vm, for: nil)
        Issue.record("\(vm) \(fault) was accepted")
      } catch {
        #expect(error.description.contains(hint))
      }
    }
    await server.stop()
  }

  @Test(
    "Only this machine is spoken to",
    arguments: ["http://example.com", "ftp://127.0.0.1", "http://user@127.0.0.1:1", ""])
  func loopback(_ endpoint: String) {
    #expect(throws: SimulatorDirector.Failure.self) { try SimulatorDirector(endpoint: endpoint, certificate: nil) }
  }
}
