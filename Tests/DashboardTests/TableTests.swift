import Dashboard
import FleetModel
import Terminal
import Testing

@Suite("The fleet table")
struct TableTests {
  private func names(_ driver: Driver) -> [String] {
    driver.state.table.rows.map { driver.state.machines[$0].machine.name }
  }

  private func changed(_ name: String, _ verdict: Verdict) -> FleetSnapshot {
    var snapshot = FleetFixture.snapshot()
    snapshot.machines = snapshot.machines.map { machine in
      guard machine.machine.name == name else { return machine }
      var status = machine.status
      status.verdict = verdict
      return MachineSnapshot(
        status: status, history: machine.history, policy: machine.policy, hooks: machine.hooks, isProbing: false)
    }
    return snapshot
  }

  @Test("Worst stands first, then names in their natural order")
  func severityFirst() {
    let names = names(Driver())
    #expect(Array(names.prefix(4)) == ["vm-build-01", "vm-build-02", "vm-build-03", "vm-db-03"])
    #expect(Array(names.suffix(2)) == ["vm-web-09", "vm-legacy-with-a-very-long-name-01"])
  }

  @Test("What was not measured comes last in either direction")
  func unmeasuredLast() {
    var driver = Driver()
    driver.press(.character("s"), .down, .down, .enter)
    #expect(driver.state.table.sort == SortOrder(.cpu))
    #expect(names(driver).first == "vm-web-08")
    let unmeasured = Set(names(driver).suffix(6))
    driver.press(.character("S"))
    #expect(Set(names(driver).suffix(6)) == unmeasured)
    #expect(names(driver).first == "vm-queue-01")
  }

  @Test("By group, names stay in their order inside it")
  func groups() {
    var driver = Driver()
    driver.press(.character("s"), .end, .up)
    for _ in SortKey.allCases { driver.press(.down) }
    driver.press(.enter)
    #expect(driver.state.table.sort.key == .group)
    let groups = driver.state.table.rows.map { driver.state.machines[$0].machine.group }
    #expect(groups == groups.sorted())
  }

  @Test("Rows do not move within 2 s of the last order, nor within 3 s of a key")
  func rowsDoNotDance() {
    var driver = Driver()
    driver.pass(.seconds(10))
    let before = names(driver)
    driver.press(.down)
    driver.send(.snapshot(changed("vm-web-01", .critical)))
    driver.pass(.milliseconds(2900))
    #expect(names(driver) == before)
    driver.pass(.milliseconds(200))
    #expect(names(driver).prefix(5).contains("vm-web-01"))
    let after = names(driver)
    driver.send(.snapshot(changed("vm-web-07", .critical)))
    #expect(names(driver) == after)
    driver.pass(.seconds(2))
    #expect(names(driver) != after)
  }

  @Test("The selection follows the machine, not the row")
  func selectionFollows() {
    var driver = Driver()
    driver.press(.end)
    driver.press(.up, .up)
    let selected = driver.state.table.selected
    driver.pass(.seconds(10))
    driver.send(.snapshot(changed("vm-web-07", .critical)))
    driver.pass(.seconds(10))
    #expect(driver.state.table.selected == selected)
    driver.press(.character("s"), .down, .enter)
    #expect(driver.state.table.selected == selected)
  }

  @Test("A machine that is gone leaves at once, and its neighbour is selected")
  func gone() {
    var driver = Driver()
    driver.press(.down)
    var snapshot = FleetFixture.snapshot()
    snapshot.machines.removeAll { $0.machine.name == "vm-build-02" }
    driver.send(.snapshot(snapshot))
    #expect(!names(driver).contains("vm-build-02"))
    #expect(driver.state.table.selected == FleetFixture.id("vm-build-03"))
  }

  @Test("The filter works while it is typed, Escape takes it back, Enter keeps it")
  func filter() throws {
    var driver = Driver()
    driver.press(.character("/"))
    driver.type("web cpu>50")
    #expect(names(driver) == ["vm-web-08", "vm-web-06", "vm-web-07"])
    driver.press(.escape)
    #expect(names(driver).count == 20)
    driver.press(.character("/"))
    driver.type("state=critical")
    driver.press(.enter)
    #expect(driver.state.layers.isEmpty)
    #expect(names(driver).count == 4)
    #expect(try driver.screen().contains("4 of 20 ▸ state=critical"))
    driver.press(.escape)
    #expect(names(driver).count == 20)
  }

  @Test("A filter that cannot be read is underlined, keeps what can, and does not close")
  func filterError() throws {
    var driver = Driver()
    driver.press(.character("/"))
    driver.type("web stat=off")
    #expect(try driver.screen().contains("did you mean state?"))
    #expect(names(driver).count == 9)
    let grid = try driver.grid()
    #expect(grid[6, 39].style.attributes.contains(.underline))
    #expect(!grid[2, 39].style.attributes.contains(.underline))
    driver.press(.enter)
    #expect(driver.state.layers.count == 1)
  }

  @Test("Keys of bindings are letters while text is typed")
  func textEntry() {
    var driver = Driver()
    driver.press(.character("/"))
    driver.type("qrpaPR?")
    #expect(driver.effects.isEmpty)
    guard case .filter(let prompt) = driver.state.topLayer else {
      Issue.record("the prompt is closed")
      return
    }
    #expect(prompt.field.text == "qrpaPR?")
  }
}
