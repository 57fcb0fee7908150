import ArgumentParser
import FleetModel
import Glibc
import Journal
import Terminal

/// The program: what needs a screen has its signals blocked before the first thread is started.
@main
enum Main {
  static func main() async {
    if ScreenCommand.isMeant(by: Array(CommandLine.arguments.dropFirst())) {
      CrashBacktrace.neverAsk()
      TerminalSignals.blockEarly()
    }
    do {
      var command = try Azlin.parseAsRoot()
      if var command = command as? any AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
      leave(0)
    } catch {
      end(with: error)
    }
  }

  /// Says what went wrong in one place, with the exit code of its kind.
  private static func end(with error: any Error) -> Never {
    switch error {
    case let status as ExitStatus:
      if !status.description.isEmpty { Console.error(status.description) }
      leave(status.code)
    case let error as TerminalError:
      Console.error(error.description)
      leave(ExitStatus.usage)
    case let refusal as CommandRefusal:
      Console.error(refusal.description)
      leave(ExitStatus.failed)
    default:
      if let code = ErrorCodes.code(of: error) {
        Console.error("\(error)")
        leave(code)
      }
      // Help and the version are no errors.
      if Azlin.exitCode(for: error).isSuccess { Azlin.exit(withError: error) }
      Console.error(
        UnknownCommand.sentence(for: Array(CommandLine.arguments.dropFirst()))
          ?? Azlin.fullMessage(for: error).trimmingPrefix("Error: ").description)
      leave(Azlin.exitCode(for: error).rawValue)
    }
  }
}

/// Ends the process without the exit handlers of libraries: threads with live SSH sessions may still use them.
private func leave(_ code: Int32) -> Never {
  fflush(nil)
  _exit(code)
}

/// Which words on the command line open a screen.
enum ScreenCommand {
  private static let words: Set<String> = ["top", "demo"]
  private static let others: Set<String> = [
    "list", "status", "autopilot", "batch", "simulate", "help", "themes", "keys",
  ]

  /// Without a subcommand it is the dashboard.
  static func isMeant(by arguments: [String]) -> Bool {
    for word in arguments {
      if words.contains(word) { return true }
      if others.contains(word) { return false }
    }
    return true
  }
}

/// `azlin`: the root of the command line.
struct Azlin: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "azlin",
    abstract: "Watches Azure VMs and SSH hosts on one screen, and heals what it safely can.",
    discussion: """
      Without a subcommand: the dashboard on this machine and the hosts of ~/.azlin/inventory.yaml.
      A first look without any host: azlin demo
      """,
    version: "azlin 0.4.0",
    subcommands: [
      Top.self, Demo.self, List.self, Status.self, AutopilotCommand.self, Batch.self, SimulateCommand.self,
    ],
    defaultSubcommand: Top.self)
}
