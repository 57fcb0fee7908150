import Dashboard
import FleetModel
import Terminal
import Testing

@Suite("Commands")
struct CommandTests {
  @Test("Check, pause, resume and ack reach the engine for the selected VM alone")
  func commands() {
    var driver = Driver()
    let id = FleetFixture.id("vm-build-01")
    driver.press(.character("f"), .character("p"), .character("a"))
    #expect(
      driver.takeEffects() == [
        .submit(.checkNow([id])), .submit(.pause(.machines([id]), for: nil)), .submit(.acknowledge(.machines([id]))),
      ])
    driver.select("vm-edge-02")
    driver.press(.character("p"))
    #expect(driver.takeEffects() == [.submit(.resume(.machines([FleetFixture.id("vm-edge-02")])))])
  }

  @Test("What cannot be done says why and does nothing")
  func disabled() throws {
    var driver = Driver()
    driver.select("vm-web-01")
    driver.press(.character("a"))
    #expect(try driver.screen().contains("nothing is wrong with vm-web-01"))
    driver.select("vm-legacy-with-a-very-long-name-01")
    driver.press(.character("f"))
    #expect(try driver.screen().contains("is not watched"))
    #expect(driver.effects.isEmpty)
  }

  @Test("Answers are told, problems longer than good news, and go by themselves")
  func answers() throws {
    var driver = Driver()
    driver.send(.answer(.reload, .success("20 policies read")))
    #expect(try driver.screen().contains("20 policies read"))
    driver.pass(.seconds(6))
    #expect(try !driver.screen().contains("20 policies read"))
    driver.send(.answer(.reload, .failure(CommandRefusal("defaults.yaml, line 3: unknown key"))))
    driver.pass(.seconds(6))
    #expect(try driver.screen().contains("line 3"))
    driver.pass(.seconds(7))
    #expect(try !driver.screen().contains("line 3"))
  }

  @Test("The whole fleet is paused only after a yes")
  func pauseFleet() {
    var driver = Driver()
    driver.press(.character("P"), .enter)
    #expect(driver.effects.isEmpty)
    driver.press(.character("P"), .character("y"))
    #expect(driver.takeEffects() == [.submit(.pause(.all, for: nil))])
  }

  @Test("Quitting says so when healing stops with this window")
  func quitting() throws {
    var driver = Driver(settings: DashboardSettings(healingStopsWithWindow: true))
    driver.press(.character("q"))
    #expect(driver.effects.isEmpty)
    #expect(try driver.screen().contains("healing stops with this window"))
    driver.press(.character("n"))
    #expect(driver.effects.isEmpty)
    driver.press(.character("q"), .character("y"))
    #expect(driver.takeEffects() == [.quit])
    var watching = Driver(
      settings: DashboardSettings(healingStopsWithWindow: true), snapshot: FleetFixture.snapshot(mode: .observing))
    watching.press(.character("q"))
    #expect(watching.takeEffects() == [.quit])
  }

  @Test("A terminal that is gone ends the program without a question")
  func hangUp() {
    var driver = Driver(settings: DashboardSettings(healingStopsWithWindow: true))
    driver.send(.input(.hangUp))
    driver.send(.input(.terminate(signal: 15)))
    #expect(driver.takeEffects() == [.quit, .quit])
  }
}
