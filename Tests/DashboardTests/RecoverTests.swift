import Dashboard
import FleetModel
import Terminal
import Testing

@Suite("Recovering by hand")
struct RecoverTests {
  private let machine = FleetFixture.id("vm-build-01")

  private func opened() -> Driver {
    var driver = Driver()
    driver.press(.character("r"))
    return driver
  }

  private func planned() -> Driver {
    var driver = opened()
    driver.send(.plan(machine, .success(FleetFixture.plan)))
    _ = driver.takeEffects()
    return driver
  }

  @Test("The dialog asks the engine for the plan and shows what each guard says")
  func plan() throws {
    var driver = opened()
    #expect(driver.takeEffects() == [.requestPlan(machine)])
    #expect(try driver.screen().contains("asking the engine"))
    driver.send(.plan(machine, .success(FleetFixture.plan)))
    let screen = try driver.screen()
    #expect(screen.contains("restart sshd") && screen.contains("no guard objects"))
    #expect(screen.contains("power budget, no independent witness"))
    #expect(screen.contains("its control plane cannot redeploy"))
    #expect(screen.contains("systemctl restart ssh"))
  }

  @Test("A remedy in the guest asks y or n, and the default is no")
  func yesOrNo() {
    var driver = planned()
    driver.press(.enter)
    driver.press(.enter)
    #expect(driver.effects.isEmpty)
    driver.press(.enter, .character("n"))
    driver.press(.enter, .escape)
    #expect(driver.effects.isEmpty)
    driver.press(.enter, .character("y"))
    #expect(driver.takeEffects() == [.submit(.recover(machine, remedy: .restartSSH, overriding: []))])
  }

  @Test("A destructive remedy wants the VM's name, and names every guard it overrides")
  func typeTheName() throws {
    var driver = planned()
    driver.press(.down, .down, .enter)
    #expect(try driver.screen().contains("Type vm-build-01"))
    #expect(try driver.screen().contains("2 VMs power-acted within the hour"))
    driver.press(.character("y"), .enter)
    #expect(driver.effects.isEmpty)
    #expect(try driver.screen().contains("not the VM's name"))
    driver.press(.control("u"))
    driver.type("vm-build-0")
    driver.press(.enter)
    #expect(driver.effects.isEmpty)
    driver.type("1")
    driver.press(.enter)
    #expect(
      driver.takeEffects() == [
        .submit(.recover(machine, remedy: .restart, overriding: [.powerBudget, .noIndependentWitness]))
      ])
  }

  @Test("A remedy that is blocked cannot be chosen, and says why")
  func blocked() throws {
    var driver = planned()
    driver.press(.end, .enter)
    #expect(driver.effects.isEmpty)
    #expect(try driver.screen().contains("redeploy is not possible: its control plane cannot redeploy"))
  }

  @Test("The outcome is shown as the snapshots tell it")
  func outcome() throws {
    var driver = planned()
    driver.press(.enter, .character("y"))
    #expect(try driver.screen().contains("waiting for the engine"))
    let command = OperatorCommand.recover(machine, remedy: .restartSSH, overriding: [])
    driver.send(.answer(command, .success("restart sshd ordered for vm-build-01")))
    #expect(try driver.screen().contains("restart sshd ordered"))
    var snapshot = FleetFixture.snapshot()
    snapshot.recoveries.append(
      FleetFixture.record(
        11, "vm-build-01", .sshDown, .restartSSH, .zero, .verified(after: .seconds(5)), issue: "by hand",
        action: "systemctl restart ssh", initiator: .operator))
    driver.send(.snapshot(snapshot))
    let screen = try driver.screen()
    #expect(screen.contains("verified after 5s") && screen.contains("systemctl restart ssh"))
  }

  @Test("A refusal is shown with its guards and leads back to the ladder")
  func refusal() throws {
    var driver = planned()
    driver.press(.enter, .character("y"))
    _ = driver.takeEffects()
    let command = OperatorCommand.recover(machine, remedy: .restartSSH, overriding: [])
    let refusal = CommandRefusal("a storm began", holds: [Hold(by: .storm, why: "9 of 20 VMs are down")])
    driver.send(.answer(command, .failure(refusal)))
    #expect(try driver.screen().contains("9 of 20 VMs are down"))
    driver.press(.character("r"))
    #expect(driver.takeEffects() == [.requestPlan(machine)])
  }

  @Test("Read-only mode keeps the action in sight, with its reason")
  func readOnly() throws {
    var driver = Driver(settings: DashboardSettings(isReadOnly: true))
    driver.press(.character("r"))
    #expect(driver.effects.isEmpty)
    #expect(try driver.screen().contains("recover: read-only"))
    driver.press(.character("?"))
    #expect(try driver.screen().contains("read-only"))
  }
}
