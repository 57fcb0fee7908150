import FleetModel

/// Commands that the core has not answered yet, and where each answer goes.
struct CommandDesk {
  private var callers: [CommandID: CheckedContinuation<String, any Error>] = [:]
  /// Rows of the journal's queue.
  private var rows: [CommandID: Int64] = [:]
  private var last: UInt64 = 0

  private mutating func newID() -> CommandID {
    last += 1
    return CommandID(number: last)
  }

  /// Somebody in this process waits for the answer.
  mutating func take(_ caller: CheckedContinuation<String, any Error>) -> CommandID {
    let id = newID()
    callers[id] = caller
    return id
  }

  /// The command came by the journal, and so does its answer.
  mutating func take(row: Int64) -> CommandID {
    let id = newID()
    rows[id] = row
    return id
  }

  /// Gives a waiting caller his answer.
  /// - Returns: the row that the answer is to be written to; nil: none.
  mutating func answer(_ id: CommandID, _ result: Result<String, CommandRefusal>) -> Int64? {
    callers.removeValue(forKey: id)?.resume(with: result.mapError { $0 as any Error })
    return rows.removeValue(forKey: id)
  }
}
