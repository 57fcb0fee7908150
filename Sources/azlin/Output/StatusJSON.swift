import FleetModel
import FoundationEssentials

/// The JSON of `-o json`: stable field names in snake_case, null for unknown, times in RFC 3339 UTC.
struct StatusDocument: Encodable {
  var name: String
  var id: String
  var group: String?
  var region: String?
  var size: String?
  var provider: String
  var power: String?
  var watch: String
  var verdict: String
  var reason: String
  var diagnosis: String?
  var lastCheck: String?
  var nextCheck: String?
  var uptimeSeconds: Int?
  var latencyMilliseconds: Double?
  var diskPercent: Double?
  var memoryPercent: Double?
  var cpuPercent: Double?
  var ioWaitPercent: Double?
  var sshWorks: Bool?
  var checks: [Check]
  var incident: Incident?

  struct Check: Encodable {
    var check: String
    var severity: String?
    var confirmed: String
    var streak: Int
    var confirm: Int
    var reason: String
    var measuredAt: String?

    func encode(to encoder: any Encoder) throws {
      var fields = encoder.container(keyedBy: CodingKeys.self)
      try fields.encode(check, forKey: .check)
      try fields.encode(severity, forKey: .severity)
      try fields.encode(confirmed, forKey: .confirmed)
      try fields.encode(streak, forKey: .streak)
      try fields.encode(confirm, forKey: .confirm)
      try fields.encode(reason, forKey: .reason)
      try fields.encode(measuredAt, forKey: .measuredAt)
    }

    private enum CodingKeys: CodingKey { case check, severity, confirmed, streak, confirm, reason, measuredAt }
  }

  struct Incident: Encodable {
    var id: String
    var openedAt: String
    var attempts: Int
    var remedy: String?
    var state: String

    func encode(to encoder: any Encoder) throws {
      var fields = encoder.container(keyedBy: CodingKeys.self)
      try fields.encode(id, forKey: .id)
      try fields.encode(openedAt, forKey: .openedAt)
      try fields.encode(attempts, forKey: .attempts)
      try fields.encode(remedy, forKey: .remedy)
      try fields.encode(state, forKey: .state)
    }

    private enum CodingKeys: CodingKey { case id, openedAt, attempts, remedy, state }
  }

  init(_ status: MachineStatus) {
    let machine = status.machine
    let readings = status.readings
    func word(_ text: String) -> String? { text.isEmpty ? nil : text }
    name = SafeText.line(machine.name)
    id = SafeText.line(machine.id.rawValue)
    group = word(SafeText.line(machine.group))
    region = word(SafeText.line(machine.region))
    size = word(SafeText.line(machine.size))
    provider = machine.provider.rawValue
    power = readings.power.value?.rawValue
    watch =
      switch status.watch {
      case .notWatched: "not_watched"
      case .observing: "observing"
      case .healing: "healing"
      }
    verdict = status.verdict == .notWatched ? "not_watched" : status.verdict.rawValue
    reason = SafeText.line(status.reason)
    diagnosis = status.diagnosis == .none ? nil : status.diagnosis.rawValue
    lastCheck = status.lastProbe.map { TimestampText.rfc3339($0) }
    nextCheck = status.nextProbe.map { TimestampText.rfc3339($0) }
    uptimeSeconds = readings.uptime.value.map { Int($0.inSeconds) }
    latencyMilliseconds = readings.latency.value.map { ($0.inSeconds * 1_000_000).rounded() / 1000 }
    diskPercent = readings.disk.value.map { ($0.worstPercent * 10).rounded() / 10 }
    memoryPercent = readings.memory.value.map { ($0 * 10).rounded() / 10 }
    cpuPercent = readings.cpu.value.map { ($0 * 10).rounded() / 10 }
    ioWaitPercent = readings.ioWait.value.map { ($0 * 10).rounded() / 10 }
    sshWorks = readings.ssh.value.map { $0.failure == nil }
    checks = status.checks.map {
      Check(
        check: $0.kind.rawValue, severity: $0.last?.word, confirmed: $0.hard.word, streak: $0.streak,
        confirm: $0.confirm, reason: SafeText.line($0.reason),
        measuredAt: $0.measuredAt.map { TimestampText.rfc3339($0) })
    }
    incident = status.incident.map {
      Incident(
        id: $0.id, openedAt: TimestampText.rfc3339($0.openedAt), attempts: $0.attempts, remedy: $0.remedy?.rawValue,
        state: StatusText.phase($0, .utc))
    }
  }

  /// Every field is always there: null says unknown.
  func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: Field.self)
    try fields.encode(name, forKey: .name)
    try fields.encode(id, forKey: .id)
    try fields.encode(group, forKey: .group)
    try fields.encode(region, forKey: .region)
    try fields.encode(size, forKey: .size)
    try fields.encode(provider, forKey: .provider)
    try fields.encode(power, forKey: .power)
    try fields.encode(watch, forKey: .watch)
    try fields.encode(verdict, forKey: .verdict)
    try fields.encode(reason, forKey: .reason)
    try fields.encode(diagnosis, forKey: .diagnosis)
    try fields.encode(lastCheck, forKey: .lastCheck)
    try fields.encode(nextCheck, forKey: .nextCheck)
    try fields.encode(uptimeSeconds, forKey: .uptimeSeconds)
    try fields.encode(latencyMilliseconds, forKey: .latencyMilliseconds)
    try fields.encode(diskPercent, forKey: .diskPercent)
    try fields.encode(memoryPercent, forKey: .memoryPercent)
    try fields.encode(cpuPercent, forKey: .cpuPercent)
    try fields.encode(ioWaitPercent, forKey: .ioWaitPercent)
    try fields.encode(sshWorks, forKey: .sshWorks)
    try fields.encode(checks, forKey: .checks)
    try fields.encode(incident, forKey: .incident)
  }

  private enum Field: String, CodingKey {
    case name, id, group, region, size, provider, power, watch, verdict, reason, diagnosis, checks, incident
    case lastCheck = "last_check"
    case nextCheck = "next_check"
    case uptimeSeconds = "uptime_seconds"
    case latencyMilliseconds = "latency_ms"
    case diskPercent = "disk_percent"
    case memoryPercent = "memory_percent"
    case cpuPercent = "cpu_percent"
    case ioWaitPercent = "iowait_percent"
    case sshWorks = "ssh_works"
  }

  /// Pretty, with sorted keys, so that two runs can be compared.
  static func text(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }
}
