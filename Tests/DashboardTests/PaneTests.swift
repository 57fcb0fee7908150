import Dashboard
import FleetModel
import Terminal
import Testing

@Suite("Panes")
struct PaneTests {
  @Test("Why shows reading and rule, how sure it is, what comes next and what holds it")
  func why() throws {
    var driver = Driver()
    #expect(try driver.screen().contains("restart sshd in 20s, attempt 1 of 3"))
    driver.select("vm-db-03")
    let held = try driver.screen()
    #expect(held.contains("clean up disk held by attempts"))
    #expect(held.contains("15:06"))
    driver.select("vm-queue-02")
    #expect(try driver.screen().contains("memory 96 % ≥ 95 % (2 of 3)"))
    driver.select("vm-build-03")
    #expect(try driver.screen().contains("needs a human"))
    driver.select("vm-edge-02")
    #expect(try driver.screen().contains("paused until 15:32"))
  }

  @Test("Where keys do not fit, Why says what a person can do, and not what would hold a remedy")
  func keys() throws {
    var snapshot = FleetFixture.snapshot()
    let place = try #require(snapshot.machines.firstIndex { $0.machine.name == "vm-build-03" })
    var machine = MachineFixture("vm-build-03", cpu: 30)
    machine.status.readings.ssh = .value(
      SSHRungs(reached: .banner, failure: .hostKeyChanged(known: "SHA256:hQ3v…", offered: "SHA256:9dKe…")))
    machine.open(.unexplained, .needsHuman("a person"), nil, attempts: 0)
    snapshot.machines[place] = machine.snapshot
    var driver = Driver(snapshot: snapshot)
    driver.select("vm-build-03")
    let screen = try driver.screen()
    #expect(screen.contains("accept-host-key"))
    #expect(!screen.contains("next      needs a human"))
  }

  @Test("Panes follow the selection at once, but while keys repeat only when it rests")
  func settling() throws {
    var driver = Driver()
    func shown(_ driver: Driver) -> String? { driver.state.paneMachine?.machine.name }
    driver.press(.down)
    #expect(shown(driver) == "vm-build-02")
    driver.press(.down, .down, .down)
    #expect(shown(driver) == "vm-build-02")
    #expect(driver.state.selectedMachine?.machine.name == "vm-edge-02")
    driver.pass(.milliseconds(160))
    #expect(shown(driver) == "vm-edge-02")
    driver.press(.down, .down, .character("r"))
    #expect(shown(driver) == driver.state.selectedMachine?.machine.name)
  }

  @Test("A log follows, is released by moving up, counts what is new, and follows again at its end")
  func log() throws {
    var driver = Driver()
    driver.press(.tab, .tab)
    #expect(driver.state.focus == .log)
    #expect(driver.state.logView.isFollowing)
    driver.press(.up, .up)
    #expect(driver.state.logView.selected == IntentID("intent-9"))
    var snapshot = FleetFixture.snapshot()
    for number in 20..<23 {
      snapshot.recoveries.append(
        FleetFixture.record(number, "vm-web-01", .sshDown, .restartSSH, .zero, .running, issue: "", action: ""))
    }
    driver.send(.snapshot(snapshot))
    #expect(driver.state.logView.selected == IntentID("intent-9"))
    #expect(try driver.screen().contains("3 new below"))
    driver.press(.end)
    #expect(driver.state.logView.isFollowing)
    #expect(try !driver.screen().contains("new below"))
  }

  @Test("A log stays where it is while its oldest rows are forgotten")
  func forgotten() {
    var view = LogViewState<Int>()
    view.move(by: -5, Array(0..<100), visible: 10)
    #expect(view.selected == 95)
    let before = view.window(Array(0..<100), visible: 10)
    #expect(Array(before) == Array(90..<100))
    let after = view.window(Array(40..<130), visible: 10)
    #expect(Array(40..<130)[after.lowerBound] == 90)
    #expect(view.newBelow(Array(40..<130)) == 30)
    #expect(view.window(Array(120..<130), visible: 4) == 0..<4)
  }

  @Test("Enter on a remedy shows it in full")
  func record() throws {
    var driver = Driver()
    driver.select("vm-web-03")
    driver.press(.character("g"), .enter)
    let screen = try driver.screen()
    #expect(screen.contains("15.3 GiB freed") && screen.contains("removed 1,204 files"))
    driver.press(.escape)
    #expect(driver.state.layers.isEmpty)
  }

  @Test("Hooks show exit code and age, what is refused and why, and their output on Enter")
  func hooks() throws {
    var driver = Driver(200, 60)
    driver.press(.character("h"))
    let screen = try driver.screen()
    #expect(screen.contains("exit 1") && screen.contains("16m ago") && screen.contains("refused:"))
    driver.press(.enter)
    #expect(try driver.screen().contains("ERROR: shared storage not mounted"))
    driver.press(.escape)
    driver.select("vm-queue-01")
    #expect(try driver.screen().contains("no hooks for vm-queue-01"))
  }

  @Test("On a small screen Enter gives the pane all of it, and Escape the table back")
  func small() throws {
    var driver = Driver(50, 14)
    #expect(try driver.screen().contains("vm-build-01"))
    driver.press(.enter)
    #expect(try driver.screen().contains("restart sshd in 20s"))
    driver.press(.escape)
    #expect(try driver.screen().contains("VERDICT"))
  }

  @Test("A resize keeps dialog, selection and focus")
  func resize() throws {
    var driver = Driver()
    driver.press(.down, .character("?"))
    driver.send(.input(.resize(Size(columns: 80, rows: 24))))
    #expect(try driver.screen().contains("keys"))
    driver.press(.escape)
    #expect(driver.state.table.selected == FleetFixture.id("vm-build-02"))
  }

  @Test("Hints name keys that do what they say in the part in focus")
  func hints() throws {
    var driver = Driver(200, 60)
    #expect(try driver.screen().contains("s sort"))
    driver.press(.character("c"))
    let screen = try driver.screen()
    #expect(screen.contains("w save") && !screen.contains("s sort"))
  }
}
