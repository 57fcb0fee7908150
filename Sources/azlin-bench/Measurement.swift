/// What was measured of one program.
struct Measurement {
  var subject: String
  /// Seconds from its start to its first output, to its ready text, and to the end of that burst; medians over launches.
  var firstOutput: Double?
  var ready: Double?
  var firstFrame: Double?
  /// Share of one core while nobody types, percent.
  var idleCPU: Double?
  /// Bytes a second to the terminal while nobody types.
  var idleBytes: Double?
  var moves: [Move] = []
  /// CPU seconds per move, over all of them.
  var cpuPerMove: Double?
  var memory: ProcessCost.Memory?

  /// One selection move.
  struct Move {
    /// Seconds from the key to the first output byte; nil: none came.
    var answered: Double?
    /// Seconds from the key to the last byte before quiet.
    var settled: Double?
    var bytes: Int
  }

  var answered: [Double] { moves.compactMap(\.answered) }
  var settled: [Double] { moves.compactMap(\.settled) }
  var bytesPerMove: [Double] { moves.filter { $0.answered != nil }.map { Double($0.bytes) } }
  var unanswered: Int { moves.count(where: { $0.answered == nil }) }
}

extension [Double] {
  /// The value that `share` (0...1) of the values do not exceed (nearest rank); nil where there are none.
  func percentile(_ share: Double) -> Double? {
    guard !isEmpty else { return nil }
    let rank = Int((share * Double(count)).rounded(.up))
    return sorted()[Swift.min(Swift.max(rank, 1), count) - 1]
  }
}
