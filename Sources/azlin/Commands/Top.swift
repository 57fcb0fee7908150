import ArgumentParser
import Autopilot
import FleetConfiguration
import Dashboard
import FleetModel
import Glibc
import Journal
import Terminal

/// `azlin` and `azlin top`: the dashboard.
struct Top: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "The dashboard: the fleet live, with an engine in this process that observes unless --heal.")

  @Flag(help: "Heal by itself, as long as this window is open.") var heal = false
  @Flag(help: "Offer no action that changes anything.") var readOnly = false
  @Option(name: .customLong("where"), help: "Show machines that match this query first (as typed after /).")
  var query: String?
  @Flag(help: "Watch this machine too.") var local = false
  @OptionGroup var screen: ScreenOptions
  @OptionGroup var global: GlobalOptions

  func validate() throws {
    if heal, readOnly { throw ValidationError("--heal and --read-only exclude each other") }
  }

  func run() async throws {
    let filter = try parsedQuery()
    let site = try Site(global)
    let theme = try screen.loadTheme(ThemeCatalog(userThemes: try UserThemes.read(site.directory)))
    if !screen.plain { _ = try TerminalType.detect(screen.terminal) }
    // What is wrong with the inventory is said before a screen hides it.
    _ = try await site.nearMachines()
    let (heal, local) = (heal, local)
    if screen.plain { return try await printPlain(site, filter) }
    // An engine that cannot start says so before the screen opens, not behind it.
    let lock = heal ? try ownLock(site) : nil
    let engine = try await site.start(mode: lock == nil ? .observing : .healing, includesLocal: local, lock: lock)
    let service = StandbyService(
      site: site, includesLocal: local, first: SharedService(engine: engine, reader: try site.reader()))
    let takeover = heal && lock == nil ? Task { await service.takeOver() } : nil
    let clock = SystemClock()
    let reason: ExitReason
    do {
      reason = try await DashboardProgram.run(
        service, theme: theme, clock: .running { clock.now() },
        settings: DashboardSettings(isReadOnly: readOnly, healingStopsWithWindow: heal), filter: filter,
        options: screen.terminal)
    } catch {
      takeover?.cancel()
      await service.stop()
      throw error
    }
    takeover?.cancel()
    await service.stop()
    try ScreenOptions.end(reason)
  }

  /// - Returns: nil where another engine heals already: this one observes, and takes over when it ends.
  private func ownLock(_ site: Site) throws -> EngineLock? {
    try site.directory.create()
    do { return try EngineLock.acquire(in: site.directory.path) } catch {
      guard case .held = error else { throw error }
      return nil
    }
  }

  private func parsedQuery() throws -> FleetQuery {
    guard let query else { return .everything }
    do { return try FleetQuery(query) } catch { throw ExitStatus(ExitStatus.usage, "--where \(query): \(error)") }
  }

  /// One full check of everything, as text.
  private func printPlain(_ site: Site, _ filter: FleetQuery) async throws {
    let word = try await FleetWord.read(site, includesLocal: local)
    let machines = word.statuses.map(\.machine)
    let statuses = try await OneShotCheck.statuses(of: word.statuses, at: site)
    let now = SystemClock().now()
    let rows = statuses.map {
      MachineSnapshot(status: $0, history: MetricHistory(), policy: EffectivePolicy(), hooks: [], isProbing: false)
    }
    let snapshot = FleetSnapshot(
      at: now, machines: rows,
      engine: EngineStatus(
        mode: .observing,
        context: site.azure?.title ?? (machines.contains { $0.provider == .hosts } ? "hosts" : "this machine"),
        notices: word.azureProblem.map { [$0.sentence] } ?? []))
    print(PlainText.render(snapshot, filter: filter, unicode: !screen.ascii), terminator: "")
  }
}

/// The operator's own theme files.
enum UserThemes {
  /// - Throws: `ExitStatus` 78 where a theme file cannot be read.
  static func read(_ directory: ConfigurationDirectory) throws -> [String: String] {
    var themes: [String: String] = [:]
    guard let folder = opendir(directory.themes) else { return themes }
    defer { closedir(folder) }
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      guard name.hasSuffix(".toml") else { continue }
      let path = directory.themes + "/" + name
      guard let bytes = try FileAccess.read(path), let text = String(validating: bytes, as: UTF8.self) else {
        throw ExitStatus(ExitStatus.configuration, "\(path) cannot be read as UTF-8 text")
      }
      themes[String(name.dropLast(5))] = text
    }
    return themes
  }
}
