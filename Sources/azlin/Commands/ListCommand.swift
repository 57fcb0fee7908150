import ArgumentParser
import FleetModel

/// `azlin list`: what is known, one machine a line.
struct List: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "All machines: name, power state, group, region, size, verdict.")

  @Option(name: .customLong("where"), help: "Only machines that match this query.") var query: String?
  @OptionGroup var output: OutputOptions
  @OptionGroup var global: GlobalOptions

  func run() async throws { try await MachineTable.print([], query, output, global) }
}

/// `azlin status [VM]`: the same for some; a hook greps the power word.
struct Status: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Power state and verdict of some machines, name first.",
    discussion: "Health in full: azlin autopilot status VM")

  @Argument(help: "Machines: a name, group/name or a glob; none: all.") var machines: [String] = []
  @OptionGroup var output: OutputOptions
  @OptionGroup var global: GlobalOptions

  func run() async throws { try await MachineTable.print(machines, nil, output, global) }
}

/// The table both print.
enum MachineTable {
  static func print(_ names: [String], _ query: String?, _ output: OutputOptions, _ global: GlobalOptions) async throws
  {
    let site = try Site(global)
    let word = try await FleetWord.read(site, includesLocal: false)
    var wanted =
      names.isEmpty && query == nil
      ? word.statuses : try Selection.machines(named: names, where: query, among: word.statuses)
    if word.engine?.isAlive != true { wanted = try await asked(wanted, site) }
    let console = output.console(global)
    if output.output == .json {
      console.result(try StatusDocument.text(wanted.map { StatusDocument($0) }))
    } else if wanted.isEmpty {
      console.note("no machine is known: \(Selection.howToAdd)")
    } else {
      for line in lines(wanted) { console.result(line) }
    }
    let isAlone = site.azure == nil && word.statuses.allSatisfy { $0.machine.provider == .local }
    if isAlone, !word.statuses.isEmpty, names.isEmpty { console.note(Site.howToAdd(site.directory)) }
    try word.sayAzureProblem()
  }

  /// No engine lives: the power state is asked for now, the verdict is what the journal last held.
  private static func asked(_ statuses: [MachineStatus], _ site: Site) async throws -> [MachineStatus] {
    // Azure's list has told its machines' power states already.
    let asked = statuses.filter { $0.machine.provider != .azure }
    guard !asked.isEmpty else { return statuses }
    let fresh = try await OneShotCheck.statuses(of: asked, at: site, checks: [.power, .connectivity])
    let byID = Dictionary(uniqueKeysWithValues: fresh.map { ($0.machine.id, $0) })
    return statuses.map { status in
      guard let now = byID[status.machine.id] else { return status }
      var merged = status
      merged.readings.power = now.readings.power
      merged.readings.latency = now.readings.latency
      if status.lastProbe == nil {
        // Two checks are not enough to call a machine healthy.
        merged.verdict = now.verdict == .healthy ? .unknown : now.verdict
        merged.watch = now.watch
        merged.reason = now.verdict == .healthy ? "never checked in full" : now.reason
      }
      return merged
    }
  }

  static func lines(_ statuses: [MachineStatus]) -> [String] {
    let rows = statuses.map { status in
      let machine = status.machine
      return [
        machine.name, status.readings.power.value?.title ?? "Unknown", dash(machine.group), dash(machine.region),
        dash(machine.size), status.verdict.rawValue, status.reason,
      ].map(SafeText.line)
    }
    let widths = (0..<6).map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      let cells = row.enumerated().map { column, text in
        column < 6 ? text + String(repeating: " ", count: widths[column] - text.count) : text
      }
      let line = cells.joined(separator: "  ")
      return String(line.reversed().drop { $0 == " " }.reversed())
    }
  }

  private static func dash(_ text: String) -> String { text.isEmpty ? "-" : text }
}
