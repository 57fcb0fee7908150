import Autopilot
import FleetModel

/// The policy files on disk as the engine's source of policy.
///
/// A file that cannot be read leaves its last good content in force; a file that was never good since this process
/// began puts its machine into mode observe, because what it forbids is not known.
package actor PolicyFiles: PolicySource {
  package nonisolated let directory: ConfigurationDirectory
  private var folder: PolicyFolder
  private var machines: [VirtualMachine] = []
  private var lastGood: [MachineID: EffectivePolicy] = [:]

  /// - Parameter now: the time of day, which says how long a file has been empty or gone; tests pass their own.
  package init(_ directory: ConfigurationDirectory, now: @escaping @Sendable () -> Instant = FileAccess.now) {
    self.directory = directory
    folder = PolicyFolder(directory, now: now)
  }

  /// Machines of these providers are watched at once, in mode observe until enabled (semantics 1.3).
  private static func isWatchedAtOnce(_ machine: VirtualMachine) -> Bool {
    machine.provider == .hosts || machine.provider == .local
  }

  // MARK: Reading

  package func changeStamp() -> UInt64 { folder.changeStamp() }

  package func policies(for machines: [VirtualMachine]) -> [MachineID: EffectivePolicy] {
    self.machines = machines
    folder.refresh()
    let names = PolicyFileNames(machines: machines, files: folder.files.keys)
    var result: [MachineID: EffectivePolicy] = [:]
    result.reserveCapacity(machines.count)
    // Most machines have no file of their own: they share what they have.
    var shared: [Bool: Resolved] = [:]
    for machine in machines {
      let place = names.place(of: machine)
      if case .none = place {
        let atOnce = Self.isWatchedAtOnce(machine)
        let policy = shared[atOnce] ?? resolve(place, atOnce)
        shared[atOnce] = policy
        result[machine.id] = keepingLastGood(policy, machine.id)
      } else {
        result[machine.id] = keepingLastGood(resolve(place, Self.isWatchedAtOnce(machine)), machine.id)
      }
    }
    lastGood = lastGood.filter { result[$0.key] != nil }
    watchMatching(machines, &result)
    return result
  }

  /// Watches the machines that the fleet's `watch` query names, unless a file says otherwise (semantics 1.3).
  private func watchMatching(_ machines: [VirtualMachine], _ policies: inout [MachineID: EffectivePolicy]) {
    guard let text = policies.first?.value.policy.fleet.watch, let query = try? FleetQuery(text) else { return }
    for machine in machines {
      guard let policy = policies[machine.id], !policy.policy.monitoring.enabled,
        policy.origin(of: "health_monitoring.enabled") == .builtIn, query.matches(MachineStatus(machine: machine))
      else { continue }
      policies[machine.id]?.policy.monitoring.enabled = true
      policies[machine.id]?.origins["health_monitoring.enabled"] = .fleet
    }
  }

  /// The policy of one machine as the files say now, with problems that carry their places.
  package func policy(of machine: VirtualMachine) -> EffectivePolicy {
    note([machine])
    return policies(for: machines)[machine.id] ?? EffectivePolicy()
  }

  /// The fleet's policy: what a machine has that says nothing of its own.
  package func fleetPolicy() -> EffectivePolicy {
    folder.refresh()
    return resolve(.none(new: ""), false).effective
  }

  /// Files in the folder that belong to none of the machines, as shown to an operator.
  package func orphans(among machines: [VirtualMachine]) -> [String] {
    folder.refresh()
    return PolicyFileNames(machines: machines, files: folder.files.keys).orphans(machines).map(PolicyFolder.shown)
  }

  /// The machines that have files of their own, as `name` or `group/name`, sorted; files whose names cannot be a
  /// machine's are none.
  package func named() -> [String] {
    folder.refresh()
    return PolicyFileNames(machines: [], files: folder.files.keys).orphans([]).map { $0.dropLast(".yaml".count) }
      .filter { $0.split(separator: "/").allSatisfy { PolicyFileNames.problem(withName: String($0)) == nil } }
      .map(String.init)
  }

  /// Machines that share names with others matter for which file is whose; the last list of the engine counts.
  package func note(_ machines: [VirtualMachine]) {
    let known = Set(self.machines.map(\.id))
    self.machines += machines.filter { !known.contains($0.id) }
  }

  private func keepingLastGood(_ resolved: Resolved, _ id: MachineID) -> EffectivePolicy {
    if resolved.isGood {
      lastGood[id] = resolved.effective
      return resolved.effective
    }
    guard var kept = lastGood[id] else { return resolved.effective }
    kept.problems = resolved.effective.problems.filter { $0 != Resolved.observing } + [Resolved.keeping]
    return kept
  }

  /// What the files say of one machine, and whether it can be put in force.
  private struct Resolved {
    var effective: EffectivePolicy
    var isGood: Bool

    static let observing = "nothing is healed here until that is mended"
    static let keeping = "the last good policy stays in force"
  }

  private func resolve(_ place: PolicyFileNames.Place, _ watchedAtOnce: Bool) -> Resolved {
    var problems: [String] = folder.folderProblems
    var isKnown = folder.folderProblems.isEmpty
    func document(_ name: String) -> PolicyDocument? {
      guard let file = folder.files[name] else { return nil }
      problems += file.reading.problems.map(\.description)
      if file.reading.isGood { return file.reading.document }
      isKnown = false
      return file.lastGood ?? file.reading.document
    }
    let fleet = document("defaults.yaml")
    var own: PolicyDocument?
    switch place {
    case .file(let name): own = document(name)
    case .none: break
    case .unclear(let sentence):
      problems.append(sentence)
      isKnown = false
    }
    let resolution = PolicyResolver.resolution(fleet: fleet, machine: own, watchedAtOnce: watchedAtOnce)
    problems += resolution.problems.map(\.description)
    let isGood = isKnown && resolution.problems.isEmpty
    var effective = EffectivePolicy(policy: resolution.policy, origins: resolution.origins, problems: problems)
    if !isGood {
      effective.policy.healing.mode = .observe
      effective.origins["self_healing.mode"] = nil
      effective.problems.append(Resolved.observing)
    }
    return Resolved(effective: effective, isGood: isGood)
  }

  // MARK: Writing

  package func apply(_ edits: [PolicyEdit], to machine: VirtualMachine) async throws -> String {
    do { return try write(edits, to: machine).sentence } catch { throw CommandRefusal(error.description) }
  }

  /// What edits would make of a machine's file, without writing it.
  /// - Throws: `ConfigurationError`.
  package func preview(_ edits: [PolicyEdit], for machine: VirtualMachine) throws(ConfigurationError) -> PolicyChange {
    try change(edits, name: try fileName(of: machine), machine: machine)
  }

  /// Writes edits to a machine's own file.
  /// - Throws: `ConfigurationError`; nothing is written then.
  package func write(_ edits: [PolicyEdit], to machine: VirtualMachine) throws(ConfigurationError) -> PolicyChange {
    try write(name: try fileName(of: machine), machine: machine) { name throws(ConfigurationError) in
      try change(edits, name: name, machine: machine)
    }
  }

  /// Writes edits to defaults.yaml.
  /// - Throws: `ConfigurationError`; nothing is written then.
  package func writeDefaults(_ edits: [PolicyEdit]) throws(ConfigurationError) -> PolicyChange {
    try write(name: "defaults.yaml", machine: nil) { name throws(ConfigurationError) in
      try change(edits, name: name, machine: nil)
    }
  }

  /// Whether a whole text could be a machine's own file.
  /// - Parameter source: where the text comes from, for the places of problems.
  /// - Throws: `ConfigurationError.problems` with all that is wrong.
  package func check(_ text: String, from source: String, for machine: VirtualMachine) throws(ConfigurationError) {
    folder.refresh()
    let reading = PolicyReader.read(text, file: source, scope: .machine)
    let problems = reading.problems.filter { !$0.isWarning } + resolution(reading.document, machine).problems
    guard problems.isEmpty else { throw .problems(problems) }
  }

  /// Puts a whole text in place of a machine's own file, if it is right.
  /// - Parameter source: where the text comes from, for the places of problems; nil: it was the file itself.
  /// - Throws: `ConfigurationError.problems` with all that is wrong; nothing is written then.
  package func replace(
    with text: String, from source: String? = nil, of machine: VirtualMachine
  ) throws(ConfigurationError) -> PolicyChange {
    try write(name: try fileName(of: machine), machine: machine) { name throws(ConfigurationError) in
      try check(text, from: source ?? PolicyFolder.shown(name), for: machine)
      return PolicyChange(
        path: folder.path(of: name), name: PolicyFolder.shown(name), before: try contents(of: name), after: text,
        edits: [])
    }
  }

  /// Takes a machine's own policy away; the file is kept beside it as `….yaml.bak`.
  /// - Returns: the path of the copy; nil: there was no file.
  /// - Throws: `ConfigurationError`.
  package func forget(_ machine: VirtualMachine) throws(ConfigurationError) -> String? {
    folder.refresh()
    guard case .file(let name) = PolicyFileNames(machines: machines, files: folder.files.keys).place(of: machine) else {
      return nil
    }
    let path = folder.path(of: name)
    try FileAccess.move(path, to: path + ".bak")
    folder.forget(name)
    return directory.shown(path) + ".bak"
  }

  private func fileName(of machine: VirtualMachine) throws(ConfigurationError) -> String {
    note([machine])
    folder.refresh()
    switch PolicyFileNames(machines: machines, files: folder.files.keys).place(of: machine) {
    case .file(let name), .none(let name): return name
    case .unclear(let sentence): throw .name(sentence)
    }
  }

  private func contents(of name: String) throws(ConfigurationError) -> String {
    guard let bytes = try FileAccess.read(folder.path(of: name)) else { return "" }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw .problems(PolicyReader.read(bytes: bytes, file: PolicyFolder.shown(name), scope: .machine).problems)
    }
    return text
  }

  private func resolution(_ document: PolicyDocument, _ machine: VirtualMachine?) -> PolicyResolution {
    guard let machine else { return PolicyResolver.resolution(fleet: document, machine: nil) }
    let fleet = folder.files["defaults.yaml"].map { $0.lastGood ?? $0.reading.document }
    return PolicyResolver.resolution(
      fleet: fleet, machine: document, watchedAtOnce: Self.isWatchedAtOnce(machine))
  }

  private func change(
    _ edits: [PolicyEdit], name: String, machine: VirtualMachine?
  ) throws(ConfigurationError) -> PolicyChange {
    let scope: PolicyScope = machine == nil ? .fleet : .machine
    let shown = PolicyFolder.shown(name)
    let before = try contents(of: name)
    let changes = try PolicyEditor.changes(edits, scope: scope)
    let after = try PolicyEditor.apply(changes, to: before, file: shown, scope: scope)
    // An edit may mend a file piece by piece, but add no new error.
    let old = PolicyReader.read(before, file: shown, scope: scope)
    let new = PolicyReader.read(after, file: shown, scope: scope)
    let known = Set((old.problems + resolution(old.document, machine).problems).map(\.message))
    let added = (new.problems + resolution(new.document, machine).problems).filter { !known.contains($0.message) }
    guard added.isEmpty else { throw .problems(added) }
    return PolicyChange(path: folder.path(of: name), name: shown, before: before, after: after, edits: changes)
  }

  private func write(
    name: String, machine: VirtualMachine?, _ make: (String) throws(ConfigurationError) -> PolicyChange
  ) throws(ConfigurationError) -> PolicyChange {
    try directory.create()
    let path = folder.path(of: name)
    try FileAccess.makeDirectory(FileAccess.parent(of: path))
    let lock = try DirectoryLock(directory.autopilot)
    defer { _ = lock }
    let change = try make(name)
    if change.before != change.after { try FileAccess.write(Array(change.after.utf8), to: path) }
    folder.refresh()
    return change
  }
}
