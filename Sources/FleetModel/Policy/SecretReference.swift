/// Where a secret lies (semantics 9.3): `env:NAME`, `file:PATH`, `cmd:…`; anything else is the secret itself.
public enum SecretReference: Hashable, Sendable {
  /// An environment variable of azlin.
  case environment(String)
  /// A file's content, without its last line end.
  case file(String)
  /// What a command prints, without its last line end.
  case command(String)

  /// Reads a reference; nil: the text is the secret itself.
  public init?(_ text: String) {
    if text.hasPrefix("env:") {
      self = .environment(String(text.dropFirst(4)))
    } else if text.hasPrefix("file:") {
      self = .file(String(text.dropFirst(5)))
    } else if text.hasPrefix("cmd:") {
      self = .command(String(text.dropFirst(4)))
    } else {
      return nil
    }
  }

  /// Whether a text says where a secret lies, and so may be shown.
  public static func isReference(_ text: String) -> Bool { SecretReference(text) != nil }

  /// What is wrong with a secret or reference, a clause that never repeats it; nil: nothing.
  static func problem(with text: String, isURL: Bool) -> String? {
    if text.contains(PolicyValueKind.mask) { return "that is the mask shown in place of a secret, not the secret" }
    if !SafeText.isPlain(text) { return "it holds control or hidden characters" }
    switch SecretReference(text) {
    case .environment(let name):
      let isName =
        name.first.map { $0.isLetter || $0 == "_" } ?? false
        && name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
      return isName ? nil : "after env: the name of an environment variable is wanted"
    case .file(let path):
      return path.hasPrefix("/") || path.hasPrefix("~/") ? nil : "after file: a path that begins with / or ~/ is wanted"
    case .command(let command):
      return PolicyListText.trim(command).isEmpty ? "after cmd: a command is wanted" : nil
    case nil:
      if !isURL || text.hasPrefix("https://") || text.hasPrefix("http://") { return nil }
      return "it is neither a reference nor an http address"
    }
  }
}
