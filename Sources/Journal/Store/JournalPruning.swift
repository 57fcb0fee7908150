import FleetModel
import GRDB

/// One bounded step of retention: no step holds the write lock for long, however much is due.
struct JournalPruning {
  let db: Database
  let retention: JournalRetention
  let now: Instant

  /// Rows a step deletes of each kind, at most.
  static let rows = 2_000
  /// Machines whose samples a step thins, at most, and the span it thins of each.
  private static let machines = 50
  private static let span = Duration.days(1)
  /// Pages a step gives back to the file system.
  private static let pages = 256

  /// - Returns: whether more is left to do.
  func step() throws -> Bool {
    var left = false
    try db.inTransaction(.immediate) {
      left =
        try delete(
          "recoveries", where: "settled = 1 AND started_at < ?", (now - retention.recoveries), by: "started_at") || left
      left = try oldest("events", "at", retention.events) || left
      left = try surplus("events", retention.eventCount) || left
      left = try delete("hook_runs", where: "started_at < ? AND \(Self.notLastRun)", now - retention.hookRuns) || left
      left = try surplus("hook_runs", retention.hookRunCount, and: Self.notLastRun) || left
      left = try oldest("audit", "at", retention.audit) || left
      left = try oldest("commands", "created_at", retention.commands, key: "id") || left
      left = try thin() || left
      left = try oldSamples() || left
      left = try shrink() || left
      return .commit
    }
    // Yields a row a page: a statement that is stepped once gives back one page only.
    _ = try Row.fetchAll(db, sql: "PRAGMA incremental_vacuum(\(Self.pages))")
    return left
  }

  private static let notLastRun = """
    seq < (SELECT max(seq) FROM hook_runs AS last WHERE last.machine = hook_runs.machine
      AND last.event = hook_runs.event AND last.path = hook_runs.path)
    """

  /// Deletes rows of a table that is small, or has an index for the condition.
  private func delete(
    _ table: String, where condition: String, _ end: Instant, by order: String = "seq"
  ) throws -> Bool {
    try db.execute(
      sql: """
        DELETE FROM \(table) WHERE seq IN (
          SELECT seq FROM \(table) WHERE \(condition) ORDER BY \(order) LIMIT \(Self.rows))
        """, arguments: [end.milliseconds])
    return db.changesCount == Self.rows
  }

  /// Deletes what is older than `age`. Rows are written in the order of time, so looking at the first of them is
  /// enough, and needs no index.
  private func oldest(_ table: String, _ column: String, _ age: Duration, key: String = "seq") throws -> Bool {
    try db.execute(
      sql: """
        DELETE FROM \(table) WHERE \(key) IN (
          SELECT \(key) FROM (SELECT \(key), \(column) FROM \(table) ORDER BY \(key) LIMIT \(Self.rows))
          WHERE \(column) < ?)
        """, arguments: [(now - age).milliseconds])
    return db.changesCount == Self.rows
  }

  /// Deletes the oldest above `count`.
  private func surplus(_ table: String, _ count: Int, and condition: String = "1") throws -> Bool {
    try db.execute(
      sql: """
        DELETE FROM \(table) WHERE seq IN (
          SELECT seq FROM \(table) WHERE seq <= (SELECT seq FROM \(table) ORDER BY seq DESC LIMIT 1 OFFSET ?)
            AND \(condition) ORDER BY seq LIMIT \(Self.rows))
        """, arguments: [max(count, 1)])
    return db.changesCount == Self.rows
  }

  /// Keeps the first sample of each `thinnedStep` of those that are older than `rawSamples`.
  private func thin() throws -> Bool {
    let end = (now - retention.rawSamples).milliseconds
    let step = max(retention.thinnedStep.milliseconds, 1)
    let due = try Row.fetchAll(
      db,
      sql: """
        SELECT id, thinned_until, (SELECT min(at) FROM samples WHERE machine = id AND at >= thinned_until) AS first
        FROM machines WHERE thinned_until < ? ORDER BY thinned_until, id LIMIT \(Self.machines)
        """, arguments: [end - step])
    var left = due.count == Self.machines
    for row in due {
      let machine: Int64 = row["id"]
      // Whole steps only, and the gaps in which nothing was measured are passed over at once.
      let from = max(row["thinned_until"] as Int64, min(row["first"] as Int64? ?? end, end))
      let until = min(from + Self.span.milliseconds, end) / step * step
      if until > from {
        try db.execute(
          sql: """
            DELETE FROM samples WHERE machine = ?1 AND at >= ?2 AND at < ?3 AND at NOT IN (
              SELECT min(at) FROM samples WHERE machine = ?1 AND at >= ?2 AND at < ?3 GROUP BY at / ?4)
            """, arguments: [machine, from, until, step])
      }
      try db.execute(
        sql: "UPDATE machines SET thinned_until = ? WHERE id = ?", arguments: [max(until, from), machine])
      left = left || max(until, from) < end - step
    }
    return left
  }

  private func oldSamples() throws -> Bool {
    try deleteSamples(before: (now - retention.thinnedSamples).milliseconds)
  }

  /// Above the size limit the oldest day goes, of a bounded number of rows at a time.
  private func shrink() throws -> Bool {
    let pages = try Int64.fetchOne(db, sql: "PRAGMA page_count") ?? 0
    let free = try Int64.fetchOne(db, sql: "PRAGMA freelist_count") ?? 0
    let size = try Int64.fetchOne(db, sql: "PRAGMA page_size") ?? 4096
    guard (pages - free) * size > retention.maximumBytes,
      let oldest = try Int64.fetchOne(
        db,
        sql: "SELECT min(first) FROM (SELECT (SELECT min(at) FROM samples WHERE machine = id) AS first FROM machines)")
    else { return false }
    _ = try deleteSamples(before: oldest + Self.span.milliseconds)
    return true
  }

  private func deleteSamples(before end: Int64) throws -> Bool {
    try db.execute(
      sql: """
        DELETE FROM samples WHERE (machine, at) IN (
          SELECT s.machine, s.at FROM machines m JOIN samples s ON s.machine = m.id AND s.at < ? LIMIT \(Self.rows))
        """, arguments: [end])
    return db.changesCount == Self.rows
  }
}
