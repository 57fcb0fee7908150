import FleetModel
import Terminal

/// All that the screen shows beside time: a value, changed only by `update`.
package struct DashboardState: Sendable {
  package let settings: DashboardSettings
  package internal(set) var size: Size
  /// nil: nothing has arrived yet.
  package internal(set) var snapshot: FleetSnapshot?
  package internal(set) var counts = VerdictCounts()
  /// The engine can no longer be heard, since this instant of the fleet's time.
  package internal(set) var lostEngine: Instant?

  package internal(set) var table = FleetTableState()
  package internal(set) var focus = Focus.table
  /// The pane on show beside the table.
  package internal(set) var pane = Pane.metrics
  /// The focused part fills the screen.
  package internal(set) var isZoomed = false

  package internal(set) var metricsOffset = 0
  package internal(set) var recoveryView = LogViewState<IntentID>()
  package internal(set) var logView = LogViewState<IntentID>()
  package internal(set) var eventView = LogViewState<FleetEvent>()
  package internal(set) var hookCursor = ListCursor()
  package internal(set) var form = PolicyFormState()

  /// What lies above the panes, topmost last.
  package internal(set) var layers: [Layer] = []
  package internal(set) var toast: Toast?
  /// The machine the panes were last set up for.
  var shownMachine: MachineID?
  /// The last key came right after another.
  var keysAreQuick = false
  /// When a key was last pressed, in the operator's time.
  var lastKey = Instant.distantPast

  package init(settings: DashboardSettings = DashboardSettings(), size: Size) {
    self.settings = settings
    self.size = size
  }

  package var machines: [MachineSnapshot] { snapshot?.machines ?? [] }

  /// The machine the panes are about: the selected one, once the selection rests. While a key repeats, drawing the
  /// panes of every machine passed over would cost far more than the table itself.
  package var paneMachine: MachineSnapshot? {
    if shownMachine == table.selected { return selectedMachine }
    return machines.first { $0.id == shownMachine }
  }

  /// Whether the panes still have to follow the selection.
  package var isSelectionMoving: Bool { shownMachine != table.selected }

  /// Keys that come closer together than this are one movement …
  static let quickKeys = Duration.milliseconds(250)
  /// … which has ended when no key has come for this long.
  package static let restingTime = Duration.milliseconds(150)

  /// The machine that actions are about.
  package var selectedMachine: MachineSnapshot? {
    guard let selected = table.selected else { return nil }
    if table.rows.indices.contains(table.cursor.row) {
      let machine = machines[table.rows[table.cursor.row]]
      if machine.id == selected { return machine }
    }
    return machines.first { $0.id == selected }
  }

  /// Remedies of the machine on show, oldest first.
  package var machineRecoveries: [RecoveryRecord] {
    guard let snapshot, let id = shownMachine else { return [] }
    return snapshot.recoveries.filter { $0.machine == id }
  }

  package var topLayer: Layer? { layers.last }
}
