import FleetModel

/// How values of policy keys are written in YAML.
enum YAMLWriting {
  /// The quotes a scalar stood in before, which an edit keeps.
  enum Quotes { case none, single, double }

  /// A value that is one scalar, or a list in brackets.
  static func inline(_ value: PolicyValue, quotes: Quotes = .none) -> String {
    switch value {
    case .unset: "null"
    case .flag(let flag): flag ? "true" : "false"
    case .integer(let number): quoted(String(number), quotes)
    case .duration(let duration): quoted(DurationText.text(duration), quotes)
    case .text(let text): scalar(text, quotes: quotes)
    // Without quotes YAML 1.1 reads 02:00 as the number 120.
    case .timeOfDay(let minutes):
      quoted(TimestampText.timeOfDay(minutes: minutes), quotes == .single ? .single : .double)
    case .list(let items): "[" + items.map { scalar($0) }.joined(separator: ", ") + "]"
    case .hooks(let hooks):
      hooks.count == 1 ? hook(hooks[0]) : "[" + hooks.map { hook($0) }.joined(separator: ", ") + "]"
    }
  }

  /// The items of a value that is a list, each in one line; nil: it is no list.
  static func items(_ value: PolicyValue) -> [String]? {
    switch value {
    case .list(let items): items.map { scalar($0) }
    case .hooks(let hooks): hooks.map { hook($0) }
    default: nil
    }
  }

  private static func hook(_ hook: HookRegistration) -> String {
    var options = ["path: " + scalar(hook.path)]
    if hook.timeout != .seconds(30) { options.append("timeout: " + DurationText.text(hook.timeout)) }
    if !hook.veto { options.append("veto: false") }
    return options.count == 1 ? scalar(hook.path) : "{" + options.joined(separator: ", ") + "}"
  }

  private static func quoted(_ text: String, _ quotes: Quotes) -> String {
    switch quotes {
    case .none: text
    case .single: "'" + text + "'"
    case .double: "\"" + text + "\""
    }
  }

  /// A text as a scalar that every YAML reader takes for this very text.
  static func scalar(_ text: String, quotes: Quotes = .none) -> String {
    if quotes == .none, isPlain(text) { return text }
    if quotes == .single, SafeText.isPlain(text) {
      return "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''") + "'"
    }
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }

  /// Whether a text needs no quotes in any place and any version of YAML: narrower than the standard on purpose.
  private static func isPlain(_ text: String) -> Bool {
    guard let first = text.first, first.isASCII, first.isLetter || first == "/" || text.hasPrefix("~/") else {
      return false
    }
    let words = ["true", "false", "yes", "no", "on", "off", "y", "n", "null"]
    return !words.contains(text.lowercased()) && text.last != ":"
      && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "_-./~@:+%=".contains($0)) }
  }
}
