import FleetModel

/// Tells a shell that runs our script from everything else a login may start: nologin, a forced command, a menu.
enum ShellProof {
  private static let line = "azlin: this is a shell"

  /// The script, preceded by the line that proves it is read by a shell.
  static func framed(_ script: String) -> String { "echo '\(line)'\n\(script)" }

  /// What the script itself printed; nil: no shell read it. Chatter of the login before it is left out.
  static func output(after text: String) -> String? {
    if text.hasPrefix(line + "\n") { return String(text.dropFirst(line.count + 1)) }
    var rest = text[...]
    while let end = rest.firstIndex(of: "\n") {
      if rest[..<end] == line { return String(rest[rest.index(after: end)...]) }
      rest = rest[rest.index(after: end)...]
    }
    return nil
  }

  /// The finding where no shell read the script.
  static func failure(status: Int?, output: String, errors: String) -> SSHFailure {
    let said = (output + "\n" + errors).split(whereSeparator: \.isNewline).first { !$0.allSatisfy(\.isWhitespace) }
    let words = said.map { ": \(SafeText.line(String($0.prefix(120))))" } ?? ""
    let ending = status.map { "exit status \($0)" } ?? "ended by a signal"
    return .shellFailed("the login runs something else than a shell (\(ending))\(words)")
  }
}
