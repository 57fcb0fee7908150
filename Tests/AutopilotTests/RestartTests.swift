import Autopilot
import FleetModel
import Testing

@Suite("Killed and started again")
struct RestartTests {
  /// Runs a rig until the remedy of `name` has been performed, then kills it: only the journal is left.
  private func killDuring(_ remedy: Remedy, _ fault: (inout ScriptedWorld.Guest) -> Void) -> (
    ScriptedWorld, RestoredState, Instant
  )? {
    var rig = Rig()
    rig.run(.minutes(5))
    rig.world.change("a", fault)
    for _ in 0..<600 {
      rig.run(.seconds(1))
      if rig.world.acts.last?.remedy == remedy { return (rig.world, rig.journal(), rig.driver.now) }
    }
    return nil
  }

  @Test("an intent left open is settled by looking, and the remedy is not run twice")
  func settled() throws {
    let (world, journal, now) = try #require(killDuring(.restartSSH) { $0.ssh = .portRefused })
    #expect(journal.recoveries.contains { !$0.outcome.isSettled })
    var next = Rig(world, restored: journal, at: now + .seconds(20))
    next.run(.minutes(5))
    #expect(world.acts.count == 1)
    #expect(next.records("a").last?.outcome.success == true)
  }

  @Test("an intent whose effect never came has an unknown outcome, and the machine is held")
  func unknown() throws {
    let (world, journal, now) = try #require(
      killDuring(.restartSSH) {
        $0.ssh = .portRefused
        $0.cures = false
      })
    var next = Rig(world, restored: journal, at: now + .seconds(20))
    next.run(.minutes(30))
    #expect(world.acts.count == 1)
    guard case .unknown = next.records("a").last?.outcome else {
      Issue.record("outcome is \(String(describing: next.records("a").last?.outcome))")
      return
    }
  }

  @Test("pauses, attempts and the budget survive a restart")
  func memory() throws {
    var rig = Rig()
    rig.run(.minutes(5))
    rig.driver.send(.command(CommandID(number: 1), .pause(.machines([ScriptedWorld.id("a")]), for: .hours(5))))
    rig.world.change("b") { $0.power = .stopped }
    rig.run(.minutes(10))
    #expect(rig.world.acts.count == 1)
    var next = Rig(rig.world, restored: rig.journal(), at: rig.driver.now + .seconds(5))
    next.run(.minutes(2))
    next.world.change("a") { $0.ssh = .portRefused }
    // Stopped a second time within 24 hours: a person has to look.
    next.world.change("b") { $0.power = .stopped }
    next.run(.hours(2))
    #expect(next.world.acts.count == 1)
  }

  @Test("a machine re-created under the same name starts fresh, and its old intent closes as gone")
  func recreated() throws {
    let (world, journal, now) = try #require(killDuring(.restartSSH) { $0.ssh = .portRefused })
    var machine = ScriptedWorld.machine("a")
    machine.incarnation = "second"
    let again = ScriptedWorld([machine] + ["b", "c"].map { ScriptedWorld.machine($0) })
    var next = Rig(again, restored: journal, at: now + .seconds(20))
    next.run(.minutes(5))
    #expect(next.records("a").last?.outcome == .gone)
    #expect(world.acts.count == 1)
    #expect(again.acts.isEmpty)
  }

  @Test("after a gap nothing soft is believed and a fresh cycle comes first")
  func gap() {
    var rig = Rig()
    rig.run(.minutes(5))
    rig.world.change("a") { $0.ssh = .portRefused }
    rig.run(.seconds(75))
    rig.driver.send(.gap("suspended"))
    #expect(rig.status("a")?.checks.first { $0.kind == .ssh }?.streak == 0)
    rig.run(.minutes(5))
    #expect(rig.world.acts.map(\.remedy) == [.restartSSH])
  }
}
