/// The part of a POSIX shell that a simulated guest has: `echo`, `printf` of one word, `true`, `false`, `:`, `exit`,
/// groups in parentheses, `;`, `&&`, `||`, quotes, `$?`, and the programs of `GuestFacts`.
package enum GuestShell {
  /// What a script came to.
  package struct Outcome: Hashable, Sendable {
    package var stdout = ""
    package var stderr = ""
    /// 0–255.
    package var exitCode = 0
  }

  /// Runs `script` from top to bottom; a command the guest has not ends with 127, as in any shell.
  /// - Parameters:
  ///   - facts: what the guest's programs see.
  ///   - status: what `$?` is in the beginning.
  package static func run(script: String, in facts: GuestFacts, status: Int = 0) -> Outcome {
    var outcome = Outcome(exitCode: status)
    var skips = false
    for statement in ShellStatement.all(in: script) {
      switch statement.link {
      case .always: skips = false
      case .and: skips = outcome.exitCode != 0
      case .or: skips = outcome.exitCode == 0
      }
      if skips { continue }
      let words = statement.words.map { $0.text(status: outcome.exitCode) }
      guard let command = words.first else { continue }
      let rest = Array(words.dropFirst())
      switch command {
      case "echo":
        let isOpen = rest.first == "-n"
        outcome.stdout += (isOpen ? rest.dropFirst() : rest[...]).joined(separator: " ") + (isOpen ? "" : "\n")
        outcome.exitCode = 0
      case "printf":
        outcome.stdout += (rest.first ?? "").replacing("\\n", with: "\n")
        outcome.exitCode = 0
      case "true", ":", "cd", "export", "set", "unset", "umask": outcome.exitCode = 0
      case "false": outcome.exitCode = 1
      case "exit":
        outcome.exitCode = (rest.first.flatMap { Int($0) } ?? outcome.exitCode) & 255
        if statement.depth == 0 { return outcome }
      default:
        let ran = facts.run(words) ?? Outcome(stderr: "sh: 1: \(command): not found\n", exitCode: 127)
        outcome.stdout += ran.stdout
        outcome.stderr += ran.stderr
        outcome.exitCode = ran.exitCode
      }
    }
    return outcome
  }
}
