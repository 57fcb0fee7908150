import Dashboard
import FleetModel
import Terminal
import Testing

/// A dashboard driven without a terminal: presses keys, passes time, reads the screen.
struct Driver {
  private(set) var state: DashboardState
  private(set) var effects: [DashboardEffect] = []
  private(set) var now = Moment(fleet: FleetFixture.now)
  var capabilities = Capabilities(colors: .indexed256)

  init(
    _ columns: Int = 120, _ rows: Int = 40, settings: DashboardSettings = DashboardSettings(),
    snapshot: FleetSnapshot? = FleetFixture.snapshot()
  ) {
    state = DashboardState(settings: settings, size: Size(columns: columns, rows: rows))
    if let snapshot { send(.snapshot(snapshot)) }
  }

  mutating func send(_ event: DashboardEvent) { effects += state.handle(event, at: now) }

  mutating func press(_ keys: Key...) {
    for key in keys { send(.input(.key(key))) }
  }

  mutating func type(_ text: String) {
    for character in text { send(.input(.key(.character(character)))) }
  }

  mutating func pass(_ duration: Duration) {
    now.fleet = now.fleet + duration
    now.operatorTime = now.operatorTime + duration
    send(.tick)
  }

  mutating func takeEffects() -> [DashboardEffect] {
    defer { effects = [] }
    return effects
  }

  /// Selects a machine by name, as an operator would with the filter.
  mutating func select(_ name: String) {
    press(.character("/"))
    press(.control("u"))
    type("name=\(name)")
    press(.enter)
    press(.escape)
  }

  func grid(theme: String = "default") throws -> Grid {
    let theme = try ThemeCatalog().theme(theme)
    return DashboardRenderer(theme: theme, capabilities: capabilities, zone: .utc).render(state, at: now)
  }

  /// The screen's text, one string.
  func screen() throws -> String { try grid().lines.joined(separator: "\n") }
}
