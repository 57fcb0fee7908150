/// The shape of a role's days and weeks. Shares are 0–1 of all processors or of all memory.
struct RoleLife: Sendable {
  /// The demand of each hour of the day in local time, 0–1; straight lines between.
  var hours: [Double]
  /// Demand on Saturday and Sunday, relative to working days.
  var weekend: Double
  /// Busy share without any demand, and what full demand adds.
  var floor: Double
  var span: Double
  /// How strongly the hour-to-hour and minute-to-minute noise moves the demand.
  var restless: Double
  /// The chance that a quarter of an hour holds a burst (a job, a crawl), and its height.
  var burstChance: Double
  var burst: Double
  /// I/O wait without load, and what full load adds.
  var waitFloor: Double
  var waitSpan: Double
  /// A nightly dump that reads the disk, at 02:00–02:40 local time: added I/O wait.
  var dump: Double
  /// Memory in use on a quiet machine, what demand adds, and what a slow leak adds before its service restarts.
  var memory: Double
  var memorySpan: Double
  var leak: Double
  /// Days between restarts of the leaking service.
  var leakDays: Double
  /// Errors in the log an hour, on a good day.
  var errorsPerHour: Double

  static func of(_ role: MachineRole) -> RoleLife {
    switch role {
    case .web: web
    case .api: api
    case .db: db
    case .cache: cache
    case .worker: worker
    case .batch: batch
    case .build: build
    case .mail: mail
    case .proxy: proxy
    case .queue: queue
    }
  }

  /// Offices: nothing at night, a dip at noon, a long tail in the evening.
  private static let office = [
    0.10, 0.07, 0.05, 0.05, 0.06, 0.10, 0.20, 0.42, 0.70, 0.90, 0.98, 0.96,
    0.80, 0.84, 0.97, 1.00, 0.94, 0.80, 0.58, 0.46, 0.40, 0.34, 0.25, 0.16,
  ]
  /// Shoppers: the evening is the busiest.
  private static let evening = [
    0.28, 0.17, 0.11, 0.09, 0.09, 0.13, 0.24, 0.40, 0.52, 0.58, 0.60, 0.62,
    0.66, 0.62, 0.60, 0.62, 0.68, 0.78, 0.90, 0.98, 1.00, 0.92, 0.70, 0.46,
  ]
  /// Jobs that others leave behind: never idle.
  private static let steady = [
    0.70, 0.68, 0.66, 0.62, 0.60, 0.60, 0.62, 0.68, 0.76, 0.84, 0.88, 0.90,
    0.86, 0.86, 0.90, 0.92, 0.90, 0.86, 0.82, 0.80, 0.78, 0.76, 0.74, 0.72,
  ]
  /// The night shift: 22:00 to 06:00.
  private static let night = [
    0.95, 1.00, 0.98, 0.96, 0.90, 0.62, 0.25, 0.08, 0.05, 0.05, 0.06, 0.06,
    0.08, 0.06, 0.05, 0.06, 0.06, 0.05, 0.06, 0.08, 0.14, 0.36, 0.74, 0.90,
  ]

  private static let web = RoleLife(
    hours: evening, weekend: 1.08, floor: 0.04, span: 0.50, restless: 0.22, burstChance: 0.03, burst: 0.22,
    waitFloor: 0.003, waitSpan: 0.02, dump: 0, memory: 0.34, memorySpan: 0.14, leak: 0.10, leakDays: 3,
    errorsPerHour: 0.8)
  private static let api = RoleLife(
    hours: office, weekend: 0.45, floor: 0.05, span: 0.52, restless: 0.20, burstChance: 0.03, burst: 0.18,
    waitFloor: 0.003, waitSpan: 0.02, dump: 0, memory: 0.42, memorySpan: 0.12, leak: 0.16, leakDays: 4,
    errorsPerHour: 1.5)
  private static let db = RoleLife(
    hours: office, weekend: 0.55, floor: 0.06, span: 0.42, restless: 0.18, burstChance: 0.02, burst: 0.20,
    waitFloor: 0.02, waitSpan: 0.16, dump: 0.10, memory: 0.66, memorySpan: 0.06, leak: 0.03, leakDays: 9,
    errorsPerHour: 0.3)
  private static let cache = RoleLife(
    hours: evening, weekend: 1.0, floor: 0.03, span: 0.20, restless: 0.16, burstChance: 0.01, burst: 0.10,
    waitFloor: 0.001, waitSpan: 0.006, dump: 0.02, memory: 0.64, memorySpan: 0.08, leak: 0.05, leakDays: 7,
    errorsPerHour: 0.1)
  private static let worker = RoleLife(
    hours: steady, weekend: 0.85, floor: 0.06, span: 0.62, restless: 0.24, burstChance: 0.08, burst: 0.18,
    waitFloor: 0.006, waitSpan: 0.06, dump: 0, memory: 0.38, memorySpan: 0.20, leak: 0.18, leakDays: 2,
    errorsPerHour: 2.5)
  private static let batch = RoleLife(
    hours: night, weekend: 0.9, floor: 0.02, span: 0.78, restless: 0.16, burstChance: 0.02, burst: 0.12,
    waitFloor: 0.004, waitSpan: 0.14, dump: 0.04, memory: 0.16, memorySpan: 0.48, leak: 0.02, leakDays: 5,
    errorsPerHour: 0.6)
  private static let build = RoleLife(
    hours: office, weekend: 0.15, floor: 0.03, span: 0.18, restless: 0.30, burstChance: 0.55, burst: 0.58,
    waitFloor: 0.005, waitSpan: 0.11, dump: 0, memory: 0.26, memorySpan: 0.30, leak: 0.06, leakDays: 1,
    errorsPerHour: 3.0)
  private static let mail = RoleLife(
    hours: office, weekend: 0.5, floor: 0.02, span: 0.14, restless: 0.25, burstChance: 0.06, burst: 0.20,
    waitFloor: 0.01, waitSpan: 0.12, dump: 0.03, memory: 0.44, memorySpan: 0.08, leak: 0.04, leakDays: 6,
    errorsPerHour: 4.0)
  private static let proxy = RoleLife(
    hours: evening, weekend: 1.0, floor: 0.03, span: 0.30, restless: 0.20, burstChance: 0.02, burst: 0.15,
    waitFloor: 0.001, waitSpan: 0.005, dump: 0, memory: 0.24, memorySpan: 0.10, leak: 0.03, leakDays: 8,
    errorsPerHour: 0.6)
  private static let queue = RoleLife(
    hours: office, weekend: 0.6, floor: 0.04, span: 0.28, restless: 0.24, burstChance: 0.05, burst: 0.20,
    waitFloor: 0.006, waitSpan: 0.10, dump: 0, memory: 0.36, memorySpan: 0.22, leak: 0.08, leakDays: 3,
    errorsPerHour: 0.5)
}
