import FleetModel

/// The fleet table: what it shows, in which order, and which machine is selected.
package struct FleetTableState: Sendable {
  package private(set) var sort = SortOrder()
  package private(set) var filter = FleetQuery.everything
  /// Machines on show, as indexes into the snapshot's machines.
  package private(set) var rows: [Int] = []
  /// The selected machine; nil only where nothing is on show.
  package private(set) var selected: MachineID?
  package private(set) var cursor = ListCursor()
  private var ranks: [Int32] = []
  /// How bad each machine is, kept because looking through all checks of a large fleet costs more than sorting it.
  private var severities: [Int8] = []
  /// When rows were last put in order, in the operator's time.
  private var arrangedAt = Instant.distantPast
  /// The machines have changed since.
  package private(set) var isStale = false

  /// Rows are put in a new order at most this often …
  static let calm = Duration.seconds(2)
  /// … and not so soon after a key: nothing moves under the operator's hand.
  static let handsOff = Duration.seconds(3)

  package init() {}

  /// Takes a new snapshot; rows keep their order until it may change.
  mutating func absorb(
    _ machines: [MachineSnapshot], after previous: [MachineSnapshot], at now: Instant, lastKey: Instant, visible: Int
  ) {
    isStale = true
    if Self.sameMachines(machines, previous), severities.count == machines.count {
      for index in machines.indices where machines[index] !== previous[index] {
        severities[index] = FleetSorter.severity(machines[index])
      }
    } else {
      ranks = FleetSorter.nameRanks(machines)
      severities = machines.map(FleetSorter.severity)
      keepRows(of: previous, in: machines)
    }
    arrangeIfCalm(machines, at: now, lastKey: lastKey, visible: visible)
  }

  /// Puts rows in order if they have changed and neither order nor operator has moved just now.
  mutating func arrangeIfCalm(_ machines: [MachineSnapshot], at now: Instant, lastKey: Instant, visible: Int) {
    guard isStale, now - arrangedAt >= Self.calm, now - lastKey >= Self.handsOff else {
      cursor.clamp(count: rows.count, visible: visible)
      return
    }
    arrange(machines, at: now, visible: visible)
  }

  mutating func sort(by order: SortOrder, _ machines: [MachineSnapshot], at now: Instant, visible: Int) {
    sort = order
    arrange(machines, at: now, visible: visible)
  }

  mutating func filter(by query: FleetQuery, _ machines: [MachineSnapshot], at now: Instant, visible: Int) {
    filter = query
    arrange(machines, at: now, visible: visible)
  }

  mutating func move(by distance: Int, _ machines: [MachineSnapshot], visible: Int) {
    cursor.move(by: distance, count: rows.count, visible: visible)
    selected = rows.isEmpty ? nil : machines[rows[cursor.row]].id
  }

  /// Selects a machine if it is on show.
  mutating func select(_ id: MachineID, _ machines: [MachineSnapshot], visible: Int) {
    guard let row = rows.firstIndex(where: { machines[$0].id == id }) else { return }
    cursor.row = row
    selected = id
    cursor.clamp(count: rows.count, visible: visible)
  }

  mutating func clamp(visible: Int) { cursor.clamp(count: rows.count, visible: visible) }

  private mutating func arrange(_ machines: [MachineSnapshot], at now: Instant, visible: Int) {
    let place = cursor.row - cursor.offset
    let shown =
      filter.isEverything
      ? Array(machines.indices) : machines.indices.filter { filter.matches(machines[$0]) }
    rows = FleetSorter.sorted(shown, machines, ranks: ranks, severities: severities, by: sort)
    arrangedAt = now
    isStale = false
    // Selection follows the machine, and as far as possible it stays at its place on the screen.
    if let selected, let row = rows.firstIndex(where: { machines[$0].id == selected }) {
      cursor.row = row
      cursor.offset = row - place
    }
    cursor.clamp(count: rows.count, visible: visible)
    selected = rows.isEmpty ? nil : machines[rows[cursor.row]].id
  }

  /// Machines have come or gone: those on show stay in their order, new ones wait for the next arrangement.
  private mutating func keepRows(of previous: [MachineSnapshot], in machines: [MachineSnapshot]) {
    var places: [MachineID: Int] = [:]
    for (index, machine) in machines.enumerated() { places[machine.id] = index }
    rows = rows.compactMap { $0 < previous.count ? places[previous[$0].id] : nil }
    if let selected, let row = rows.firstIndex(where: { machines[$0].id == selected }) {
      cursor.row = row
    } else {
      cursor.row = min(cursor.row, max(0, rows.count - 1))
      selected = rows.isEmpty ? nil : machines[rows[cursor.row]].id
    }
    if rows.isEmpty { arrangedAt = .distantPast }
  }

  private static func sameMachines(_ a: [MachineSnapshot], _ b: [MachineSnapshot]) -> Bool {
    guard a.count == b.count else { return false }
    for index in a.indices where a[index] !== b[index] && a[index].id != b[index].id { return false }
    return true
  }
}
