import Autopilot
import FleetModel
import Foundation
import Testing

@testable import Hosts

@Suite("This machine as a provider")
struct LocalProviderTests {
  private struct WallClock: EngineClock {
    func now() -> Instant { Instant(seconds: Date().timeIntervalSince1970) }
    func sleep(until deadline: Instant) async { try? await Task.sleep(for: deadline - now()) }
  }

  private let provider = LocalProvider.make(
    environment: ProcessInfo.processInfo.environment, clock: WallClock())

  @Test("It is one machine, with this machine's name and figures")
  func figures() async throws {
    let machine = try #require(try await provider.inventory.machines().first)
    #expect(machine.name == ProcessInfo.processInfo.hostName)
    #expect(machine.provider == .local)
    let report = await provider.probe.probe(
      machine,
      ProbeRequest(
        depth: .full, checks: [.disk, .memory, .cpu], connectivityTimeout: .seconds(5), sshTimeout: .seconds(15),
        wantsTwoCPUSamples: true))
    #expect(report.power == .value(.running))
    #expect(report.ssh == .notApplicable("this machine"))
    #expect(report.echo == .notApplicable("this machine"))
    let guest = try #require(report.guest.value)
    #expect(guest.earlierCPU != nil)
    #expect(try #require(guest.memory.value).percent > 0)
    let uptime = try String(contentsOfFile: "/proc/uptime", encoding: .utf8)
    #expect(abs(guest.uptime.inSeconds - (try #require(Double(uptime.split(separator: " ")[0])))) < 30)
  }

  @Test("It is never remedied", arguments: Remedy.allCases)
  func untouched(remedy: Remedy) async throws {
    let machine = try #require(try await provider.inventory.machines().first)
    #expect(machine.abilities == [])
    #expect(provider.control.effect(of: remedy, on: machine) == nil)
    let order = RemedyOrder(
      intent: IntentID("i"), machine: machine, remedy: remedy, bootID: nil, notAfter: .distantFuture,
      request: ProbeRequest(depth: .full, checks: [], connectivityTimeout: .seconds(1), sshTimeout: .seconds(1)))
    guard case .refused = await provider.control.perform(order).outcome else {
      Issue.record("done")
      return
    }
  }
}
