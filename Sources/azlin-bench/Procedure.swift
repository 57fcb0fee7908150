/// How every program is measured: the same terminal, the same size, the same order, one after the other.
struct Procedure {
  var columns: Int
  var rows: Int
  var environment: [String]
  var launches: Int
  /// Seconds before the idle time begins, and its length.
  var settle: Double
  var idle: Double
  var moves: Int

  /// After so long without output an answer is complete: longer than a frame at 30 a second takes.
  private static let quiet = Duration.milliseconds(40)
  /// A key that shows nothing by then is unanswered.
  private static let patience = Duration.milliseconds(250)
  /// So many moves down, then as many up: the selection stays on the screen.
  private static let run = 20

  private enum Arrow: String {
    case down = "B"
    case up = "A"
  }

  func measure(_ subject: Subject) throws -> Measurement {
    var result = Measurement(subject: subject.name)
    try measureLaunches(of: subject, into: &result)

    let terminal = try start(subject)
    defer { terminal.end() }
    try terminal.read(until: .now + .seconds(settle))
    let cost = ProcessCost(pid: terminal.pid)
    try measureIdle(terminal, cost, into: &result)
    try measureMoves(terminal, cost, into: &result)
    result.memory = cost.memory()
    return result
  }

  private func start(_ subject: Subject) throws -> PseudoTerminal {
    try PseudoTerminal(
      name: subject.name, arguments: subject.arguments, environment: environment, columns: columns, rows: rows)
  }

  private func measureLaunches(of subject: Subject, into result: inout Measurement) throws {
    var (first, ready, frame): ([Double], [Double], [Double]) = ([], [], [])
    for _ in 0..<launches {
      let terminal = try start(subject)
      defer { terminal.end() }
      let limit = terminal.startedAt + .seconds(10)
      try terminal.read(until: limit) { true }
      guard let output = terminal.firstOutputAt else { throw BenchError.silent(subject.name) }
      first.append(terminal.startedAt.seconds(to: output))
      if let text = subject.readyText {
        if !terminal.scanner.contains(text) { try terminal.read(until: limit) { terminal.scanner.contains(text) } }
        guard terminal.scanner.contains(text), let shown = terminal.lastOutputAt else { continue }
        ready.append(terminal.startedAt.seconds(to: shown))
      }
      // A screen that never rests has its first frame at the latest after a second.
      try terminal.readUntilQuiet(for: Self.quiet, until: .now + .seconds(1))
      if let last = terminal.lastOutputAt { frame.append(terminal.startedAt.seconds(to: last)) }
    }
    result.firstOutput = first.percentile(0.5)
    result.ready = ready.percentile(0.5)
    result.firstFrame = frame.percentile(0.5)
  }

  private func measureIdle(_ terminal: PseudoTerminal, _ cost: ProcessCost, into result: inout Measurement) throws {
    let (cpu, bytes, begin) = (try cost.cpuSeconds(), terminal.scanner.count, ContinuousClock.now)
    try terminal.read(until: begin + .seconds(idle))
    let elapsed = begin.seconds(to: .now)
    result.idleCPU = 100 * (try cost.cpuSeconds() - cpu) / elapsed
    result.idleBytes = Double(terminal.scanner.count - bytes) / elapsed
  }

  private func measureMoves(_ terminal: PseudoTerminal, _ cost: ProcessCost, into result: inout Measurement) throws {
    // The first moves may only bring a selection into being.
    for arrow in [Arrow.down, .down] { _ = try move(terminal, arrow) }
    var cpu = 0.0
    for index in 0..<moves {
      let before = try cost.cpuSeconds()
      result.moves.append(try move(terminal, (index / Self.run).isMultiple(of: 2) ? .down : .up))
      cpu += try cost.cpuSeconds() - before
    }
    result.cpuPerMove = moves > 0 ? cpu / Double(moves) : nil
  }

  private func move(_ terminal: PseudoTerminal, _ arrow: Arrow) throws -> Measurement.Move {
    try terminal.readUntilQuiet(for: Self.quiet, until: .now + Self.patience)
    let before = terminal.scanner.count
    let pressed = ContinuousClock.now
    let introducer = terminal.scanner.wantsApplicationCursorKeys ? "O" : "["
    terminal.write(Array("\u{1B}\(introducer)\(arrow.rawValue)".utf8))
    try terminal.read(until: pressed + Self.patience) { true }
    guard terminal.scanner.count > before, let first = terminal.lastOutputAt else {
      return Measurement.Move(answered: nil, settled: nil, bytes: 0)
    }
    try terminal.readUntilQuiet(for: Self.quiet, until: pressed + Self.patience)
    return Measurement.Move(
      answered: pressed.seconds(to: first), settled: pressed.seconds(to: terminal.lastOutputAt ?? first),
      bytes: terminal.scanner.count - before)
  }
}

extension ContinuousClock.Instant {
  func seconds(to other: Self) -> Double { duration(to: other) / .seconds(1) }
}
