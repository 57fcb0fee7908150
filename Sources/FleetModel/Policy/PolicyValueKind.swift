/// What sort of value a policy key takes, and how it is written.
public enum PolicyValueKind: Hashable, Sendable {
  /// `true` or `false`.
  case flag
  /// A whole number from 1 to 100.
  case percent
  case integer(ClosedRange<Int>)
  case duration(ClosedRange<Duration>)
  case choice([String])
  case text(PolicyTextRule)
  /// One or several texts.
  case list(PolicyTextRule)
  /// `HH:MM`.
  case timeOfDay
  /// Five fields, or an @form.
  case cron
  /// `env:NAME`, `file:PATH`, `cmd:…`, or the secret itself (semantics 9.3); `isURL`: the secret is an address.
  case secret(isURL: Bool)
  /// Scripts: `/path`, or `/path;timeout=10s;veto=false`, several parted by commas.
  case hooks

  /// What is shown in place of a secret.
  public static let mask = "••••"

  /// What an operator may write, a clause.
  public var allowed: String {
    switch self {
    case .flag: "true or false"
    case .percent: "a whole number from 1 to 100, in percent"
    case .integer(let range): "a whole number from \(range.lowerBound) to \(range.upperBound)"
    case .duration(let range):
      "\(DurationText.text(range.lowerBound)) to \(DurationText.text(range.upperBound)), written as 90, 90s, 5m, 1h30m, 2d"
    case .choice(let words): words.dropLast().joined(separator: ", ") + " or " + (words.last ?? "")
    case .text(let rule): rule.allowed
    case .list(let rule): "one or several, each " + rule.allowed
    case .timeOfDay: "a time of day from 00:00 to 23:59"
    case .cron: "five cron fields (minute hour day-of-month month day-of-week), or @daily, @weekly, @monthly, …"
    case .secret(let isURL): "env:NAME, file:PATH, cmd:COMMAND, or the \(isURL ? "https address" : "secret") itself"
    case .hooks: "a script's path that begins with / or ~/, or a list of such, or {path, timeout, veto}"
    }
  }

  /// Whether several values may be given.
  public var isList: Bool {
    switch self {
    case .list, .hooks: true
    default: false
    }
  }

  /// Whether the value is never shown unless it is a reference.
  public var isSecret: Bool { if case .secret = self { true } else { false } }

  /// The value as an operator writes it; a literal secret is `••••`, unset is empty.
  public func text(_ value: PolicyValue) -> String {
    switch value {
    case .unset: ""
    case .flag(let flag): flag ? "true" : "false"
    case .integer(let number): String(number)
    case .duration(let duration): DurationText.text(duration)
    case .text(let text): isSecret && !SecretReference.isReference(text) ? Self.mask : text
    case .list(let items): PolicyListText.join(items)
    case .timeOfDay(let minutes): TimestampText.timeOfDay(minutes: minutes)
    case .hooks(let hooks): hooks.map(HookText.text).joined(separator: ", ")
    }
  }

  /// Reads a value as an operator types it; lists in one line, parted by commas.
  /// - Throws: `PolicyValueError` with what is wrong and what is allowed; no secret is in it.
  public func parse(_ text: String, key: String) throws(PolicyValueError) -> PolicyValue {
    let text = PolicyListText.trim(text)
    func refuse(_ problem: String) -> PolicyValueError {
      PolicyValueError(key: key, problem: problem, allowed: allowed)
    }
    if text.isEmpty { throw refuse("no value is given") }
    let shown = "\"" + SafeText.line(text.count > 80 ? String(text.prefix(79)) + "…" : text) + "\""
    switch self {
    case .flag:
      switch text.lowercased() {
      case "true": return .flag(true)
      case "false": return .flag(false)
      default: throw refuse("\(shown) is neither true nor false")
      }
    case .percent:
      let digits = text.hasSuffix("%") ? String(text.dropLast()) : text
      guard let number = Self.integer(digits) else { throw refuse("\(shown) is not a percentage") }
      guard (1...100).contains(number) else { throw refuse("\(shown) is out of range") }
      return .integer(number)
    case .integer(let range):
      guard let number = Self.integer(text) else { throw refuse("\(shown) is not a whole number") }
      guard range.contains(number) else { throw refuse("\(shown) is out of range") }
      return .integer(number)
    case .duration(let range):
      let duration: Duration
      do { duration = try DurationText.parse(text) } catch {
        throw PolicyValueError(key: key, problem: error.description, allowed: "")
      }
      guard range.contains(duration) else { throw refuse("\(shown) is out of range") }
      return .duration(duration)
    case .choice(let words):
      if let word = words.first(where: { $0 == text.lowercased() }) { return .text(word) }
      let near = NearestName.nearest(to: text, in: words).map { " (did you mean \($0)?)" } ?? ""
      throw refuse("\(shown) is not a choice\(near)")
    case .text(let rule):
      if let problem = rule.problem(with: text) { throw refuse("\(shown) \(problem)") }
      return .text(text)
    case .list:
      return try parse(items: PolicyListText.split(text), key: key)
    case .timeOfDay:
      guard let minutes = TimestampText.parseTimeOfDay(text) else { throw refuse("\(shown) is not a time of day") }
      return .timeOfDay(minutes)
    case .cron:
      do { _ = try CronExpression(text) } catch {
        throw PolicyValueError(key: key, problem: error.description, allowed: allowed)
      }
      return .text(text)
    case .secret(let isURL):
      if let problem = SecretReference.problem(with: text, isURL: isURL) { throw refuse(problem) }
      return .text(text)
    case .hooks:
      var hooks: [HookRegistration] = []
      for item in PolicyListText.split(text, at: ",") { hooks.append(try HookText.parse(item, key: key)) }
      return .hooks(hooks)
    }
  }

  /// Reads the items of a list, each as it stands.
  /// - Throws: `PolicyValueError` for the first item that is none.
  public func parse(items: [String], key: String) throws(PolicyValueError) -> PolicyValue {
    guard case .list(let rule) = self else {
      throw PolicyValueError(key: key, problem: "one value is wanted, not a list", allowed: allowed)
    }
    var seen: [String] = []
    for item in items {
      let item = PolicyListText.trim(item)
      if let problem = item.isEmpty ? "is empty" : rule.problem(with: item) {
        throw PolicyValueError(key: key, problem: "\"\(SafeText.line(item))\" \(problem)", allowed: allowed)
      }
      if !seen.contains(item) { seen.append(item) }
    }
    if seen.isEmpty { throw PolicyValueError(key: key, problem: "the list is empty", allowed: allowed) }
    return .list(seen)
  }

  private static func integer(_ text: String) -> Int? {
    guard text.utf8.count <= 9, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    return Int(text)
  }
}
