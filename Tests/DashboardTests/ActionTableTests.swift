import Dashboard
import Terminal
import Testing

@Suite("The action table")
struct ActionTableTests {
  @Test("Every action has one row, and its name is its own")
  func complete() {
    #expect(Set(ActionTable.all.map(\.action)) == Set(Action.allCases))
    #expect(ActionTable.all.count == Action.allCases.count)
  }

  @Test("No key means two things in one place")
  func noConflicts() {
    for scope in Scope.allCases {
      var scoped: [Key: Action] = [:]
      var global: [Key: Action] = [:]
      for entry in ActionTable.all {
        for key in entry.keys {
          if entry.scopes.isEmpty {
            #expect(global.updateValue(entry.action, forKey: key) == nil, "\(key.label) everywhere")
          } else if entry.scopes.contains(scope) {
            #expect(scoped.updateValue(entry.action, forKey: key) == nil, "\(key.label) in \(scope)")
          }
        }
      }
    }
  }

  @Test("The keys of the specification do what it says")
  func defaults() {
    let wanted: [(Key, Scope, Action)] = [
      (.enter, .fleet, .open), (.character("c"), .fleet, .policy), (.character("r"), .fleet, .recover),
      (.character("h"), .fleet, .hooks), (.character("g"), .fleet, .recovery), (.character("m"), .fleet, .metrics),
      (.character("p"), .fleet, .pause), (.character("a"), .fleet, .acknowledge), (.character("s"), .fleet, .sort),
      (.character("/"), .fleet, .filter), (.character("?"), .log, .help), (.character("q"), .hooks, .quit),
      (.control("d"), .events, .halfPageDown), (.control("u"), .policy, .halfPageUp), (.tab, .metrics, .nextFocus),
      (.character("j"), .log, .moveDown), (.character("k"), .fleet, .moveUp), (.pageUp, .fleet, .pageUp),
    ]
    for (key, scope, action) in wanted { #expect(KeyMap.standard.action(for: key, in: scope) == action) }
  }

  @Test("Help names every key and every action")
  func help() throws {
    var driver = Driver(120, 200)
    driver.press(.character("?"))
    let screen = try driver.screen()
    for entry in ActionTable.all {
      #expect(screen.contains(entry.summary), "\(entry.action)")
      for key in entry.keys { #expect(screen.contains(key.label)) }
    }
  }
}
