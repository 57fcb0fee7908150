import Dashboard
import FleetModel
import Terminal
import Testing

@Suite("Any sequence of events")
struct RandomEventsTests {
  private static let keys: [Key] =
    "mghcepafrsSRPyznN/?qjkGxuw yY01ab=>()!".map { .character($0) } + [
      .enter, .escape, .tab, .backTab, .backspace, .delete, .up, .down, .left, .right, .home, .end, .pageUp,
      .pageDown, .function(1), .function(5), .control("u"), .control("d"), .control("s"), .control("w"), .control("n"),
    ]

  private static func event(_ random: inout Seeded, _ state: DashboardState) -> DashboardEvent {
    switch Int.random(in: 0..<24, using: &random) {
    case 0:
      var snapshot = FleetFixture.snapshot()
      snapshot.machines.removeAll { _ in Int.random(in: 0..<3, using: &random) == 0 }
      snapshot.recoveries.removeLast(Int.random(in: 0...10, using: &random))
      return .snapshot(snapshot)
    case 1: return .snapshot(FleetFixture.snapshot(mode: .observing))
    case 2:
      return .input(
        .resize(Size(columns: Int.random(in: 0...220, using: &random), rows: Int.random(in: 0...70, using: &random))))
    case 3: return .tick
    case 4: return .input(.paste("yY\nq\u{1B}[Avm-web-01"))
    case 5:
      let id = state.table.selected ?? FleetFixture.id("vm-web-01")
      return .plan(id, .success(FleetFixture.plan))
    case 6: return .answer(.reload, .failure(CommandRefusal("no")))
    case 7: return .engineLost
    default: return .input(.key(keys.randomElement(using: &random) ?? .escape))
    }
  }

  @Test("keeps the selection among what is shown, and every list in range", arguments: UInt64(1)...12)
  func invariants(seed: UInt64) throws {
    var random = Seeded(seed)
    var driver = Driver(120, 40)
    for step in 0..<700 {
      let event = Self.event(&random, driver.state)
      driver.send(event)
      driver.pass(.milliseconds(Int64.random(in: 0...4000, using: &random)))
      let state = driver.state
      let table = state.table
      #expect(table.rows.allSatisfy { state.machines.indices.contains($0) })
      #expect(Set(table.rows).count == table.rows.count)
      #expect(table.rows.isEmpty == (table.selected == nil))
      #expect(state.paneMachine != nil || table.selected == nil)
      if let selected = table.selected {
        #expect(state.machines[table.rows[table.cursor.row]].id == selected)
        #expect(table.cursor.offset >= 0 && table.cursor.offset <= table.cursor.row)
      }
      #expect(PolicyRows.all.indices.contains(state.form.cursor.row) && state.form.key != nil)
      if step % 50 == 0 { _ = try driver.grid() }
    }
  }

  @Test("has no effect in read-only mode", arguments: UInt64(1)...6)
  func readOnly(seed: UInt64) {
    var random = Seeded(seed)
    var driver = Driver(120, 40, settings: DashboardSettings(isReadOnly: true))
    for _ in 0..<900 { driver.send(Self.event(&random, driver.state)) }
    let submitted = driver.effects.filter { if case .submit = $0 { true } else { false } }
    #expect(submitted.isEmpty)
  }

  @Test("cannot make pasted text do anything")
  func paste() {
    let places: [[Key]] = [
      [], [.character("r")], [.character("q")], [.character("P")], [.character("c")], [.character("?")],
      [.character("s")],
    ]
    for keys in places {
      var driver = Driver(120, 40, settings: DashboardSettings(healingStopsWithWindow: true))
      for key in keys { driver.press(key) }
      _ = driver.takeEffects()
      driver.send(.input(.paste("y\nY\nq\rp\u{1B}\u{03}a R vm-build-01\n")))
      #expect(driver.effects.isEmpty)
      #expect(driver.state.layers.count == (keys.isEmpty || keys == [.character("c")] ? 0 : 1))
    }
  }
}
