import FleetModel

/// Turns what an operator names into machines: a name, `group/name`, a glob, `--where`, or `--all`.
enum Selection {
  /// - Throws: `ExitStatus` 64 where nothing was named, nothing matches, or a bare name is ambiguous (with the
  ///   candidates). An empty selection is an error, never "all" (semantics 1.7).
  static func machines(
    named names: [String], all: Bool = false, where query: String? = nil, among statuses: [MachineStatus]
  ) throws -> [MachineStatus] {
    if all, names.isEmpty, query == nil {
      guard !statuses.isEmpty else { throw ExitStatus(ExitStatus.usage, "no machine is known: \(howToAdd)") }
      return statuses
    }
    guard !names.isEmpty || query != nil else {
      throw ExitStatus(ExitStatus.usage, "no machine was named; say --all for all of them")
    }
    var found: [MachineStatus] = []
    var seen: Set<MachineID> = []
    for name in names {
      for status in try one(name, among: statuses) where seen.insert(status.machine.id).inserted {
        found.append(status)
      }
    }
    guard let query else { return found }
    let parsed: FleetQuery
    do { parsed = try FleetQuery(query) } catch { throw ExitStatus(ExitStatus.usage, "--where \(query): \(error)") }
    let matching = (names.isEmpty ? statuses : found).filter { parsed.matches($0) }
    guard !matching.isEmpty else { throw ExitStatus(ExitStatus.usage, "no machine matches --where \(query)") }
    return matching
  }

  static let howToAdd =
    "log in with `az login` for Azure VMs, name hosts with --hosts user@host, or list them in inventory.yaml"

  private static func one(_ name: String, among statuses: [MachineStatus]) throws -> [MachineStatus] {
    let isGlob = name.contains { "*?[".contains($0) }
    if isGlob {
      let glob = Glob(name)
      let matching = statuses.filter { glob.matches($0.machine.name) || glob.matches($0.machine.qualifiedName) }
      guard !matching.isEmpty else { throw ExitStatus(ExitStatus.usage, "no machine matches '\(name)'") }
      return matching
    }
    let exact = statuses.filter { $0.machine.qualifiedName == name || $0.machine.id.rawValue == name.lowercased() }
    if exact.count == 1 { return exact }
    let bare = statuses.filter { $0.machine.name == name }
    if bare.count == 1 { return bare }
    guard bare.isEmpty else {
      let candidates = bare.map(\.machine.qualifiedName).sorted().joined(separator: ", ")
      throw ExitStatus(ExitStatus.usage, "'\(name)' is ambiguous: say one of \(candidates)")
    }
    guard !statuses.isEmpty else { throw ExitStatus(ExitStatus.usage, "'\(name)' is not known: \(howToAdd)") }
    let nearest =
      NearestName.nearest(to: name, in: statuses.map(\.machine.name)).map { "; did you mean '\($0)'?" } ?? ""
    throw ExitStatus(ExitStatus.usage, "'\(name)' is not known\(nearest) (azlin list shows all)")
  }
}
