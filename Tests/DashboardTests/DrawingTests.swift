import Dashboard
import FleetModel
import Terminal
import Testing

@Suite("Drawing")
struct DrawingTests {
  @Test("Every size from 1×1 to 250×80 is drawn, in every pane and under every layer")
  func everySize() throws {
    var random = Seeded(7)
    let keys: [Key] = "mghce?sr/z".map { .character($0) } + [.enter, .tab]
    for _ in 0..<200 {
      let columns = Int.random(in: 1...250, using: &random)
      let rows = Int.random(in: 1...80, using: &random)
      var driver = Driver(columns, rows)
      driver.capabilities.unicode = Bool.random(using: &random)
      for _ in 0..<Int.random(in: 0...3, using: &random) { driver.press(keys.randomElement(using: &random)!) }
      let grid = try driver.grid()
      #expect(grid.size == Size(columns: columns, rows: rows))
      #expect(grid.lines.allSatisfy { TextWidth.columns(of: $0) == columns })
    }
    for (columns, rows) in [(1, 1), (2, 1), (1, 2), (39, 10), (40, 9), (59, 16), (60, 15), (250, 80)] {
      let grid = try Driver(columns, rows).grid()
      #expect(grid.size == Size(columns: columns, rows: rows))
    }
  }

  @Test("Without Unicode nothing but ASCII is drawn")
  func onlyASCII() throws {
    for key in "mghce?s" {
      var driver = Driver(140, 50)
      driver.capabilities.unicode = false
      driver.press(.character(key))
      let lines = try driver.grid().lines
      #expect(lines.allSatisfy { $0.utf8.allSatisfy { $0 < 128 } })
    }
  }

  @Test("Without colours no colour is used, and states still differ by sign and word")
  func noColors() throws {
    var driver = Driver(120, 40)
    driver.capabilities.colors = .mono
    let grid = try driver.grid(theme: "gruvbox-dark")
    for y in 0..<40 {
      for x in 0..<120 {
        #expect(grid[x, y].style.foreground == .terminalDefault)
        #expect(grid[x, y].style.background == .terminalDefault)
      }
    }
    let text = grid.lines.joined(separator: "\n")
    for word in ["✖", "critical", "▲", "warning", "●", "healthy", "○", "off", "◐", "healing", "?", "unknown"] {
      #expect(text.contains(word))
    }
  }

  @Test("Names, reasons and output from outside cannot reach the terminal as commands")
  func hostileText() throws {
    var machine = MachineFixture("vm-\u{1B}[31mred\u{202E}x", cpu: 10)
    machine.find(.ssh, .critical, "\u{1B}]0;owned\u{07}\u{9B}2J", since: .minutes(3))
    var snapshot = FleetFixture.snapshot()
    snapshot.machines = [machine.snapshot]
    for key in "mghce" {
      var driver = Driver(120, 40, snapshot: snapshot)
      driver.press(.character(key))
      let scalars = try driver.screen().unicodeScalars.filter { $0 != "\n" }
      #expect(!scalars.contains { $0.value < 32 || (0x7F..<0xA0).contains($0.value) || $0.value == 0x202E })
    }
    let plain = PlainText.render(snapshot, zone: .utc).unicodeScalars.filter { $0 != "\n" }
    #expect(!plain.contains { $0.value < 32 || (0x7F..<0xA0).contains($0.value) || $0.value == 0x202E })
  }

  @Test("A second changes nothing but the clock")
  func onlyTheClock() throws {
    var driver = Driver(120, 40)
    let before = try driver.grid()
    driver.pass(.seconds(1))
    let after = try driver.grid()
    #expect(before != after)
    for y in 1..<40 {
      for x in 0..<120 { #expect(before[x, y] == after[x, y]) }
    }
    let renderer = DashboardRenderer(
      theme: try ThemeCatalog().theme("default"), capabilities: driver.capabilities, zone: .utc)
    #expect(renderer.renderClock(driver.state, on: before, at: driver.now) == after)
  }

  @Test("The empty fleet says what to do, the filtered one how to see all again")
  func emptyStates() throws {
    var snapshot = FleetFixture.snapshot()
    snapshot.machines = []
    #expect(try Driver(120, 40, snapshot: snapshot).screen().contains("azlin --hosts user@host"))
    #expect(try Driver(120, 40, snapshot: nil).screen().contains("waiting for"))
    var driver = Driver(120, 40)
    driver.press(.character("/"))
    driver.type("nothingmatchesthis")
    #expect(try driver.screen().contains("No VM matches"))
    driver.press(.escape)
    #expect(try driver.screen().contains("vm-web-01"))
  }

  @Test("A lost engine is said in the band with its age, and comes back by itself")
  func lostEngine() throws {
    var driver = Driver(120, 40)
    driver.send(.engineLost)
    driver.pass(.seconds(40))
    #expect(try driver.screen().contains("engine lost 40s"))
    driver.send(.snapshot(FleetFixture.snapshot()))
    #expect(try !driver.screen().contains("engine lost"))
  }

  @Test("Plain text has counts, every machine and the log, and no escape sequence")
  func plainText() {
    let text = PlainText.render(FleetFixture.snapshot(), zone: .utc)
    #expect(text.hasPrefix("azlin prod-weu, healing, 2025-12-03 14:02:31\n"))
    for machine in FleetFixture.machines { #expect(text.contains(machine.machine.name.prefix(12))) }
    #expect(text.contains("4 critical") && text.contains("recovery log"))
    let ascii = PlainText.render(FleetFixture.snapshot(), filter: .everything, width: 80, zone: .utc, unicode: false)
    #expect(ascii.utf8.allSatisfy { $0 < 128 })
    #expect(ascii.split(separator: "\n").allSatisfy { $0.utf8.count <= 80 })
  }
}
