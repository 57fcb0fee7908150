import FleetModel
import GuestAccess
import Testing

@testable import ARMSimulator
@testable import Autopilot

@Suite("access.proxy of a policy", .enabled(if: Program.hasOpenSSH, "needs openssh-client"))
struct PolicyWayTests {
  @Test("is in every request that the engine makes, and is the way the probe goes")
  func request() async throws {
    let served = try await ServedFleet { settings, _ in settings.guestWay = .direct }
    var state = MachineState(
      machine: served.machine, memory: MachineMemory(machine: served.machine.id, incarnation: ""), now: midnight,
      spread: .seconds(60))
    #expect(state.request(.full).proxy == nil)
    var policy = Policy()
    policy.monitoring.enabled = true
    policy.access.proxy = served.proxy.url
    state.set(policy: EffectivePolicy(policy: policy))
    for depth in [ProbeRequest.Depth.full, .recheck, .witnesses] {
      #expect(state.request(depth).proxy == served.proxy.url)
    }
    let probe = NetworkGuestProbe(network: served.network, power: NoPower()) { midnight }
    let report = await probe.probe(served.machine, state.request(.full))
    #expect(report.ssh.value?.reached == .shell, "\(report.ssh)")
    #expect(report.path.hasSuffix(" via \(served.proxy.url)"))
    await served.end()
  }
}
