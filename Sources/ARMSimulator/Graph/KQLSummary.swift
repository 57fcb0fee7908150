/// `summarize`: groups of rows, and a figure of each.
struct KQLSummary {
  private enum Figure { case count, countIf, sum, least, most, average, distinctCount, any, list }
  private let keys: [(name: String, function: KQLFunction)]
  private let figures: [(name: String, figure: Figure, function: KQLFunction?)]

  init(_ values: [KQLColumn], by keys: [KQLColumn], _ compiler: KQLCompiler) throws(KQLFault) {
    var made: [(name: String, function: KQLFunction)] = []
    for key in KQLEngine.named(keys) { made.append((key.name, try compiler.function(key.expression))) }
    self.keys = made
    var figures: [(name: String, figure: Figure, function: KQLFunction?)] = []
    for value in values {
      guard case .call(let name, let arguments) = value.expression, let figure = Self.figure(name) else {
        throw .meaning(
          "summarize takes aggregates: count(), countif(), sum(), min(), max(), avg(), dcount(), make_list()")
      }
      let function: KQLFunction? = if let first = arguments.first { try compiler.function(first) } else { nil }
      guard function != nil || figure == .count else { throw .meaning("Function '\(name)' needs an argument") }
      let own = arguments.first?.ownName ?? ""
      figures.append((value.name ?? "\(name)_\(own)", figure, function))
    }
    self.figures = figures
  }

  private static func figure(_ name: String) -> Figure? {
    switch name {
    case "count": .count
    case "countif": .countIf
    case "sum": .sum
    case "min": .least
    case "max": .most
    case "avg": .average
    case "dcount": .distinctCount
    case "any", "take_any": .any
    case "make_list", "make_set": .list
    default: nil
    }
  }

  func table(of table: KQLTable) -> KQLTable {
    var order: [[JSON]] = []
    var groups: [[JSON]: [[JSON]]] = [:]
    for row in table.rows {
      let key = keys.map { $0.function(row) }
      if groups[key] == nil { order.append(key) }
      groups[key, default: []].append(row)
    }
    if keys.isEmpty, order.isEmpty { order = [[]] }
    return KQLTable(
      columns: keys.map(\.name) + figures.map(\.name),
      rows: order.map { key in
        let rows = groups[key] ?? []
        return key + figures.map { Self.value($0.figure, $0.function, rows) }
      })
  }

  private static func value(_ figure: Figure, _ function: KQLFunction?, _ rows: [[JSON]]) -> JSON {
    guard let function else { return .integer(Int64(rows.count)) }
    let values = rows.map(function)
    let numbers = values.compactMap(\.double)
    func whole(_ number: Double) -> JSON { Int64(exactly: number).map { .integer($0) } ?? .number(number) }
    switch figure {
    case .count: return .integer(Int64(rows.count))
    case .countIf: return .integer(Int64(values.count { $0.flag == true }))
    case .sum: return whole(numbers.reduce(0, +))
    case .least: return values.min { KQLText.sortOrder($0, $1) < 0 } ?? .null
    case .most: return values.max { KQLText.sortOrder($0, $1) < 0 } ?? .null
    case .average: return numbers.isEmpty ? .null : .number(numbers.reduce(0, +) / Double(numbers.count))
    case .distinctCount: return .integer(Int64(Set(values).count))
    case .any: return values.first ?? .null
    case .list: return .array(values)
    }
  }
}
