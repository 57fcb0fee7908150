import Autopilot
import FleetModel
import Testing

@testable import Simulator

@Suite("The demo")
struct DemoTests {
  private func machines(_ demo: DemoScenario) -> [VirtualMachine] { demo.makeFleet().machines(at: demo.startAt) }

  @Test("Every line of its policies is valid, and none contradicts another", arguments: [1, 20, 500])
  func policiesAreValid(count: Int) {
    let demo = DemoScenario(machines: count)
    let machines = machines(demo)
    #expect(DemoPolicies.faults(for: machines) == [])
    let policies = demo.policies(for: machines)
    #expect(policies.count == count)
    #expect(policies.values.allSatisfy { $0.problems.isEmpty })
    #expect(policies.values.allSatisfy { $0.policy.monitoring.interval <= .minutes(2) })
    #expect(policies.values.allSatisfy { $0.policy.hooks[.onFailure]?.first?.isGlobal == true })
  }

  @Test("Its script names machines that exist, and ordinary ones", arguments: [20, 60, 500, 10_000])
  func scriptFits(count: Int) {
    let demo = DemoScenario(machines: count)
    let fleet = demo.makeFleet()
    let byName = Dictionary(uniqueKeysWithValues: fleet.machines(at: demo.startAt).map { ($0.name, $0) })
    for occurrence in demo.script {
      guard let machine = byName[occurrence.machine] else {
        Issue.record("no machine \(occurrence.machine)")
        continue
      }
      #expect(fleet.truth(of: machine.id, at: demo.startAt)?.faults == [], "\(machine.name)")
      #expect(fleet.truth(of: machine.id, at: demo.startAt)?.power == .running, "\(machine.name)")
    }
  }

  @Test("The hour before the first picture and the hours after it are full of trouble")
  func somethingHappens() {
    let demo = DemoScenario()
    let fleet = demo.makeFleet()
    let machines = fleet.machines(at: demo.startAt)
    var kinds: Set<SimulatedFault> = []
    var before: [MachineID: Set<SimulatedFault>] = [:]
    var begun = Array(repeating: 0, count: 8)
    for minute in 0..<240 {
      for machine in machines {
        let faults = Set(fleet.truth(of: machine.id, at: demo.startAt + .minutes(minute))?.faults ?? [])
        kinds.formUnion(faults)
        begun[minute / 30] += faults.subtracting(before[machine.id] ?? faults).count
        before[machine.id] = faults
      }
    }
    #expect(kinds.count >= 10, "\(kinds)")
    #expect(begun.allSatisfy { $0 >= 2 && $0 < 40 }, "\(begun)")
  }

  @Test("Edits of its policies are real, checked, and bring a new stamp")
  func edits() async throws {
    let demo = DemoScenario()
    let machines = machines(demo)
    let machine = try #require(machines.first)
    let source = DemoPolicySource(machines: machines)
    let before = await source.changeStamp()
    let policies = await source.policies(for: machines)
    #expect(policies == demo.policies(for: machines))
    let said = try await source.apply([PolicyEdit(key: "thresholds.disk_warning", value: "66")], to: machine)
    #expect(said.contains("thresholds.disk_warning = 66"))
    #expect(await source.changeStamp() != before)
    let changed = try #require(await source.policies(for: machines)[machine.id])
    #expect(changed.policy.thresholds.disk.warning == 66)
    #expect(changed.origin(of: "thresholds.disk_warning") == .machine)
    _ = try await source.apply([PolicyEdit(key: "thresholds.disk_warning", value: nil)], to: machine)
    #expect(await source.policies(for: machines)[machine.id]?.policy.thresholds.disk.warning == 80)
  }

  @Test(
    "Bad edits change nothing and say why",
    arguments: [
      ("thresholds.disk_warning", "99", "below"), ("thresholds.disk_warnin", "70", "did you mean"),
      ("self_healing.max_attempts", "eleven", "whole number"), ("watch", "state=critical", "defaults.yaml"),
    ])
  func badEdits(key: String, value: String, word: String) async throws {
    let machines = machines(DemoScenario())
    let machine = try #require(machines.first)
    let source = DemoPolicySource(machines: machines)
    let before = await source.policies(for: machines)
    do {
      let said = try await source.apply(
        [PolicyEdit(key: "thresholds.cpu_warning", value: "70"), PolicyEdit(key: key, value: value)], to: machine)
      Issue.record("accepted: \(said)")
    } catch let refusal as CommandRefusal {
      #expect(refusal.description.contains(word), "\(refusal)")
    }
    #expect(await source.policies(for: machines) == before)
  }

  @Test("Its hooks say that they are simulated, end in time, and stop at a veto")
  func hooks() async throws {
    let demo = DemoScenario()
    let machine = try #require(machines(demo).first)
    var failures = 0
    for minute in 0..<200 {
      let occasion = HookOccasion(
        event: .onFailure, machine: machine, reason: "ssh / \u{1b}[31mrefused", at: midnight, verdict: .critical)
      let hooks = [
        HookRegistration(path: "~/.azlin/hooks/global/page-on-call.sh", isGlobal: true),
        HookRegistration(path: "~/other.sh"),
      ]
      let runs = DemoHookRunner.runs(occasion, hooks, at: midnight + .minutes(minute))
      #expect(runs.count == 2)
      for run in runs {
        #expect(run.output.hasPrefix(DemoHookRunner.mark))
        #expect(!run.output.contains("\u{1b}"))
        #expect(run.elapsed > .zero && run.elapsed <= .seconds(30))
        if !run.result.succeeded { failures += 1 }
      }
      #expect(runs[1].startedAt == runs[0].startedAt + runs[0].elapsed)
    }
    #expect(failures > 5 && failures < 50)
    let slow = DemoHookRunner.runs(
      HookOccasion(event: .preStart, machine: machine, reason: "", at: midnight, verdict: .critical),
      [HookRegistration(path: "/a", timeout: .milliseconds(10)), HookRegistration(path: "/b")], at: midnight)
    #expect(slow.count == 1 && slow[0].result == .timedOut && slow[0].elapsed == .milliseconds(10))
  }
}
