import Terminal

/// One row of the table that feeds keys, hints, help and documentation.
package struct ActionEntry: Sendable {
  /// The heading it stands under in help.
  package enum Group: String, Sendable, CaseIterable {
    case machines = "the selected VM"
    case panes
    case fleet = "the fleet table"
    case policy = "the policy form"
    case moving
    case program = "azlin"
  }
  package let action: Action
  /// One or two words for the line of hints.
  package let title: String
  /// What it does, for help.
  package let summary: String
  package let group: Group
  package let keys: [Key]
  /// Where its keys count; empty: everywhere.
  package let scopes: Set<Scope>
  /// Where it is hinted at, most wanted first by number; nil: only in help.
  package let hint: Int?
  /// Whether it can change anything outside this screen.
  package let isEffectful: Bool

  init(
    _ action: Action, _ title: String, _ summary: String, _ group: Group, _ keys: [Key], in scopes: Set<Scope> = [],
    hint: Int? = nil, effectful: Bool = false
  ) {
    self.action = action
    self.title = title
    self.summary = summary
    self.group = group
    self.keys = keys
    self.scopes = scopes
    self.hint = hint
    isEffectful = effectful
  }
}

/// All actions: the one place that knows which there are.
package enum ActionTable {
  private static let lists: Set<Scope> = [.recovery, .hooks, .log, .fleet]

  package static let all: [ActionEntry] = [
    ActionEntry(
      .recover, "recover", "choose a remedy by hand, with what each guard says", .machines, [.character("r")],
      hint: 20, effectful: true),
    ActionEntry(
      .checkNow, "check", "check this VM now", .machines, [.character("f"), .function(5)], hint: 30,
      effectful: true),
    ActionEntry(
      .pause, "pause", "hold automatic remedies for this VM, or let them go on", .machines, [.character("p")],
      hint: 40, effectful: true),
    ActionEntry(
      .acknowledge, "ack", "seen: no repeats, remedies held until healthy or 24 h", .machines, [.character("a")],
      hint: 50, effectful: true),
    ActionEntry(
      .rearm, "rearm", "let a ladder that needs a human begin anew", .machines, [.character("A")], effectful: true),
    ActionEntry(.copyName, "copy name", "copy the VM's name to the clipboard", .machines, [.character("y")]),
    ActionEntry(
      .nextMachine, "next VM", "select the next VM from any pane", .machines, [.character("n"), .control("n")]),
    ActionEntry(
      .previousMachine, "previous VM", "select the previous VM from any pane", .machines,
      [.character("N"), .control("p")]),

    ActionEntry(.metrics, "metrics", "graphs, readings and why", .panes, [.character("m")], hint: 60),
    ActionEntry(.recovery, "recoveries", "this VM's recovery log", .panes, [.character("g")], hint: 62),
    ActionEntry(.hooks, "hooks", "this VM's hooks and their last runs", .panes, [.character("h")], hint: 64),
    ActionEntry(.policy, "policy", "this VM's policy, to be edited", .panes, [.character("c")], hint: 66),
    ActionEntry(.events, "events", "what happened in the fleet", .panes, [.character("e")], hint: 68),
    ActionEntry(.nextFocus, "next pane", "go to the next pane", .panes, [.tab]),
    ActionEntry(.previousFocus, "previous pane", "go to the pane before", .panes, [.backTab]),
    ActionEntry(.zoom, "zoom", "let the pane in focus fill the screen, or not", .panes, [.character("z")]),

    ActionEntry(
      .open, "details", "open what is selected", .moving, [.enter], in: lists.union([.metrics, .events]), hint: 10),
    ActionEntry(.back, "back", "close, leave, clear the filter", .moving, [.escape]),
    ActionEntry(.moveUp, "up", "one row up", .moving, [.up, .character("k")]),
    ActionEntry(.moveDown, "down", "one row down", .moving, [.down, .character("j")]),
    ActionEntry(.pageUp, "page up", "one page up", .moving, [.pageUp]),
    ActionEntry(.pageDown, "page down", "one page down", .moving, [.pageDown]),
    ActionEntry(.halfPageUp, "half up", "half a page up", .moving, [.control("u")]),
    ActionEntry(.halfPageDown, "half down", "half a page down", .moving, [.control("d")]),
    ActionEntry(.top, "first", "to the first row", .moving, [.home]),
    ActionEntry(.bottom, "last", "to the last row; a log follows again", .moving, [.end, .character("G")]),

    ActionEntry(.filter, "filter", "show only VMs that match", .fleet, [.character("/")], hint: 25),
    ActionEntry(.sort, "sort", "choose what to sort by", .fleet, [.character("s")], in: [.fleet], hint: 28),
    ActionEntry(.reverseSort, "reverse", "reverse the order", .fleet, [.character("S")], in: [.fleet]),

    ActionEntry(
      .editValue, "edit", "edit the value, flip a switch, choose the next word", .policy,
      [.enter, .character(" ")], in: [.policy], hint: 5, effectful: true),
    ActionEntry(
      .resetValue, "default", "take the key out of the VM's file", .policy, [.character("x"), .delete],
      in: [.policy], hint: 6, effectful: true),
    ActionEntry(
      .undoEdit, "undo", "forget the change of this key", .policy, [.character("u")], in: [.policy], hint: 7),
    ActionEntry(
      .savePolicy, "save", "show what would change and save it", .policy, [.character("w"), .control("s")],
      in: [.policy], hint: 4, effectful: true),

    ActionEntry(
      .pauseFleet, "pause fleet", "hold all automatic remedies, or let them go on", .program, [.character("P")],
      effectful: true),
    ActionEntry(
      .reload, "reload", "read policies and inventory again", .program, [.character("R")], effectful: true),
    ActionEntry(
      .help, "help", "all keys, and why some do nothing now", .program, [.character("?"), .function(1)], hint: 90),
    ActionEntry(.repaint, "repaint", "draw the screen anew", .program, [.control("l")]),
    ActionEntry(.suspend, "suspend", "go back to the shell; fg returns", .program, [.control("z")]),
    ActionEntry(.quit, "quit", "leave azlin", .program, [.character("q")], hint: 95),
  ]

  private static let byAction = Dictionary(uniqueKeysWithValues: all.map { ($0.action, $0) })

  /// The row of an action; nil only if the table had forgotten one, which a test rules out.
  package static func entry(_ action: Action) -> ActionEntry? { byAction[action] }
}

/// Which key does what, where.
package struct KeyMap: Sendable {
  private let global: [Key: Action]
  private let scoped: [Scope: [Key: Action]]

  /// The default keys.
  package static let standard = KeyMap(ActionTable.all)

  /// Builds the map of a table; a key of one scope wins over the same key everywhere.
  package init(_ entries: [ActionEntry]) {
    var global: [Key: Action] = [:]
    var scoped: [Scope: [Key: Action]] = [:]
    for entry in entries {
      for key in entry.keys {
        if entry.scopes.isEmpty { global[key] = entry.action }
        for scope in entry.scopes { scoped[scope, default: [:]][key] = entry.action }
      }
    }
    self.global = global
    self.scoped = scoped
  }

  /// The action of a key typed in a scope; nil: the key does nothing there.
  package func action(for key: Key, in scope: Scope) -> Action? { scoped[scope]?[key] ?? global[key] }
}
