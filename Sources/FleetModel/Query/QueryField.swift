/// What a query can ask about a machine.
enum QueryField: Hashable, Sendable {
  case text(QueryTextField)
  case number(QueryNumberField)
  case tag(String)

  /// Looks a field up by a name or an alias; nil: there is none.
  init?(_ name: String) {
    let name = name.lowercased()
    if name.hasPrefix("tag."), name.count > 4 {
      self = .tag(String(name.dropFirst(4)))
    } else if let field = QueryTextField.byName[name] {
      self = .text(field)
    } else if let field = QueryNumberField.byName[name] {
      self = .number(field)
    } else {
      return nil
    }
  }

  /// All names, for the nearest one to a name that is none.
  static let names = (Array(QueryTextField.byName.keys) + Array(QueryNumberField.byName.keys) + ["tag."]).sorted()
}

/// Fields compared as text, without regard to case.
enum QueryTextField: String, Hashable, Sendable, CaseIterable {
  case state, name, group, region, size, provider, system, address, subnet, power, diagnosis, why, remedy, watch

  static let byName: [String: QueryTextField] = {
    var table = Dictionary(uniqueKeysWithValues: allCases.map { ($0.rawValue, $0) })
    table["verdict"] = .state
    table["vm"] = .name
    table["rg"] = .group
    table["os"] = .system
    table["reason"] = .why
    table["mode"] = .watch
    return table
  }()

  /// The words a value must come from; nil: any text.
  var vocabulary: [String]? {
    switch self {
    case .state: Verdict.allCases.map(\.rawValue)
    case .power: PowerState.allCases.map(\.rawValue)
    case .provider: ProviderKind.allCases.map(\.rawValue)
    case .watch: ["not watched", "observing", "healing"]
    case .name, .group, .region, .size, .system, .address, .subnet, .diagnosis, .why, .remedy: nil
    }
  }

  func value(of machine: MachineSnapshot) -> String {
    switch self {
    case .state: machine.status.verdict.rawValue
    case .name: machine.status.machine.name
    case .group: machine.status.machine.group
    case .region: machine.status.machine.region
    case .size: machine.status.machine.size
    case .provider: machine.status.machine.provider.rawValue
    case .system: machine.status.machine.system.rawValue
    case .address: machine.status.machine.address?.host ?? ""
    case .subnet: machine.status.machine.subnet ?? ""
    case .power: machine.status.readings.power.value?.rawValue ?? PowerState.unknown.rawValue
    case .diagnosis: machine.status.diagnosis.rawValue
    case .why: machine.status.reason
    case .remedy: machine.status.incident?.remedy?.rawValue ?? ""
    case .watch:
      switch machine.status.watch {
      case .notWatched: "not watched"
      case .observing: "observing"
      case .healing: "healing"
      }
    }
  }
}

/// Fields compared as numbers. A figure that was not measured satisfies no comparison: unknown is never zero.
enum QueryNumberField: String, Hashable, Sendable, CaseIterable {
  case cpu, memory, disk, iowait, latency, load, uptime, attempts, processors

  static let byName: [String: QueryNumberField] = {
    var table = Dictionary(uniqueKeysWithValues: allCases.map { ($0.rawValue, $0) })
    table["mem"] = .memory
    table["io"] = .iowait
    table["lat"] = .latency
    table["ping"] = .latency
    table["cores"] = .processors
    return table
  }()

  enum Unit: Hashable, Sendable { case percent, milliseconds, seconds, count }

  var unit: Unit {
    switch self {
    case .cpu, .memory, .disk, .iowait: .percent
    case .latency: .milliseconds
    case .uptime: .seconds
    case .load, .attempts, .processors: .count
    }
  }

  func value(of machine: MachineSnapshot) -> Double? {
    switch self {
    case .cpu: machine.status.readings.cpu.value
    case .memory: machine.status.readings.memory.value
    case .disk: machine.status.readings.disk.value?.worstPercent
    case .iowait: machine.status.readings.ioWait.value
    case .latency: machine.status.readings.latency.value.map { $0.inSeconds * 1000 }
    case .load: machine.status.readings.load
    case .uptime: machine.status.readings.uptime.value?.inSeconds
    case .attempts: machine.status.incident.map { Double($0.attempts) } ?? 0
    case .processors: machine.status.readings.processors.map(Double.init)
    }
  }

  /// Reads a value as an operator types it: `80`, `80%`, `20ms`, `1.5s`, `2d`; nil: it is no such value.
  func parse(_ text: String) -> Double? {
    let digits = text.prefix { $0.isNumber || $0 == "." || $0 == "-" }
    guard let number = Double(digits) else { return nil }
    switch (unit, text.dropFirst(digits.count).lowercased()) {
    case (_, ""): return number
    case (.percent, "%"): return number
    case (.milliseconds, "ms"): return number
    case (.milliseconds, "s"): return number * 1000
    case (.seconds, "s"): return number
    case (.seconds, "m"): return number * 60
    case (.seconds, "h"): return number * 3600
    case (.seconds, "d"): return number * 86400
    default: return nil
    }
  }

  /// What a value looks like, for error texts.
  var example: String {
    switch unit {
    case .percent: "80"
    case .milliseconds: "20ms"
    case .seconds: "2h"
    case .count: "2"
    }
  }
}

/// What can be asked about a machine with a bare word or `!word`.
enum QueryFlag: String, Hashable, Sendable, CaseIterable {
  case flapping, paused, acked, soft, held, incident, human, healing, watched, off

  func holds(for machine: MachineSnapshot) -> Bool {
    switch self {
    case .flapping: machine.status.checks.contains(where: \.isFlapping)
    case .paused: machine.status.holds.contains { $0.by == .paused }
    case .acked: machine.status.holds.contains { $0.by == .acknowledged }
    case .soft: machine.status.checks.contains(where: \.isSoft)
    case .held:
      if case .held = machine.status.incident?.phase { true } else { !machine.status.holds.isEmpty }
    case .incident: machine.status.incident != nil
    case .human:
      if case .needsHuman = machine.status.incident?.phase { true } else { false }
    case .healing:
      switch machine.status.incident?.phase {
      case .preparing, .acting, .verifying: true
      default: false
      }
    case .watched: machine.status.watch != .notWatched
    case .off: machine.status.verdict == .off
    }
  }
}
