import FleetModel

/// Runs queries over tables.
struct KQLEngine {
  /// The tables by name; nil: there is none of this name.
  let table: (String) -> KQLTable?
  let now: Instant

  /// - Throws: `KQLFault.meaning` where a table, a column or a function is not there.
  func run(_ query: KQLQuery) throws(KQLFault) -> KQLTable {
    guard var result = table(query.table.lowercased()) else {
      throw .meaning("Failed to resolve table expression named '\(query.table)'")
    }
    for stage in query.stages { result = try apply(stage, to: result) }
    return result
  }

  private func apply(_ stage: KQLStage, to table: KQLTable) throws(KQLFault) -> KQLTable {
    let compiler = KQLCompiler(columns: table.columns, now: now)
    switch stage {
    case .filter(let condition):
      let holds = try compiler.function(condition)
      return KQLTable(columns: table.columns, rows: table.rows.filter { holds($0).flag == true })
    case .extend(let columns): return try extend(table, columns, compiler)
    case .project(let columns): return try project(table, columns, compiler)
    case .projectAway(let names):
      let gone = Set(names.map { $0.lowercased() })
      let kept = table.columns.indices.filter { !gone.contains(table.columns[$0].lowercased()) }
      return KQLTable(columns: kept.map { table.columns[$0] }, rows: table.rows.map { row in kept.map { row[$0] } })
    case .projectRename(let columns):
      var renamed = table
      for column in columns {
        guard let name = column.name, case .column(let old) = column.expression, let place = compiler.place(of: old)
        else {
          throw .meaning("project-rename takes NewName = OldName")
        }
        renamed.columns[place] = name
      }
      return renamed
    case .join(let kind, let right, let pairs): return try join(kind, table, try run(right), on: pairs)
    case .union(let others): return try union(table, others)
    case .expand(let columns): return try expand(table, columns)
    case .order(let orders): return try sorted(table, orders, compiler)
    case .take(let count): return KQLTable(columns: table.columns, rows: Array(table.rows.prefix(count)))
    case .top(let count, let order):
      let all = try sorted(table, [order], compiler)
      return KQLTable(columns: all.columns, rows: Array(all.rows.prefix(count)))
    case .count: return KQLTable(columns: ["Count"], rows: [[.integer(Int64(table.rows.count))]])
    case .summarize(let values, let keys): return try KQLSummary(values, by: keys, compiler).table(of: table)
    case .distinct(let columns): return try KQLSummary([], by: columns, compiler).table(of: table)
    }
  }

  /// Columns with their names, made up where there is none.
  static func named(_ columns: [KQLColumn]) -> [(name: String, expression: KQLExpression)] {
    var count = 0
    return columns.map { column in
      if let name = column.name ?? column.expression.ownName { return (name, column.expression) }
      count += 1
      return ("Column\(count)", column.expression)
    }
  }

  private func extend(
    _ table: KQLTable, _ columns: [KQLColumn], _ compiler: KQLCompiler
  ) throws(KQLFault) -> KQLTable {
    var result = table
    var places: [(place: Int, function: KQLFunction)] = []
    for column in Self.named(columns) {
      // Columns of one `extend` do not see each other.
      let function = try compiler.function(column.expression)
      if let place = result.columns.firstIndex(of: column.name) {
        places.append((place, function))
      } else {
        result.columns.append(column.name)
        places.append((result.columns.count - 1, function))
      }
    }
    let width = result.columns.count
    result.rows = table.rows.map { row in
      var new = row
      new.reserveCapacity(width)
      while new.count < width { new.append(.null) }
      for (place, function) in places { new[place] = function(row) }
      return new
    }
    return result
  }

  private func project(
    _ table: KQLTable, _ columns: [KQLColumn], _ compiler: KQLCompiler
  ) throws(KQLFault) -> KQLTable {
    let named = Self.named(columns)
    var functions: [KQLFunction] = []
    for column in named { functions.append(try compiler.function(column.expression)) }
    return KQLTable(
      columns: named.map(\.name), rows: table.rows.map { row in functions.map { $0(row) } })
  }

  private func expand(_ table: KQLTable, _ columns: [KQLColumn]) throws(KQLFault) -> KQLTable {
    var result = table
    for column in Self.named(columns) {
      let function = try KQLCompiler(columns: result.columns, now: now).function(column.expression)
      let place = result.columns.firstIndex(of: column.name)
      if place == nil { result.columns.append(column.name) }
      result.rows = result.rows.flatMap { row -> [[JSON]] in
        let value = function(row)
        let values: [JSON] = if case .array(let items) = value { items.isEmpty ? [.null] : items } else { [value] }
        return values.map { value in
          var new = row
          if let place { new[place] = value } else { new.append(value) }
          return new
        }
      }
    }
    return result
  }

  private func sorted(
    _ table: KQLTable, _ orders: [KQLStage.Order], _ compiler: KQLCompiler
  ) throws(KQLFault) -> KQLTable {
    var functions: [(KQLFunction, Bool)] = []
    for order in orders { functions.append((try compiler.function(order.expression), order.isAscending)) }
    let keyed = table.rows.map { row in (keys: functions.map { $0.0(row) }, row: row) }
    let sorted = keyed.sorted { one, other in
      for (index, function) in functions.enumerated() {
        let order = KQLText.sortOrder(one.keys[index], other.keys[index])
        if order != 0 { return function.1 ? order < 0 : order > 0 }
      }
      return false
    }
    return KQLTable(columns: table.columns, rows: sorted.map(\.row))
  }

  private func union(_ table: KQLTable, _ others: [KQLQuery]) throws(KQLFault) -> KQLTable {
    var result = table
    for other in others {
      let more = try run(other)
      for name in more.columns where !result.columns.contains(name) {
        result.columns.append(name)
        result.rows = result.rows.map { $0 + [.null] }
      }
      let places = result.columns.map { more.columns.firstIndex(of: $0) }
      result.rows += more.rows.map { row in places.map { place in place.map { row[$0] } ?? .null } }
    }
    return result
  }

  private func join(
    _ kind: KQLStage.JoinKind, _ left: KQLTable, _ right: KQLTable, on pairs: [KQLStage.KeyPair]
  ) throws(KQLFault) -> KQLTable {
    func places(_ table: KQLTable, _ names: [String]) throws(KQLFault) -> [Int] {
      var places: [Int] = []
      for name in names {
        guard let place = KQLCompiler(columns: table.columns, now: now).place(of: name) else {
          throw .meaning("Failed to resolve column '\(name)' of the join")
        }
        places.append(place)
      }
      return places
    }
    let leftKeys = try places(left, pairs.map(\.left))
    let rightKeys = try places(right, pairs.map(\.right))
    func key(_ row: [JSON], _ places: [Int]) -> JSON {
      places.count == 1 ? row[places[0]] : .array(places.map { row[$0] })
    }
    var index: [JSON: [Int]] = [:]
    index.reserveCapacity(right.rows.count)
    for (number, row) in right.rows.enumerated() { index[key(row, rightKeys), default: []].append(number) }

    if kind == .leftsemi || kind == .leftanti {
      let rows = left.rows.filter { (index[key($0, leftKeys)] != nil) == (kind == .leftsemi) }
      return KQLTable(columns: left.columns, rows: rows)
    }
    var columns = left.columns
    for name in right.columns {
      // A column of the right side whose name is taken gets a number.
      var free = name
      var number = 0
      while columns.contains(free) {
        number += 1
        free = name + "\(number)"
      }
      columns.append(free)
    }
    let nothing = [JSON](repeating: .null, count: right.columns.count)
    var rows: [[JSON]] = []
    rows.reserveCapacity(left.rows.count)
    var seen: Set<JSON> = []
    for row in left.rows {
      let own = key(row, leftKeys)
      if kind == .innerunique, !seen.insert(own).inserted { continue }
      if let matches = index[own] {
        for match in matches { rows.append(row + right.rows[match]) }
      } else if kind == .leftouter {
        rows.append(row + nothing)
      }
    }
    return KQLTable(columns: columns, rows: rows)
  }
}
