import FleetModel

/// What the fleet table is sorted by.
package enum SortKey: String, Hashable, Sendable, CaseIterable {
  case severity, name, cpu, memory, disk, latency, next = "next probe", group

  /// Whether the natural order begins with the greatest value.
  var isDescending: Bool {
    switch self {
    case .severity, .cpu, .memory, .disk, .latency: true
    case .name, .next, .group: false
    }
  }
}

/// A sort key and a direction.
package struct SortOrder: Hashable, Sendable {
  package var key: SortKey
  /// Against the key's natural order.
  package var isReversed: Bool

  package init(_ key: SortKey = .severity, isReversed: Bool = false) {
    self.key = key
    self.isReversed = isReversed
  }

  /// Whether the greatest values come first.
  package var isDescending: Bool { key.isDescending != isReversed }
}

/// Sorts machines; ties keep the order of names, and what was not measured comes last in either direction.
enum FleetSorter {
  private struct Entry {
    var value: Double
    var rank: Int32
    var index: Int32
  }

  /// Orders rows (indexes into `machines`) by `order`.
  /// - Parameters:
  ///   - ranks: each machine's place in the order of names.
  ///   - severities: how bad each machine is.
  static func sorted(
    _ rows: [Int], _ machines: [MachineSnapshot], ranks: [Int32], severities: [Int8], by order: SortOrder
  ) -> [Int] {
    let sign: Double = order.isDescending ? -1 : 1
    var entries = rows.map { row in
      let value =
        switch order.key {
        case .severity: Double(severities[row])
        case .name: Double(ranks[row])
        // A snapshot is in order of group and name.
        case .group: Double(row)
        default: figure(of: machines[row], order.key)
        }
      return Entry(value: value.map { sign * $0 } ?? .infinity, rank: ranks[row], index: Int32(row))
    }
    entries.sort { $0.value != $1.value ? $0.value < $1.value : $0.rank < $1.rank }
    return entries.map { Int($0.index) }
  }

  private static func figure(of machine: MachineSnapshot, _ key: SortKey) -> Double? {
    switch key {
    case .severity, .name, .group: nil
    case .cpu: machine.status.readings.cpu.value
    case .memory: machine.status.readings.memory.value
    case .disk: machine.status.readings.disk.value?.worstPercent
    case .latency: machine.status.readings.latency.value?.inSeconds
    case .next: machine.status.nextProbe?.seconds
    }
  }

  /// The worse, the greater; inside a verdict, open incidents and soft findings count more than quiet.
  static func severity(_ machine: MachineSnapshot) -> Int8 {
    let quiet = machine.status.incident == nil && !machine.status.checks.contains { $0.isSoft }
    return -Int8(machine.status.verdict.rank * 2 + (quiet ? 1 : 0))
  }

  /// Each machine's place in the order of names: digits compare as numbers, so that vm-2 comes before vm-10.
  static func nameRanks(_ machines: [MachineSnapshot]) -> [Int32] {
    let keys = machines.map { NaturalKey($0.machine.name) }
    let order = machines.indices.sorted { a, b in
      keys[a] == keys[b] ? a < b : keys[a] < keys[b]
    }
    var ranks = [Int32](repeating: 0, count: machines.count)
    for (rank, index) in order.enumerated() { ranks[index] = Int32(rank) }
    return ranks
  }
}

/// A name prepared for comparison: lower-cased bytes, with runs of digits led by their length.
struct NaturalKey: Comparable {
  private let bytes: [UInt8]

  init(_ name: String) {
    var bytes: [UInt8] = []
    var digits: [UInt8] = []
    func flush() {
      guard !digits.isEmpty else { return }
      let significant = digits.drop { $0 == 48 }
      // "0" sorts before all other digits, so a length below 48 plus it keeps numbers before letters.
      bytes.append(48)
      bytes.append(UInt8(min(significant.count, 255)))
      bytes += significant
      digits = []
    }
    for byte in name.utf8 {
      if byte >= 48, byte <= 57 {
        digits.append(byte)
      } else {
        flush()
        bytes.append(byte >= 65 && byte <= 90 ? byte + 32 : byte)
      }
    }
    flush()
    self.bytes = bytes
  }

  static func < (a: NaturalKey, b: NaturalKey) -> Bool { a.bytes.lexicographicallyPrecedes(b.bytes) }
}
