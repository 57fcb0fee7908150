import FleetModel
import GRDB

/// `RecoveryRecord` as a row of `recoveries`.
enum RecoveryRow {
  /// Writes a new row.
  /// - Throws: a constraint error if the id is there already.
  static func insert(_ record: RecoveryRecord, into db: Database) throws {
    try db.cachedStatement(sql: insertion).execute(arguments: arguments(of: record))
  }

  /// Writes the row, replacing the one of the same id; the order of rows stays that of their first writing.
  static func upsert(_ record: RecoveryRecord, into db: Database) throws {
    try db.cachedStatement(sql: insertion + replacement).execute(arguments: arguments(of: record))
  }

  /// The record of a row; nil where its remedy is of a newer azlin.
  static func record(_ row: Row) -> RecoveryRecord? {
    guard let id = JournalText.text(row, "id"), let machine = JournalText.text(row, "machine"),
      let remedy = Remedy(rawValue: row["remedy"])
    else { return nil }
    func text(_ column: String) -> String { JournalText.text(row, column) ?? "" }
    var record = RecoveryRecord(
      id: IntentID(id), machine: MachineID(machine), machineName: text("machine_name"),
      incarnation: text("incarnation"), incident: text("incident"),
      diagnosis: Diagnosis(rawValue: text("diagnosis")) ?? .unexplained, remedy: remedy,
      initiator: Initiator(rawValue: text("initiator")) ?? .autopilot, issue: text("issue"), action: text("action"),
      detail: text("detail"), startedAt: Instant(milliseconds: row["started_at"]),
      endedAt: (row["ended_at"] as Int64?).map { Instant(milliseconds: $0) },
      outcome: outcome(
        text("outcome"), text: JournalText.text(row, "outcome_text"), milliseconds: row["outcome_ms"],
        settled: row["settled"]),
      attempt: row["attempt"])
    record.evidence = JournalText.text(row, "evidence")
    return record
  }

  private static let columns =
    "id, machine, machine_name, incarnation, incident, diagnosis, remedy, initiator, attempt, issue, action, detail, "
    + "started_at, ended_at, outcome, outcome_text, outcome_ms, settled, evidence"
  private static let insertion =
    "INSERT INTO recoveries (\(columns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
  private static let replacement =
    " ON CONFLICT (id) DO UPDATE SET "
    + columns.split(separator: ",").map { $0.drop { $0 == " " } }.filter { $0 != "id" }
    .map { "\($0) = excluded.\($0)" }.joined(separator: ", ")

  private static func arguments(of record: RecoveryRecord) -> StatementArguments {
    let (kind, text, milliseconds) = columns(of: record.outcome)
    return [
      JournalText.column(record.id.rawValue), JournalText.column(record.machine.rawValue),
      JournalText.column(record.machineName), JournalText.column(record.incarnation),
      JournalText.column(record.incident), record.diagnosis.rawValue, record.remedy.rawValue,
      record.initiator.rawValue, record.attempt, JournalText.column(record.issue), JournalText.column(record.action),
      JournalText.column(record.detail), record.startedAt.milliseconds, record.endedAt?.milliseconds, kind,
      text.map { JournalText.column($0) }, milliseconds, record.outcome.isSettled,
      record.evidence.map { JournalText.column($0) },
    ]
  }

  private static func columns(of outcome: RecoveryOutcome) -> (kind: String, text: String?, milliseconds: Int64?) {
    switch outcome {
    case .running: ("running", nil, nil)
    case .verifying: ("verifying", nil, nil)
    case .verified(let after): ("verified", nil, after.milliseconds)
    case .held(let after): ("held", nil, after.milliseconds)
    case .relapsed: ("relapsed", nil, nil)
    case .failed(let why): ("failed", why, nil)
    case .unknown(let why): ("unknown", why, nil)
    case .recoveredByItself: ("recovered by itself", nil, nil)
    case .notBegun(let why): ("not begun", why, nil)
    case .vetoed(let why): ("vetoed", why, nil)
    case .wouldHave: ("would have", nil, nil)
    case .gone: ("gone", nil, nil)
    }
  }

  private static func outcome(
    _ kind: String, text: String?, milliseconds: Int64?, settled: Bool
  ) -> RecoveryOutcome {
    let after = Duration.milliseconds(milliseconds ?? 0)
    switch kind {
    case "running": return .running
    case "verifying": return .verifying
    case "verified": return .verified(after: after)
    case "held": return .held(after: after)
    case "relapsed": return .relapsed
    case "failed": return .failed(text ?? "")
    case "unknown": return .unknown(text ?? "")
    case "recovered by itself": return .recoveredByItself
    case "not begun": return .notBegun(text ?? "")
    case "vetoed": return .vetoed(text ?? "")
    case "would have": return .wouldHave
    case "gone": return .gone
    default:
      // Of a newer azlin. What was open stays open, so that it is settled by looking.
      return settled ? .unknown("\(kind) (written by a newer azlin)") : .running
    }
  }
}
