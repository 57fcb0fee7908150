import ArgumentParser
import Autopilot
import FleetModel
import Journal

/// `azlin autopilot status`.
struct AutopilotStatus: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Health of machines, and what healing has done.",
    discussion: "Exits 0 healthy or off, 1 warning, 2 critical, 3 unknown: the worst of the machines shown.")

  @Argument(help: "Machines: a name, group/name or a glob; none: a summary of the fleet.") var machines: [String] = []
  @Flag(help: "A summary of all machines.") var all = false
  @Option(name: .customLong("where"), help: "Machines that match this query.") var query: String?
  @Flag(help: "Check now, whatever is known.") var checkNow = false
  @Flag(help: "Remedies of the last 24 h (or --last), one line each.") var recoveryHistory = false
  @Flag(help: "The recovery log in four lines a remedy.") var recoveryLog = false
  @Option(help: "How far back logs go, as in 7d.") var last: String?
  @Flag(help: "Print again every two seconds until interrupted.") var watch = false
  @OptionGroup var output: OutputOptions
  @OptionGroup var global: GlobalOptions

  func run() async throws {
    let site = try Site(global)
    let console = output.console(global)
    let span = try last.map { text in
      do { return try DurationText.parse(text) } catch { throw ExitStatus(ExitStatus.usage, "--last: \(error)") }
    }
    if watch {
      while true {
        let code = try await report(site, console, span)
        _ = code
        console.result("")
        try await Task.sleep(for: .seconds(2))
      }
    }
    let code = try await report(site, console, span)
    if code != 0 { throw ExitStatus(code) }
  }

  private func report(_ site: Site, _ console: Console, _ span: Duration?) async throws -> Int32 {
    let word = try await FleetWord.read(site)
    let isSummary = machines.isEmpty && query == nil
    var wanted =
      isSummary
      ? word.statuses.filter { $0.watch != .notWatched || word.engine?.isAlive != true }
      : try Selection.machines(named: machines, where: query, among: word.statuses)
    if recoveryHistory || recoveryLog {
      try await printLog(of: isSummary ? nil : Set(wanted.map(\.machine.id)), site, console, span)
      return 0
    }
    wanted = try await fresh(wanted, isSummary: isSummary, word, site, console)
    let recoveries = try await recent(site, .hours(24))
    if output.output == .json {
      console.result(try StatusDocument.text(wanted.map { StatusDocument($0) }))
    } else if isSummary {
      for line in FleetText(console: console).summary(wanted, recoveries: recoveries) { console.result(line) }
    } else {
      try await printBlocks(wanted, word, recoveries, site, console)
    }
    await PolicyProblems.print(of: wanted.map(\.machine), at: site)
    return wanted.map { StatusText.code($0.verdict) }.max() ?? 0
  }

  /// With an engine alive its word counts; without one, named machines are checked by this process.
  private func fresh(
    _ wanted: [MachineStatus], isSummary: Bool, _ word: FleetWord, _ site: Site, _ console: Console
  ) async throws -> [MachineStatus] {
    let ids = wanted.map(\.machine.id)
    if word.engine?.isAlive == true {
      guard checkNow, let reader = try site.reader() else { return wanted }
      if case .refused(let refusal) = try await reader.submit(.checkNow(ids), timeout: .seconds(60)) { throw refusal }
      // Statuses reach the journal within a second of the probe.
      try await Task.sleep(for: .milliseconds(1500))
      let now = try await FleetWord.read(site)
      return now.statuses.filter { ids.contains($0.machine.id) }
    }
    if !isSummary || checkNow { return try await OneShotCheck.statuses(of: wanted, at: site) }
    if let oldest = ids.compactMap({ word.at[$0] }).min() {
      let age = DurationText.long(SystemClock().now() - oldest)
      console.note("no engine is alive: this is what the journal last held, up to \(age) old (--check-now asks afresh)")
    } else {
      console.note("no engine is alive and the journal knows nothing yet: --check-now asks now")
    }
    return wanted
  }

  private func printBlocks(
    _ wanted: [MachineStatus], _ word: FleetWord, _ recoveries: [RecoveryRecord], _ site: Site, _ console: Console
  ) async throws {
    let text = StatusText(console: console, zone: .system)
    let now = SystemClock().now()
    for (number, status) in wanted.enumerated() {
      if number > 0 { console.result("") }
      let policy = await site.policies.policy(of: status.machine).policy
      let healing =
        !policy.healing.enabled
        ? "Disabled" : policy.healing.mode == .observe ? "Disabled (mode: observe)" : "Enabled"
      let mine = recoveries.filter { $0.machine == status.machine.id }
      let age = word.engine?.isAlive == true ? status.lastProbe.map { now - $0 } : nil
      for line in text.block(status, recoveries: mine, healing: healing, age: age, verbose: global.verbose) {
        console.result(line)
      }
    }
  }

  private func recent(_ site: Site, _ span: Duration) async throws -> [RecoveryRecord] {
    guard let reader = try site.reader() else { return [] }
    return try await reader.recoveries(since: SystemClock().now() - span)
  }

  private func printLog(of ids: Set<MachineID>?, _ site: Site, _ console: Console, _ span: Duration?) async throws {
    let since = span ?? (recoveryHistory && !recoveryLog ? .hours(24) : .days(3650))
    let records = try await recent(site, since).filter { ids?.contains($0.machine) ?? true }
    if output.output == .json { return console.result(try StatusDocument.text(records.map { RecoveryDocument($0) })) }
    let title = span.map { "Last \(DurationText.long($0))" } ?? (recoveryLog ? "All" : "Last 24 hours")
    console.result("Recovery Actions (\(title)):")
    console.result("")
    guard !records.isEmpty else { return console.result("(none)") }
    for (number, record) in records.enumerated() {
      if recoveryLog {
        if number > 0 { console.result("") }
        for line in RecoveryText.block(record, .system, showsMachine: ids?.count != 1) { console.result(line) }
      } else {
        let machine = ids?.count == 1 ? "" : "\(SafeText.line(record.machineName)): "
        console.result("\(TimestampText.local(record.startedAt, .system)) - \(machine)\(RecoveryText.title(record))")
      }
    }
  }
}

/// One remedy in JSON.
struct RecoveryDocument: Encodable {
  var id: String
  var machine: String
  var startedAt: String
  var endedAt: String?
  var diagnosis: String
  var remedy: String
  var initiator: String
  var issue: String
  var action: String
  var result: String
  var success: Bool?

  init(_ record: RecoveryRecord) {
    id = SafeText.line(record.id.rawValue)
    machine = SafeText.line(record.machineName)
    startedAt = TimestampText.rfc3339(record.startedAt)
    endedAt = record.endedAt.map { TimestampText.rfc3339($0) }
    diagnosis = record.diagnosis.rawValue
    remedy = record.remedy.rawValue
    initiator = record.initiator.rawValue
    issue = SafeText.line(record.issue)
    action = SafeText.line(record.action)
    result = RecoveryText.result(record)
    success = record.outcome.success
  }

  /// Every field is always there: null says unknown.
  func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: CodingKeys.self)
    try fields.encode(id, forKey: .id)
    try fields.encode(machine, forKey: .machine)
    try fields.encode(startedAt, forKey: .startedAt)
    try fields.encode(endedAt, forKey: .endedAt)
    try fields.encode(diagnosis, forKey: .diagnosis)
    try fields.encode(remedy, forKey: .remedy)
    try fields.encode(initiator, forKey: .initiator)
    try fields.encode(issue, forKey: .issue)
    try fields.encode(action, forKey: .action)
    try fields.encode(result, forKey: .result)
    try fields.encode(success, forKey: .success)
  }

  private enum CodingKeys: CodingKey {
    case id, machine, startedAt, endedAt, diagnosis, remedy, initiator, issue, action, result, success
  }
}
