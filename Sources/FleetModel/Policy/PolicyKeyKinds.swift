// One maker a kind of value: each ties a path to the field of `Policy` it stands for.
extension PolicyKey {
  /// A field of `Policy` that a key stands for.
  typealias Field<Value> = WritableKeyPath<Policy, Value> & Sendable

  static func flag(
    _ path: String, _ field: Field<Bool>, flag: String? = nil, default note: String? = nil, _ summary: String
  ) -> PolicyKey {
    PolicyKey(
      path: path, flag: flag, kind: .flag, summary: summary, isFleetOnly: false, defaultNote: note,
      read: { .flag($0[keyPath: field]) },
      write: { value, policy in if case .flag(let flag) = value { policy[keyPath: field] = flag } })
  }

  static func integer(
    _ path: String, _ field: Field<Int>, kind: PolicyValueKind = .percent, flag: String? = nil,
    fleetOnly: Bool = false, _ summary: String
  ) -> PolicyKey {
    PolicyKey(
      path: path, flag: flag, kind: kind, summary: summary, isFleetOnly: fleetOnly, defaultNote: nil,
      read: { .integer($0[keyPath: field]) },
      write: { value, policy in if case .integer(let number) = value { policy[keyPath: field] = number } })
  }

  static func duration(
    _ path: String, _ field: Field<Duration>, _ range: ClosedRange<Duration>, flag: String? = nil,
    default note: String? = nil, fleetOnly: Bool = false, _ summary: String
  ) -> PolicyKey {
    PolicyKey(
      path: path, flag: flag, kind: .duration(range), summary: summary, isFleetOnly: fleetOnly, defaultNote: note,
      read: { .duration($0[keyPath: field]) },
      write: { value, policy in if case .duration(let time) = value { policy[keyPath: field] = time } })
  }

  static func choice<Choice: RawRepresentable & CaseIterable & Sendable>(
    _ path: String, _ field: Field<Choice>, flag: String? = nil, fleetOnly: Bool = false, _ summary: String
  ) -> PolicyKey where Choice.RawValue == String {
    PolicyKey(
      path: path, flag: flag, kind: .choice(Choice.allCases.map(\.rawValue)), summary: summary,
      isFleetOnly: fleetOnly, defaultNote: nil,
      read: { .text($0[keyPath: field].rawValue) },
      write: { value, policy in
        if case .text(let word) = value, let choice = Choice(rawValue: word) { policy[keyPath: field] = choice }
      })
  }

  /// Text that may be absent: `kind` is text, cron or secret.
  static func text(
    _ path: String, _ field: Field<String?>, _ kind: PolicyValueKind, flag: String? = nil,
    default note: String? = nil, fleetOnly: Bool = false, _ summary: String
  ) -> PolicyKey {
    PolicyKey(
      path: path, flag: flag, kind: kind, summary: summary, isFleetOnly: fleetOnly, defaultNote: note,
      read: { $0[keyPath: field].map { .text($0) } ?? .unset },
      write: { value, policy in
        switch value {
        case .text(let text): policy[keyPath: field] = text
        case .unset: policy[keyPath: field] = nil
        default: break
        }
      })
  }

  static func list(
    _ path: String, _ field: Field<[String]>, _ rule: PolicyTextRule, flag: String? = nil, fleetOnly: Bool = false,
    _ summary: String
  ) -> PolicyKey {
    PolicyKey(
      path: path, flag: flag, kind: .list(rule), summary: summary, isFleetOnly: fleetOnly, defaultNote: nil,
      read: { $0[keyPath: field].isEmpty ? .unset : .list($0[keyPath: field]) },
      write: { value, policy in
        switch value {
        case .list(let items): policy[keyPath: field] = items
        case .unset: policy[keyPath: field] = []
        default: break
        }
      })
  }

  static func timeOfDay(
    _ path: String, _ field: Field<Int?>, flag: String, _ summary: String
  ) -> PolicyKey {
    PolicyKey(
      path: path, flag: flag, kind: .timeOfDay, summary: summary, isFleetOnly: false, defaultNote: nil,
      read: { $0[keyPath: field].map { .timeOfDay($0) } ?? .unset },
      write: { value, policy in
        switch value {
        case .timeOfDay(let minutes): policy[keyPath: field] = minutes
        case .unset: policy[keyPath: field] = nil
        default: break
        }
      })
  }

  /// Whether `kinds` are checked.
  static func check(_ name: String, _ kinds: Set<CheckKind>, _ summary: String) -> PolicyKey {
    PolicyKey(
      path: "health_monitoring.checks." + name, flag: (name == "logs" ? "log" : name) + "-check", kind: .flag,
      summary: summary, isFleetOnly: false, defaultNote: "by level",
      read: { .flag($0.monitoring.checks.isSuperset(of: kinds)) },
      write: { value, policy in
        guard case .flag(let isOn) = value else { return }
        if isOn { policy.monitoring.checks.formUnion(kinds) } else { policy.monitoring.checks.subtract(kinds) }
      })
  }

  /// The scripts of one event.
  static func hook(_ event: HookEvent, _ summary: String) -> PolicyKey {
    PolicyKey(
      path: "hooks." + event.key, flag: nil, kind: .hooks, summary: summary, isFleetOnly: false, defaultNote: nil,
      read: { $0.hooks[event].flatMap { $0.isEmpty ? nil : .hooks($0) } ?? .unset },
      write: { value, policy in
        switch value {
        case .hooks(let hooks): policy.hooks[event] = hooks
        case .unset: policy.hooks[event] = nil
        default: break
        }
      })
  }
}
