import FleetModel
import GRDB

/// `MetricSample` as a row of `samples`: whole thousandths of a percent and whole microseconds, which SQLite packs
/// into about 30 bytes.
enum SampleRow {
  /// The number that stands for a machine in `samples`; a new machine gets the next one.
  static func number(of machine: MachineID, in db: Database) throws -> Int64 {
    let text = JournalText.column(machine.rawValue)
    if let number = try Int64.fetchOne(
      db.cachedStatement(sql: "SELECT id FROM machines WHERE machine = ?"), arguments: [text])
    {
      return number
    }
    try db.cachedStatement(sql: "INSERT INTO machines (machine) VALUES (?)").execute(arguments: [text])
    return db.lastInsertedRowID
  }

  static func insert(_ sample: MetricSample, of machine: Int64, into db: Database) throws {
    try db.cachedStatement(
      sql: """
        INSERT OR REPLACE INTO samples (machine, at, cpu, memory, disk, io_wait, latency) VALUES (?, ?, ?, ?, ?, ?, ?)
        """
    ).execute(arguments: [
      machine, sample.at.milliseconds, pack(sample.cpu), pack(sample.memory), pack(sample.disk), pack(sample.ioWait),
      pack(sample.latency),
    ])
  }

  /// The columns that `sample` reads, by place.
  static let columns = "at, cpu, memory, disk, io_wait, latency"

  /// The sample whose columns begin at `first`.
  static func sample(_ row: Row, from first: Int = 0) -> MetricSample {
    MetricSample(
      at: Instant(milliseconds: row[first]), cpu: unpack(row[first + 1]), memory: unpack(row[first + 2]),
      disk: unpack(row[first + 3]), ioWait: unpack(row[first + 4]), latency: unpack(row[first + 5]))
  }

  // A figure beyond all sense is kept at the largest that can be written instead of trapping.
  private static func pack(_ value: Double?) -> Int64? {
    value.map { $0.isFinite ? Int64((min($0, 1e12) * 1000).rounded()) : nil } ?? nil
  }
  private static func unpack(_ value: Int64?) -> Double? { value.map { Double($0) / 1000 } }
}
