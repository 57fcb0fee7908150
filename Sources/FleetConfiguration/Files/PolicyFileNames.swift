import FleetModel

/// Which file belongs to which machine (semantics 1.6): `<name>.yaml` while the name is unambiguous, else
/// `<group>/<name>.yaml`. Names compare without regard to case, as Azure's do.
struct PolicyFileNames {
  /// How many machines bear a name, by lower-cased name.
  private let groups: [String: [String]]
  /// The files that exist, by lower-cased name below the folder.
  private let files: [String: String]

  init(machines: [VirtualMachine], files: some Sequence<String>) {
    groups = Dictionary(grouping: machines, by: { $0.name.lowercased() }).mapValues { $0.map(\.qualifiedName) }
    self.files = Dictionary(files.map { ($0.lowercased(), $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// A machine's own file.
  enum Place: Equatable {
    case file(String)
    /// There is none; an edit would create this one.
    case none(new: String)
    /// It cannot be told; the sentence says what to do.
    case unclear(String)
  }

  func place(of machine: VirtualMachine) -> Place {
    if let problem = Self.problem(withName: machine.name)
      ?? (machine.group.isEmpty ? nil : Self.problem(withName: machine.group))
    {
      return .unclear(problem)
    }
    let plain = machine.name + ".yaml"
    let qualified = machine.group.isEmpty ? plain : machine.group + "/" + plain
    let isReserved = machine.name.lowercased() == "defaults"
    let plainFile = isReserved ? nil : files[plain.lowercased()]
    let qualifiedFile = machine.group.isEmpty ? nil : files[qualified.lowercased()]
    let namesakes = groups[machine.name.lowercased()] ?? [machine.qualifiedName]
    if let plainFile, let qualifiedFile {
      return .unclear(
        "\(PolicyFolder.shown(plainFile)) and \(PolicyFolder.shown(qualifiedFile)) are both policies of "
          + "\(SafeText.line(machine.qualifiedName)): merge them and remove one")
    }
    if let qualifiedFile { return .file(qualifiedFile) }
    if let plainFile {
      guard namesakes.count > 1 else { return .file(plainFile) }
      return .unclear(
        "\(PolicyFolder.shown(plainFile)) could mean \(namesakes.sorted().map { SafeText.line($0) }.joined(separator: " or ")): "
          + "move it to \(PolicyFolder.shown(qualified))")
    }
    if isReserved, machine.group.isEmpty {
      return .unclear("a machine named defaults needs a group: autopilot/defaults.yaml is the fleet's policy")
    }
    return .none(new: isReserved || namesakes.count > 1 ? qualified : plain)
  }

  /// The files that belong to no machine, `defaults.yaml` apart.
  func orphans(_ machines: [VirtualMachine]) -> [String] {
    var wanted: Set<String> = ["defaults.yaml"]
    for machine in machines {
      wanted.insert(machine.name.lowercased() + ".yaml")
      if !machine.group.isEmpty { wanted.insert((machine.group + "/" + machine.name).lowercased() + ".yaml") }
    }
    return files.filter { !wanted.contains($0.key) }.map(\.value).sorted()
  }

  /// Names come from outside: none may lead out of the folder.
  static func problem(withName name: String) -> String? {
    let isFit =
      !name.isEmpty && !name.hasPrefix(".") && !name.contains("/") && name.utf8.count <= 200 && SafeText.isPlain(name)
    return isFit ? nil : "\"\(SafeText.line(name))\" cannot be the name of a file, so it has no policy of its own"
  }
}
