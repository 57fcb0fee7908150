import Autopilot
import Azure
import FleetModel
import Foundation
import GuestAccess
import Simulator
import Testing

@testable import ARMSimulator

@Suite("The host key that a simulated guest names by Run Command")
struct HostKeyWordTests {
  private let cloud = SimulatedCloud()

  /// The key that its SSH server shows whoever dials it.
  private func offered(_ proxy: GuestProxy) async throws -> KnownHosts.Key {
    var settings = SSHSettings()
    settings.configurationFile = "/dev/null"
    settings.agentSocket = nil
    settings.guestWay = GuestWay(environment: proxy.url)
    let network = GuestNetwork(settings: settings, loops: ClientLoops.shared)
    let target = try #require(
      SSHTarget(
        cloud.machine(),
        ProbeRequest(depth: .full, checks: [.ssh], connectivityTimeout: .seconds(5), sshTimeout: .seconds(10))))
    let offer = await network.ssh.offer(of: target, timeout: .seconds(20))
    await network.close()
    return try offer.get().offered
  }

  @Test("is the one its SSH server shows, also after it changed")
  func same() async throws {
    let cloud = cloud
    let proxy = try await GuestProxy.start(fleet: cloud.fleet, now: { cloud.now })
    let client = SimulatedClient(cloud)
    let machine = try #require(try await client.listed("vm-web-01"))
    let first = try await offered(proxy)
    #expect(await client.session.control.hostKeys(of: machine) == .told([first]))
    cloud.simulator.inject(.hostKeyChanged, on: cloud.machine().id)
    let second = try await offered(proxy)
    #expect(second != first)
    #expect(await client.session.control.hostKeys(of: machine) == .told([second]))
    await proxy.stop()
  }

  @Test("is told to whoever logs in and asks the same")
  func byLogin() async throws {
    let guest = ServedGuest(
      machine: cloud.machine(), fleet: cloud.fleet, time: GuestTime(now: { [cloud] in cloud.now }, speed: 1))
    let keys = try HostKeyScript.parse(guest.run(HostKeyScript.text).stdout)
    #expect(keys.map { "\($0.type) \($0.blob)" } == [try guest.hostKey(guest.contact()).publicText])
  }

  @Test("is not told by a guest that is off, or whose agent is silent")
  func silent() async throws {
    let client = SimulatedClient(cloud)
    for (fault, why) in [(SimulatedFault.agentNotReady, "agent is not ready"), (.stopped, "the VM is stopped")] {
      cloud.simulator.inject(fault, on: cloud.machine().id)
      cloud.pass(.minutes(20))
      let machine = try #require(try await client.listed("vm-web-01"))
      guard case .notTold(let said) = await client.session.control.hostKeys(of: machine) else {
        Issue.record("told")
        continue
      }
      #expect(said.contains(why), "\(said)")
    }
  }
}
