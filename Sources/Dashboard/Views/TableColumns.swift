/// The columns of the fleet table, and which of them fit.
package enum TableColumn: Hashable, Sendable, CaseIterable {
  case state, name, verdict, cpu, spark, memory, disk, latency, next, why

  var title: String {
    switch self {
    case .state: "ST"
    case .name: "NAME"
    case .verdict: "VERDICT"
    case .cpu: "CPU"
    case .spark: ""
    case .memory: "MEM"
    case .disk: "DISK"
    case .latency: "LAT"
    case .next: "NEXT"
    case .why: "WHY"
    }
  }

  var sortKey: SortKey? {
    switch self {
    case .name: .name
    case .verdict: .severity
    case .cpu: .cpu
    case .memory: .memory
    case .disk: .disk
    case .latency: .latency
    case .next: .next
    case .state, .spark, .why: nil
    }
  }

  /// Figures stand at the right of their column.
  var isTrailing: Bool {
    switch self {
    case .cpu, .memory, .disk, .latency: true
    case .state, .name, .verdict, .spark, .next, .why: false
    }
  }

  private var width: Int {
    switch self {
    case .state: 2
    case .name: 12
    case .verdict: 9
    case .cpu, .memory, .disk: 4
    case .spark: 8
    case .latency: 6
    case .next: 7
    case .why: 20
    }
  }

  /// The order in which columns are given up when there is not enough room, first to go first.
  private static let dispensable: [TableColumn] = [.spark, .latency, .memory, .disk, .next, .cpu, .why]

  /// A column and its place.
  package struct Place: Hashable, Sendable {
    package var column: TableColumn
    package var x: Int
    package var width: Int
  }

  /// The columns that fit `width`, each with its place, parted by one blank.
  /// - Parameter longestName: columns the longest name takes; the column grows towards it where there is room.
  static func places(width: Int, longestName: Int) -> [Place] {
    var columns = allCases
    func total() -> Int { columns.reduce(-1) { $0 + $1.width + 1 } }
    for column in dispensable where total() > width { columns.removeAll { $0 == column } }
    var spare = max(0, width - total())
    // What is spare is shared by names, up to their length, and reasons.
    let nameGrowth = min(spare, max(0, min(longestName, 32) - TableColumn.name.width), max(2, spare / 2))
    spare -= nameGrowth
    var places: [Place] = []
    var x = 0
    for column in columns {
      var columnWidth = column.width
      if column == .name { columnWidth += nameGrowth }
      if column == columns.last { columnWidth += spare }
      if total() > width { columnWidth = min(columnWidth, max(0, width - x)) }
      if columnWidth > 0 { places.append(Place(column: column, x: x, width: columnWidth)) }
      x += columnWidth + 1
    }
    return places
  }
}
