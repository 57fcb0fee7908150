import Autopilot
import FleetModel
import GRDB
import Synchronization

/// The engine's journal: one SQLite file in WAL mode that several processes may have open, or a database in memory
/// that ends with the process.
///
/// A journal has one *owner*: the engine whose heartbeat is in it. A second engine on the same file (a dashboard that
/// only observes while the service heals) is a *companion*: it reads what is known and writes down what it does
/// itself by the operator's hand, but it leaves memory, statuses, samples, events and commands to the owner. An
/// observing owner yields to a healing engine at its next heartbeat; a companion stays one.
package final class JournalStore: EngineJournal {
  /// Where the file lies; nil: in memory.
  package let path: String?
  package let retention: JournalRetention

  let writer: any DatabaseWriter
  let now: @Sendable () -> Instant
  private let state: Mutex<State>

  private struct State {
    var isCompanion: Bool
    /// Intents this store has written: the only remedies a companion may change.
    var intents: Set<IntentID> = []
    var nextPruning: Instant
  }

  /// Opens, or makes, the journal at `path`: the directory 0700, the file 0600.
  /// - Parameters:
  ///   - healing: whether this engine heals by itself and so holds the `EngineLock`; such an engine is the owner.
  ///   - now: the wall clock, for the ages of heartbeats and commands and for retention.
  /// - Throws: `JournalError`, whose text names the path and the remedy; nothing is changed in a file that is not
  ///   ours, damaged, or newer.
  package init(
    path: String, healing: Bool, retention: JournalRetention = JournalRetention(),
    now: @escaping @Sendable () -> Instant = { SystemClock().now() }
  ) throws(JournalError) {
    self.path = path
    self.retention = retention
    self.now = now
    writer = try JournalFile.openForEngine(path)
    var isCompanion = false
    if !healing {
      do {
        isCompanion = try writer.read { db in
          guard let beat = try Heartbeat.read(db) else { return false }
          return beat.processID != Heartbeat.ownProcess && Heartbeat.isAlive(beat, at: now())
        }
      } catch {
        throw JournalError(error, path: path)
      }
    }
    state = Mutex(State(isCompanion: isCompanion, nextPruning: now() + Self.pruningInterval))
  }

  /// A journal that lives in memory: for a demo.
  package init(
    inMemoryWith retention: JournalRetention = JournalRetention(),
    now: @escaping @Sendable () -> Instant = { SystemClock().now() }
  ) throws(JournalError) {
    path = nil
    self.retention = retention
    self.now = now
    writer = try JournalFile.openInMemory()
    state = Mutex(State(isCompanion: false, nextPruning: now() + Self.pruningInterval))
  }

  /// Another engine keeps this journal.
  package var isCompanion: Bool { state.withLock { $0.isCompanion } }

  private static let pruningInterval = Duration.minutes(1)

  // MARK: - EngineJournal

  package func restore() async throws -> RestoredState {
    let includesOpen = !isCompanion
    let now = now()
    do {
      return try await writer.read { try JournalRestoration.read($0, now: now, includesOpen: includesOpen) }
    } catch {
      throw translated(error)
    }
  }

  /// Writes a remedy about to run; when this returns, it survives a power cut.
  /// - Throws: `JournalError`, also when an intent of this id is there already: then there must be no effect.
  package func write(intent: RecoveryRecord) async throws {
    do {
      try await perform { db in
        // FULL syncs the WAL with the commit, and with it every earlier commit. It cannot be changed inside a
        // transaction.
        try db.execute(sql: "PRAGMA synchronous = FULL")
        defer { try? db.execute(sql: "PRAGMA synchronous = NORMAL") }
        try db.inTransaction(.immediate) {
          try RecoveryRow.insert(intent, into: db)
          return .commit
        }
      }
    } catch let error as DatabaseError where error.resultCode == .SQLITE_CONSTRAINT {
      throw JournalError.intentExists(path: place, id: intent.id.rawValue)
    } catch {
      throw translated(error)
    }
    state.withLock { _ = $0.intents.insert(intent.id) }
  }

  package func append(_ entries: [JournalEntry]) async throws {
    let entries = isCompanion ? ownDeeds(among: entries) : entries
    if !entries.isEmpty {
      do {
        try await perform { db in
          try db.inTransaction(.immediate) {
            var writing = JournalWriting(db)
            try writing.write(entries)
            return .commit
          }
        }
      } catch {
        throw translated(error)
      }
    }
    try await pruneWhenDue()
  }

  package func takeCommands() async throws -> [QueuedCommand] {
    guard !isCompanion else { return [] }
    let now = now()
    do {
      return try await perform { [commandWatch] in try commandWatch.take($0, now: now) }
    } catch {
      throw translated(error)
    }
  }

  package func answer(_ id: Int64, _ answer: CommandAnswer) async throws {
    let now = now()
    do {
      try await perform { db in
        try db.inTransaction(.immediate) {
          try CommandQueue.answer(db, id: id, answer, now: now)
          return .commit
        }
      }
    } catch {
      throw translated(error)
    }
  }

  package func heartbeat(_ beat: EngineHeartbeat) async throws {
    guard !isCompanion else { return }
    let now = now()
    do {
      let yields = try await perform { db in
        var yields = false
        try db.inTransaction(.immediate) {
          yields = try Heartbeat.mustYield(db, beat, now: now)
          if yields { return .rollback }
          try Heartbeat.write(beat, into: db)
          return .commit
        }
        return yields
      }
      if yields { state.withLock { $0.isCompanion = true } }
    } catch {
      throw translated(error)
    }
  }

  package func lastKnown(of provider: ProviderKind) async throws -> [LastKnownMachine] {
    do {
      return try await writer.read { db in
        try Row.fetchAll(db, sql: "SELECT * FROM statuses").compactMap { row in
          guard let status = JournalText.value(MachineStatus.self, JournalText.text(row, "status")),
            status.machine.provider == provider
          else { return nil }
          return LastKnownMachine(
            machine: status.machine, power: status.readings.power.value, at: Instant(milliseconds: row["at"]))
        }
      }
    } catch {
      throw translated(error)
    }
  }

  // MARK: - More

  /// Writes down a deed that is not a remedy: who did what, and what came of it.
  package func audit(_ entry: AuditEntry) async throws {
    do {
      try await perform { try AuditRow.insert(entry, into: $0) }
    } catch {
      throw translated(error)
    }
  }

  /// Takes one bounded step of retention; `append` does so by itself once a minute.
  /// - Returns: whether more is left to do.
  @discardableResult
  package func prune() async throws -> Bool {
    let now = now()
    do {
      return try await perform { [retention] in try JournalPruning(db: $0, retention: retention, now: now).step() }
    } catch {
      throw translated(error)
    }
  }

  // MARK: - Inside

  private let commandWatch = CommandWatch()

  private func pruneWhenDue() async throws {
    let now = now()
    let isDue = state.withLock { state in
      guard !state.isCompanion, now >= state.nextPruning else { return false }
      state.nextPruning = now + Self.pruningInterval
      return true
    }
    if isDue { try await prune() }
  }

  private func ownDeeds(among entries: [JournalEntry]) -> [JournalEntry] {
    let intents = state.withLock { $0.intents }
    return entries.filter { entry in
      switch entry {
      case .recovery(let record): intents.contains(record.id)
      case .hookRun: true
      case .memory, .fleet, .event, .sample, .status, .forget: false
      }
    }
  }

  /// Runs in a task of its own: what an engine writes while it is being stopped must reach the disk all the same.
  func perform<Result: Sendable>(
    _ work: @escaping @Sendable (Database) throws -> Result
  ) async throws -> Result {
    let writer = writer
    return try await Task { try await writer.writeWithoutTransaction(work) }.value
  }

  private var place: String { path ?? "in memory" }
  func translated(_ error: any Error) -> any Error {
    error is CancellationError ? error : JournalError(error, path: place)
  }
}
