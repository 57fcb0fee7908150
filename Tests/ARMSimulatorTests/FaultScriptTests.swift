import FleetModel
import Simulator
import Testing

@testable import ARMSimulator

@Suite("A file of faults")
struct FaultScriptTests {
  private func script(_ text: String) throws -> FaultScript { try FaultScript(Array(text.utf8)) }

  @Test("Strikes when it says, and writes down who did it")
  func plan() throws {
    let cloud = SimulatedCloud()
    let script = try script(
      """
      [{"vm": "vm-web-01", "fault": "ssh-down", "after": "30s", "for": "5m"},
       {"vm": "vm-db-01", "fault": "deallocated-by-user", "after": "1m"}, {"vm": "--all", "fault": "arm-errors", "after": "2h"}]
      """)
    #expect(cloud.simulator.plan(script) == nil)
    let machine = cloud.machine()
    #expect(cloud.fleet.truth(of: machine.id, at: cloud.now)?.faults == [])
    cloud.pass(.seconds(31))
    #expect(cloud.fleet.truth(of: machine.id, at: cloud.now)?.faults == [.sshDown])
    cloud.pass(.minutes(5))
    #expect(cloud.fleet.truth(of: machine.id, at: cloud.now)?.faults == [])
    #expect(cloud.power(cloud.machine("vm-db-01")) == "PowerState/deallocated")
    #expect(cloud.get(cloud.subscription).status == 200)
    cloud.pass(.hours(2))
    #expect(cloud.get(cloud.subscription).status >= 500)
  }

  @Test(
    "What is wrong is named",
    arguments: [
      ("{}", "no JSON list"), (#"[{"vm": "x"}]"#, "entry 1 has no"),
      (#"[{"vm": "x", "fault": "y", "at": 1}]"#, "unknown key"),
      (#"[{"vm": "x", "fault": "y", "for": "soon"}]"#, "entry 1: \"for\""),
    ])
  func wrong(_ text: String, _ part: String) {
    do {
      _ = try script(text)
      Issue.record("it was accepted")
    } catch {
      #expect("\(error)".contains(part))
    }
  }

  @Test("A name that is not there is told with its entry")
  func unknown() throws {
    let cloud = SimulatedCloud()
    #expect(
      cloud.simulator.plan(try script(#"[{"vm": "vm-web-1", "fault": "ssh-down"}]"#))
        == "entry 1: the simulated fleet has no VM 'vm-web-1'; did you mean 'vm-web-01'?")
  }
}
