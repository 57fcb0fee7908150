import FleetModel
import GRDB

/// `HookRun` as a row of `hook_runs`.
enum HookRunRow {
  static func insert(_ run: HookRun, into db: Database) throws {
    let (kind, code, text) = columns(of: run.result)
    try db.cachedStatement(
      sql: """
        INSERT INTO hook_runs (machine, machine_name, event, path, started_at, elapsed_ms, result, result_code,
          result_text, output, error_output) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """
    ).execute(arguments: [
      JournalText.column(run.machine.rawValue), JournalText.column(run.machineName), run.event.rawValue,
      JournalText.column(run.path), run.startedAt.milliseconds, run.elapsed.milliseconds, kind, code,
      text.map { JournalText.column($0) }, JournalText.column(run.output), JournalText.column(run.errorOutput),
    ])
  }

  /// The run of a row; nil where its event is of a newer azlin.
  static func run(_ row: Row) -> HookRun? {
    guard let machine = JournalText.text(row, "machine"), let event = HookEvent(rawValue: row["event"]) else {
      return nil
    }
    func text(_ column: String) -> String { JournalText.text(row, column) ?? "" }
    return HookRun(
      machine: MachineID(machine), machineName: text("machine_name"), event: event, path: text("path"),
      startedAt: Instant(milliseconds: row["started_at"]), elapsed: .milliseconds(row["elapsed_ms"] as Int64),
      result: result(text("result"), code: row["result_code"], text: JournalText.text(row, "result_text")),
      output: text("output"), errorOutput: text("error_output"))
  }

  private static func columns(of result: HookResult) -> (kind: String, code: Int32?, text: String?) {
    switch result {
    case .exited(let code): ("exited", code, nil)
    case .killed(let signal): ("killed", signal, nil)
    case .timedOut: ("timed out", nil, nil)
    case .refused(let why): ("refused", nil, why)
    }
  }

  private static func result(_ kind: String, code: Int32?, text: String?) -> HookResult {
    switch kind {
    case "exited": .exited(code ?? -1)
    case "killed": .killed(signal: code ?? 0)
    case "timed out": .timedOut
    case "refused": .refused(text ?? "")
    // Of a newer azlin: not a success, and not hidden.
    default: .refused("\(kind) (written by a newer azlin)")
    }
  }
}
