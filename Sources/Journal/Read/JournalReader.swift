import Autopilot
import FleetModel
import GRDB

/// The journal as a command in another process sees it: what is known, how old it is, and whether an engine lives
/// that a command can be given to. One connection, opened when it is made; nothing is brought up to date.
package final class JournalReader: Sendable {
  package let path: String
  private let queue: DatabaseQueue
  private let now: @Sendable () -> Instant

  /// Opens the journal at `path`.
  /// - Throws: `JournalError`; `.missing` where no engine has run yet.
  package init(
    path: String, now: @escaping @Sendable () -> Instant = { SystemClock().now() }
  ) throws(JournalError) {
    self.path = path
    self.now = now
    queue = try JournalFile.openForReader(path)
  }

  // MARK: - What is known

  /// The latest status of each machine, by qualified name.
  package func statuses() async throws -> [AgedStatus] {
    try await read { db in
      try Row.fetchAll(db, sql: "SELECT * FROM statuses").map { row in
        AgedStatus(
          status: JournalText.value(MachineStatus.self, JournalText.text(row, "status")) ?? Self.stranger(row),
          at: Instant(milliseconds: row["at"]))
      }.sorted { $0.status.machine.qualifiedName < $1.status.machine.qualifiedName }
    }
  }

  /// What the columns alone tell of a machine whose status is of a newer azlin: it must not vanish from a list.
  private static func stranger(_ row: Row) -> MachineStatus {
    MachineStatus(
      machine: VirtualMachine(
        id: MachineID(JournalText.text(row, "machine") ?? ""), name: JournalText.text(row, "machine_name") ?? "",
        provider: .hosts, system: .unknown),
      verdict: Verdict(rawValue: row["verdict"]) ?? .unknown, reason: "its status was written by a newer azlin")
  }

  /// Remedies, newest first.
  /// - Parameters:
  ///   - machine: nil: of all machines.
  ///   - since: those that began then or later; nil: all that are kept.
  package func recoveries(
    of machine: MachineID? = nil, since: Instant? = nil, limit: Int = 10_000
  ) async throws -> [RecoveryRecord] {
    try await read { db in
      try Row.fetchAll(
        db,
        sql: """
          SELECT * FROM recoveries WHERE (?1 IS NULL OR machine = ?1) AND started_at >= ?2
          ORDER BY started_at DESC, seq DESC LIMIT ?3
          """,
        arguments: [
          machine.map { JournalText.column($0.rawValue) }, since?.milliseconds ?? Int64.min, limit,
        ]
      ).compactMap { RecoveryRow.record($0) }
    }
  }

  /// Runs of hooks, newest first.
  package func hookRuns(
    of machine: MachineID? = nil, event: HookEvent? = nil, after sequence: Int64 = 0, limit: Int = 100
  ) async throws -> [JournalledHookRun] {
    try await read { db in
      try Row.fetchAll(
        db,
        sql: """
          SELECT * FROM hook_runs WHERE (?1 IS NULL OR machine = ?1) AND (?2 IS NULL OR event = ?2) AND seq > ?3
          ORDER BY seq DESC LIMIT ?4
          """,
        arguments: [machine.map { JournalText.column($0.rawValue) }, event?.rawValue, sequence, limit]
      ).compactMap { row in HookRunRow.run(row).map { JournalledHookRun(sequence: row["seq"], run: $0) } }
    }
  }

  /// Events, oldest first: the newest `limit`.
  package func events(of machine: MachineID? = nil, limit: Int = 500) async throws -> [FleetEvent] {
    try await read { db in
      try Row.fetchAll(
        db, sql: "SELECT * FROM events WHERE (?1 IS NULL OR machine = ?1) ORDER BY seq DESC LIMIT ?2",
        arguments: [machine.map { JournalText.column($0.rawValue) }, limit]
      ).reversed().map { EventRow.event($0) }
    }
  }

  /// Samples of one machine in `[from, until)`, oldest first.
  package func samples(
    of machine: MachineID, from: Instant = .distantPast, until: Instant = .distantFuture
  ) async throws -> [MetricSample] {
    try await read { db in
      try Row.fetchAll(
        db,
        sql: """
          SELECT \(SampleRow.columns) FROM samples
          WHERE machine = (SELECT id FROM machines WHERE machine = ?) AND at >= ? AND at < ? ORDER BY at
          """, arguments: [JournalText.column(machine.rawValue), from.milliseconds, until.milliseconds]
      ).map { SampleRow.sample($0) }
    }
  }

  /// The audit, newest first.
  package func audit(limit: Int = 100) async throws -> [AuditEntry] {
    try await read { db in
      try Row.fetchAll(db, sql: "SELECT * FROM audit ORDER BY seq DESC LIMIT ?", arguments: [limit])
        .map { AuditRow.entry($0) }
    }
  }

  // MARK: - The living engine

  /// The last sign of life of the engine that keeps this journal, and whether it lives now: younger than 10 s, and
  /// its process exists. nil: there never was one.
  package func engine() async throws -> EngineSign? {
    let now = now()
    return try await read { db in
      try Heartbeat.read(db).map { EngineSign(beat: $0, isAlive: Heartbeat.isAlive($0, at: now)) }
    }
  }

  /// Gives a command to the living engine and waits for its answer.
  /// - Parameter timeout: after it the command is withdrawn; one that was begun already is carried to its end.
  /// - Throws: `JournalError.noEngine` at once where none lives, `.noAnswer` after the time-out.
  package func submit(
    _ command: OperatorCommand, timeout: Duration = .seconds(30)
  ) async throws -> CommandAnswer {
    guard let engine = try await engine(), engine.isAlive else { throw JournalError.noEngine(path: path) }
    let (created, clock) = (now(), ContinuousClock())
    let deadline = clock.now + timeout
    let id = try await write {
      try CommandQueue.enqueue($0, command, now: created, expires: created + timeout)
    }
    do {
      while clock.now < deadline {
        // The engine looks once a second; a tenth of that is not noticed by either.
        try await Task.sleep(for: .milliseconds(100))
        if let answer = try await answer(to: id) { return answer }
      }
    } catch let error as CancellationError {
      // In a task of its own, which is not cancelled.
      _ = try? await Task { try await write { try CommandQueue.withdraw($0, id: id) } }.value
      throw error
    }
    let withdrawn = try await write { try CommandQueue.withdraw($0, id: id) }
    if !withdrawn, let answer = try await answer(to: id) { return answer }
    throw JournalError.noAnswer(path: path, seconds: timeout.inSeconds, begun: !withdrawn)
  }

  private func answer(to id: Int64) async throws -> CommandAnswer? {
    try await read { db in
      let json = try String.fetchOne(
        db, sql: "SELECT answer FROM commands WHERE id = ? AND answer IS NOT NULL", arguments: [id])
      guard let json else { return nil }
      return JournalText.value(CommandAnswer.self, json)
        ?? .refused(CommandRefusal("the engine is of a newer azlin and its answer is not understood: \(json)"))
    }
  }

  // MARK: - Inside

  private func read<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
    do {
      return try await queue.read(body)
    } catch let error as CancellationError {
      throw error
    } catch {
      throw JournalError(error, path: path)
    }
  }

  private func write<Value: Sendable>(_ body: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
    do {
      return try await queue.write(body)
    } catch let error as CancellationError {
      throw error
    } catch {
      throw JournalError(error, path: path)
    }
  }
}
