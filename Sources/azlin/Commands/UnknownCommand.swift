import ArgumentParser
import FleetModel

/// What is said of a word that stands where a command is expected.
enum UnknownCommand {
  /// The nearest command, or all of them where none is near; nil: every word in a command's place is one.
  static func sentence(for words: [String]) -> String? {
    var command: any ParsableCommand.Type = Azlin.self
    var path = "azlin"
    for word in words {
      let commands = command.configuration.subcommands
      guard !word.hasPrefix("-"), !commands.isEmpty else { return nil }
      if let next = commands.first(where: { $0._commandName == word }) {
        command = next
        path += " \(word)"
        continue
      }
      let names = commands.map { $0._commandName } + ["help"]
      guard !names.contains(word) else { return nil }
      let hint = NearestName.nearest(to: word, in: names).map { "did you mean '\(path) \($0)'?" }
      return "'\(word)' is no command of \(path); \(hint ?? "there are \(names.joined(separator: ", "))")"
    }
    return nil
  }
}
