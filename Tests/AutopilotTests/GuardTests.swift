import Autopilot
import FleetModel
import Synchronization
import Testing

@Suite("Guards and operators' commands")
struct GuardTests {
  private func command(_ rig: inout Rig, _ number: UInt64, _ command: OperatorCommand) -> Result<
    String, CommandRefusal
  >? {
    rig.driver.send(.command(CommandID(number: number), command))
    return rig.driver.answers[number]
  }

  @Test("a paused machine is not healed until it is resumed")
  func pause() throws {
    var rig = Rig()
    rig.run(.minutes(5))
    let id = ScriptedWorld.id("a")
    _ = try command(&rig, 1, .pause(.machines([id]), for: .hours(1)))?.get()
    rig.world.change("a") { $0.ssh = .portRefused }
    rig.run(.minutes(30))
    #expect(rig.world.acts.isEmpty)
    _ = try command(&rig, 2, .resume(.machines([id])))?.get()
    rig.run(.minutes(3))
    #expect(rig.world.acts.count == 1)
  }

  @Test("a pause ends by itself")
  func pauseEnds() throws {
    var rig = Rig()
    rig.run(.minutes(5))
    _ = try command(&rig, 1, .pause(.all, for: .minutes(30)))?.get()
    rig.world.change("a") { $0.ssh = .portRefused }
    rig.run(.minutes(29))
    #expect(rig.world.acts.isEmpty)
    rig.run(.minutes(5))
    #expect(rig.world.acts.count == 1)
  }

  @Test("an acknowledged incident gets no automatic remedy")
  func acknowledge() throws {
    var rig = Rig(policy: { _, policy in policy.healing.recoveryDelay = .minutes(10) })
    rig.run(.minutes(5))
    rig.world.change("a") { $0.ssh = .portRefused }
    rig.run(.minutes(4))
    _ = try command(&rig, 1, .acknowledge(.machines([ScriptedWorld.id("a")])))?.get()
    rig.run(.hours(3))
    #expect(rig.world.acts.isEmpty)
  }

  @Test("an empty selection is refused, never taken as all")
  func emptySelection() {
    var rig = Rig()
    for (number, order) in [
      OperatorCommand.pause(.machines([]), for: nil), .resume(.machines([])), .acknowledge(.machines([])),
      .checkNow([]),
    ].enumerated() {
      guard case .failure(let refusal) = command(&rig, UInt64(number), order) else {
        Issue.record("\(order) was not refused")
        continue
      }
      #expect(refusal.description.contains("--all"))
    }
  }

  @Test("an operator's remedy runs in an engine that only observes")
  func byHand() throws {
    var rig = Rig(mode: .observing)
    rig.run(.minutes(5))
    rig.world.change("a") { $0.ssh = .portRefused }
    rig.run(.minutes(5))
    let answer = command(&rig, 1, .recover(ScriptedWorld.id("a"), remedy: .restartSSH, overriding: []))
    _ = try #require(answer).get()
    rig.run(.minutes(2))
    #expect(rig.world.acts.map(\.remedy) == [.restartSSH])
    #expect(rig.records("a").last?.initiator == .operator)
    #expect(rig.records("a").last?.outcome.success == true)
  }

  @Test("a second remedy on one machine is refused, whoever asks")
  func onePerMachine() throws {
    var rig = Rig()
    rig.run(.minutes(5))
    let id = ScriptedWorld.id("a")
    _ = try command(&rig, 1, .recover(id, remedy: .restart, overriding: []))?.get()
    rig.run(.seconds(1))
    guard case .failure(let refusal) = command(&rig, 2, .recover(id, remedy: .restartSSH, overriding: Guard.allCases))
    else {
      Issue.record("the second remedy was not refused")
      return
    }
    #expect(refusal.holds.contains { $0.by == .oneRemedyPerMachine })
  }

  @Test("an operator's restart of a machine that is silent while it boots is verified, and opens no incident")
  func operatorRestart() {
    var rig = Rig(policy: { _, policy in policy.monitoring.confirm = 1 })
    rig.run(.minutes(5))
    rig.world.change("a") { $0.bootTime = .seconds(50) }
    rig.driver.send(.command(CommandID(number: 1), .recover(ScriptedWorld.id("a"), remedy: .restart, overriding: [])))
    rig.run(.minutes(4))
    #expect(rig.records("a").last?.outcome.success == true)
    #expect(rig.status("a")?.incident == nil)
    #expect(rig.status("a")?.verdict == .healthy)
  }

  @Test("a machine that nobody watches, and that never answered, is restarted by hand on its control plane's word")
  func stranger() {
    var rig = Rig(policy: { _, policy in policy.monitoring.enabled = false })
    rig.world.change("a") { $0.reachable = false }
    rig.run(.minutes(1))
    rig.driver.send(
      .command(
        CommandID(number: 1),
        .recover(ScriptedWorld.id("a"), remedy: .restart, overriding: [.notWatched, .noBaseline, .settling])))
    rig.run(.minutes(2))
    #expect(rig.world.acts.map(\.remedy) == [.restart])
    #expect(rig.records("a").last?.outcome.success == true)
    #expect(rig.records("a").last?.detail == "running, says its control plane; its guest was not reached from here")
  }

  @Test("a guard in an operator's way is named, and passed once the operator names it")
  func overriding() throws {
    var rig = Rig(policy: { _, policy in policy.healing.autoRestart = false })
    rig.run(.minutes(5))
    let id = ScriptedWorld.id("a")
    guard case .failure(let refusal) = command(&rig, 1, .recover(id, remedy: .restart, overriding: [])) else {
      Issue.record("not held")
      return
    }
    #expect(refusal.holds.map(\.by) == [.toggle])
    _ = try command(&rig, 2, .recover(id, remedy: .restart, overriding: [.toggle]))?.get()
    rig.run(.minutes(1))
    #expect(rig.world.acts.map(\.remedy) == [.restart])
  }

  @Test("a machine stopped through azlin is off on purpose and stays off")
  func stoppedByOperator() throws {
    var rig = Rig()
    rig.run(.minutes(5))
    _ = try command(&rig, 1, .recover(ScriptedWorld.id("a"), remedy: .stop, overriding: []))?.get()
    rig.run(.hours(3))
    #expect(rig.world.acts.map(\.remedy) == [.stop])
    #expect(rig.status("a")?.verdict == .off)
  }

  @Test(
    "switched-off self-healing, toggles and missing abilities keep hands off",
    arguments: ["healing", "toggle", "never", "abilities"])
  func toggles(_ which: String) {
    let machines = ["a", "b", "c"].map {
      ScriptedWorld.machine($0, abilities: which == "abilities" ? [.power] : [.power, .start, .run])
    }
    let world = ScriptedWorld(machines)
    var rig = Rig(
      world,
      policy: { _, policy in
        if which == "healing" { policy.healing.enabled = false }
        if which == "toggle" { policy.healing.autoRestart = false }
        if which == "never" { policy.healing.startStopped = .never }
      })
    rig.run(.minutes(5))
    world.change("a") { $0.power = .stopped }
    rig.run(.hours(1))
    #expect(world.acts.isEmpty)
    #expect(rig.status("a")?.verdict == .critical)
  }

  @Test("a veto holds the start back and is asked again; consent lets it through")
  func veto() {
    let asked = Counter()
    var rig = Rig(
      hooks: { occasion, hooks, now in
        guard occasion.event == .preStart else { return [] }
        let number = asked.next()
        return hooks.map {
          HookRun(
            machine: occasion.machine.id, machineName: occasion.machine.name, event: occasion.event, path: $0.path,
            startedAt: now, elapsed: .milliseconds(50), result: .exited(number < 3 ? 1 : 0))
        }
      }, policy: { _, policy in policy.hooks[.preStart] = [HookRegistration(path: "/hooks/pre-start")] })
    rig.run(.minutes(5))
    rig.world.change("a") { $0.power = .stopped }
    rig.run(.minutes(4))
    #expect(rig.world.acts.isEmpty)
    rig.run(.minutes(10))
    #expect(rig.world.acts.map(\.remedy) == [.start])
    #expect(asked.value == 3)
  }

  @Test("on-failure and on-recovery hooks run once an incident")
  func hooksOnce() {
    let failures = Counter()
    let recoveries = Counter()
    var rig = Rig(
      hooks: { occasion, _, _ in
        if occasion.event == .onFailure { _ = failures.next() }
        if occasion.event == .onRecovery { _ = recoveries.next() }
        return []
      },
      policy: { _, policy in
        policy.hooks[.onFailure] = [HookRegistration(path: "/hooks/f")]
        policy.hooks[.onRecovery] = [HookRegistration(path: "/hooks/r")]
      })
    rig.run(.minutes(5))
    rig.world.change("a") { $0.ssh = .portRefused }
    rig.run(.minutes(30))
    #expect(failures.value == 1)
    #expect(recoveries.value == 1)
  }
}

/// Counts across closures.
final class Counter: Sendable {
  private let count = Mutex(0)
  var value: Int { count.withLock { $0 } }
  func next() -> Int {
    count.withLock {
      $0 += 1
      return $0
    }
  }
}
