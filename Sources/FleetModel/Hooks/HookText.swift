/// One registration in one line: `/path`, or `/path;timeout=10s;veto=false`.
enum HookText {
  static let timeouts = Duration.seconds(1)...Duration.hours(1)

  static func text(_ hook: HookRegistration) -> String {
    var text = PolicyListText.escape(hook.path, ",;")
    if hook.timeout != .seconds(30) { text += ";timeout=" + DurationText.text(hook.timeout) }
    if !hook.veto { text += ";veto=false" }
    return text
  }

  static func parse(_ text: String, key: String) throws(PolicyValueError) -> HookRegistration {
    let parts = PolicyListText.split(text, at: ";")
    var hook = try HookRegistration(checking: PolicyListText.unescape(parts.first ?? ""), key: key)
    for option in parts.dropFirst() {
      let pair = option.split(separator: "=", maxSplits: 1).map(PolicyListText.trim)
      let value = pair.count > 1 ? pair[1] : ""
      try hook.set(pair.first ?? "", to: value, key: key)
    }
    return hook
  }
}

extension HookRegistration {
  /// The names of what can be said of a registration, in a policy file's mapping.
  public static let options = ["path", "timeout", "veto"]

  /// Creates a registration of a path as it stands in a file.
  /// - Throws: `PolicyValueError` for a path that is neither absolute nor below the home directory.
  public init(checking path: String, key: String) throws(PolicyValueError) {
    if let problem = path.isEmpty ? "is empty" : PolicyTextRule.path.problem(with: path) {
      throw PolicyValueError(
        key: key, problem: "\"\(SafeText.line(path))\" \(problem)", allowed: PolicyValueKind.hooks.allowed)
    }
    self.init(path: path)
  }

  /// Sets `timeout` (1 s to 1 h) or `veto` from text.
  /// - Throws: `PolicyValueError` for other names and values.
  public mutating func set(_ option: String, to text: String, key: String) throws(PolicyValueError) {
    switch option {
    case "timeout":
      if case .duration(let timeout) = try PolicyValueKind.duration(HookText.timeouts).parse(
        text, key: key + ".timeout")
      {
        self.timeout = timeout
      }
    case "veto":
      if case .flag(let veto) = try PolicyValueKind.flag.parse(text, key: key + ".veto") { self.veto = veto }
    default:
      let near = NearestName.nearest(to: option, in: Self.options).map { " (did you mean \($0)?)" } ?? ""
      throw PolicyValueError(
        key: key, problem: "\"\(SafeText.line(option))\" is nothing a hook has\(near)", allowed: "path, timeout, veto")
    }
  }
}
