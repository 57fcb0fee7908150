import FleetModel
import Testing

@testable import FaultCampaign

@Suite("A policy tried on a simulated fleet")
struct TimelineTests {
  private static func run(_ change: (inout Policy) -> Void = { _ in }) throws -> CampaignRun {
    let faults = [UserFault(vm: "vm-web-01", fault: "ssh-down", after: .hours(2), duration: .hours(1))]
    var plan = try CampaignPlan.trying(machines: 3, seed: 1, days: 1, faults: faults)
    for place in plan.policies.indices {
      plan.policies[place].monitoring.enabled = true
      change(&plan.policies[place])
    }
    var run = CampaignRun(plan)
    run.run()
    return run
  }

  @Test("It tells the fault, what azlin decided, and what reached the VM with what was really so")
  func healing() throws {
    let lines = Timeline.lines(try Self.run())
    let fault = try #require(lines.firstIndex { $0.hasSuffix(" fault  ssh-down: vm-web-01") })
    let seen = try #require(lines.firstIndex { $0.contains(" azlin  vm-web-01 incident: ") })
    let effect = try #require(
      lines.firstIndex { $0.hasSuffix(" effect vm-web-01 restart sshd, really: ssh-down; done") })
    #expect(fault < seen && seen < effect)
    #expect(lines.contains { $0.contains(" azlin  vm-web-01 incident closed: ") })
    #expect(lines.contains { $0.hasSuffix(" over   ssh-down: vm-web-01") })
  }

  @Test("In observe mode nothing reaches a VM, and what would have is told")
  func observing() throws {
    let lines = Timeline.lines(try Self.run { $0.healing.mode = .observe })
    #expect(lines.contains { $0.hasSuffix(" azlin  vm-web-01 would have: restart sshd") })
    #expect(!lines.contains { $0.contains(" effect ") })
  }

  @Test("A fault that cannot be is named, with the nearest one")
  func mistakes() {
    func mistake(_ vm: String, _ fault: String) -> String? {
      do throws(UserFault.Mistake) {
        _ = try CampaignPlan.trying(
          machines: 3, seed: 1, days: 1, faults: [UserFault(vm: vm, fault: fault, after: .zero, duration: nil)])
        return nil
      } catch { return error.description }
    }
    #expect(mistake("vm-web-01", "ssh-dwn") == "entry 1: there is no fault \"ssh-dwn\"; did you mean ssh-down?")
    #expect(
      mistake("vm-web-99", "ssh-down")?.hasPrefix("entry 1: this fleet has no VM \"vm-web-99\"; there is ") == true)
    #expect(mistake("--all", "hung") == nil)
  }
}
