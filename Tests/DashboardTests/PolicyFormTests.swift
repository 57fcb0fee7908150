import Dashboard
import FleetModel
import Terminal
import Testing

@Suite("The policy form")
struct PolicyFormTests {
  private func opened(at path: String) -> Driver {
    var driver = Driver()
    driver.press(.character("c"))
    for _ in 0..<PolicyRows.all.count where driver.state.form.key?.path != path { driver.press(.down) }
    return driver
  }

  @Test("Every key a VM's file may hold has a row")
  func everyKey() {
    let shown = PolicyRows.all.compactMap { $0.key?.path }
    #expect(shown == PolicyKey.all.filter { !$0.isFleetOnly }.map(\.path))
  }

  @Test("A value is typed, checked while it is typed, shown as a difference, and saved after a yes")
  func edit() throws {
    var driver = opened(at: "thresholds.disk_warning")
    driver.press(.enter, .control("u"))
    driver.type("97")
    #expect(try driver.screen().contains("the warning (97) must be below"))
    driver.press(.enter)
    #expect(driver.state.form.entry != nil)
    driver.press(.backspace)
    driver.press(.backspace)
    driver.type("70")
    driver.press(.enter)
    #expect(try driver.screen().contains("80 → 70"))
    driver.press(.character("w"))
    #expect(try driver.screen().contains("+ 70"))
    driver.press(.enter)
    #expect(driver.effects.isEmpty)
    driver.press(.character("w"), .character("y"))
    let edits = [PolicyEdit(key: "thresholds.disk_warning", value: "70")]
    #expect(driver.takeEffects() == [.submit(.edit(FleetFixture.id("vm-build-01"), edits))])
    driver.send(.answer(.edit(FleetFixture.id("vm-build-01"), edits), .success("1 key written")))
    #expect(driver.state.form.pending.isEmpty && driver.state.layers.isEmpty)
  }

  @Test("A refused save loses nothing and says why")
  func refused() throws {
    var driver = opened(at: "health_monitoring.checks.disk")
    driver.press(.enter, .character("w"), .character("y"))
    let edits = driver.state.form.edits
    driver.send(
      .answer(.edit(FleetFixture.id("vm-build-01"), edits), .failure(CommandRefusal("the file is read-only"))))
    #expect(try driver.screen().contains("not saved: the file is read-only"))
    driver.press(.escape)
    #expect(driver.state.form.edits == edits && !edits.isEmpty)
  }

  @Test("Switches flip, choices turn, and what is back as it was is no change")
  func toggles() {
    var driver = opened(at: "health_monitoring.checks.disk")
    driver.press(.enter)
    #expect(driver.state.form.edits.count == 1)
    driver.press(.character(" "))
    #expect(driver.state.form.edits.isEmpty)
  }

  @Test("A key of the VM's own file can be taken out of it; others say that they are not in it")
  func reset() throws {
    var driver = opened(at: "health_monitoring.level")
    driver.press(.character("x"))
    #expect(driver.state.form.edits == [PolicyEdit(key: "health_monitoring.level", value: nil)])
    driver.press(.character("u"))
    #expect(driver.state.form.edits.isEmpty)
    driver.press(.down, .character("x"))
    #expect(try driver.screen().contains("not in the VM's file"))
  }

  @Test("Changes that are not saved stay with their VM and are asked about")
  func pending() {
    var driver = opened(at: "health_monitoring.checks.disk")
    driver.press(.enter, .character("n"))
    #expect(driver.state.form.machine == FleetFixture.id("vm-build-01"))
    driver.press(.escape)
    guard case .question(let question) = driver.state.topLayer else {
      Issue.record("nobody asked")
      return
    }
    #expect(question.title == "discard changes")
    driver.press(.character("y"))
    #expect(driver.state.form.pending.isEmpty && driver.state.focus == .table)
  }

  @Test("A literal secret never reaches the screen")
  func secret() throws {
    var driver = opened(at: "notifications.slack")
    driver.press(.enter)
    driver.type("https://hooks.slack.com/services/T0/B0/azlinplanted")
    #expect(try !driver.screen().contains("azlinplanted"))
    driver.press(.enter)
    #expect(try !driver.screen().contains("azlinplanted"))
    driver.press(.character("w"))
    #expect(try !driver.screen().contains("azlinplanted"))
  }
}
