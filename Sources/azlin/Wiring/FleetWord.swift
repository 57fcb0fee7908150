import Autopilot
import Azure
import FleetModel
import Journal

/// What is known of the fleet by a command that is no engine: from the living engine's journal, else by asking.
struct FleetWord: Sendable {
  var statuses: [MachineStatus]
  /// When each word was given, where it comes from the journal.
  var at: [MachineID: Instant]
  /// A living engine gave it.
  var engine: EngineSign?

  /// Why Azure's list is not in it; nil: it is, or there is no Azure.
  var azureProblem: AzureError?

  /// Reads the journal, and adds machines that it does not know. A living engine's word is enough: Azure is asked only
  /// where none lives, or where it watches no Azure.
  /// - Throws: `AzureError` where Azure does not answer and nothing is known of its machines.
  static func read(_ site: Site, includesLocal: Bool = false) async throws -> FleetWord {
    var machines = try await site.nearMachines(includesLocal: includesLocal)
    var word = FleetWord(statuses: [], at: [:])
    if let reader = try site.reader() {
      word.engine = try await reader.engine()
      for aged in try await reader.statuses() {
        word.statuses.append(aged.status)
        word.at[aged.status.machine.id] = aged.at
      }
    }
    let isAlive = word.engine?.isAlive ?? false
    let azure = word.statuses.filter { $0.machine.provider == .azure }
    if let session = site.azure?.session, !isAlive || azure.isEmpty {
      let patience = Task {
        try await Task.sleep(for: .seconds(3))
        Console.error("Azure has not answered yet: waiting (--verbose shows each call)")
      }
      defer { patience.cancel() }
      do throws(AzureError) { machines += try await session.inventory.list() } catch {
        guard !azure.isEmpty else { throw error }
        word.azureProblem = error
        machines += azure.map(\.machine)
      }
    }
    let known = Dictionary(machines.map { ($0.id, $0) }) { first, _ in first }
    // An engine may watch hosts that this invocation was not told of.
    if !isAlive { word.statuses.removeAll { known[$0.machine.id] == nil } }
    for index in word.statuses.indices {
      if let machine = known[word.statuses[index].machine.id] { word.statuses[index].machine = machine }
      // What an engine by hand was about to do when it ended is not under way any more.
      if !isAlive, word.statuses[index].watch == .notWatched { word.statuses[index].incident = nil }
    }
    let told = Set(word.statuses.map(\.machine.id))
    let strangers = machines.filter { !told.contains($0.id) && ($0.provider != .local || !isAlive || includesLocal) }
    let policies = strangers.isEmpty ? [:] : await site.policies.policies(for: machines)
    for machine in strangers {
      let isWatched = policies[machine.id]?.policy.monitoring.enabled ?? false
      word.statuses.append(
        isWatched
          ? MachineStatus(machine: machine, watch: .observing, verdict: .unknown, reason: "not probed yet")
          : MachineStatus(machine: machine, reason: "not enabled"))
    }
    try await word.takeListedPower(site)
    word.statuses.sort { $0.machine.qualifiedName < $1.machine.qualifiedName }
    return word
  }

  /// After what the journal last held has been shown: that it is no news, and why.
  /// - Throws: `ExitStatus` 69 or 77.
  func sayAzureProblem() throws {
    guard let problem = azureProblem else { return }
    let ages = statuses.filter { $0.machine.provider == .azure }.compactMap { at[$0.machine.id] }
    let age =
      ages.min().map {
        "; its VMs are shown as the journal last held them, up to "
          + "\(DurationText.long(SystemClock().now() - $0)) old"
      } ?? ""
    throw ExitStatus(ErrorCodes.code(of: problem) ?? ExitStatus.unavailable, problem.sentence + age)
  }

  /// So many machines whose power the list does not tell are asked one by one; more would cost too many calls.
  private static let askedDirectly = 50

  /// Power as Azure's list has just told it; where it says nothing, as the machine's own view does.
  private mutating func takeListedPower(_ site: Site) async throws {
    guard let session = site.azure?.session, let listed = await session.inventory.listedPower() else { return }
    for index in statuses.indices {
      if let word = listed.words[statuses[index].machine.id] { statuses[index].readings.power = .value(word) }
    }
    let untold = statuses.indices.filter { listed.words[statuses[$0].machine.id] == .unknown }
    guard untold.count <= Self.askedDirectly else { return }
    let machines = untold.map { (index: $0, machine: statuses[$0].machine) }
    await withTaskGroup(of: (Int, Reading<PowerState>).self) { group in
      for entry in machines { group.addTask { (entry.index, await session.control.power(of: entry.machine)) } }
      for await (index, power) in group { statuses[index].readings.power = power }
    }
  }
}
