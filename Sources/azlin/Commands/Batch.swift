import ArgumentParser
import FleetModel
import Glibc
import Hosts

/// `azlin batch`: one order for many machines.
struct Batch: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "batch", abstract: "Start, stop or restart many machines, or run an azlin command for each.",
    subcommands: [BatchStart.self, BatchStop.self, BatchRestart.self, BatchCommand.self])
}

/// What all batches share.
struct BatchOptions: ParsableArguments {
  @Argument(
    help: ArgumentHelp(
      "Machines (names, group/name or globs), then perhaps one quoted command that begins with azlin: it is carried "
        + "out here once for each of them, its name inserted."))
  var words: [String] = []
  @Option(name: .customLong("where"), help: "Machines that match this query (as typed after /).") var query: String?
  @Flag(help: "All machines.") var all = false
  @Option(help: "Machines at once, 1–50.") var maxWorkers = 4
  @OptionGroup var output: OutputOptions
  @OptionGroup var global: GlobalOptions

  var patterns: [String] { words.filter { !Self.isCommand($0) } }

  func validate() throws {
    guard (1...50).contains(maxWorkers) else { throw ValidationError("--max-workers must be between 1 and 50") }
    guard words.count(where: Self.isCommand) <= 1 else { throw ValidationError("one quoted azlin command, not more") }
  }

  /// The quoted command's words without its first; nil: there is none.
  func command() throws -> [String]? {
    guard let text = words.first(where: Self.isCommand) else { return nil }
    do { return Array(try HostCommand(text).arguments(name: "", address: "", home: "~").dropFirst()) } catch {
      throw ExitStatus(ExitStatus.usage, "'\(SafeText.line(text))': \(error)")
    }
  }

  private static func isCommand(_ word: String) -> Bool { word == "azlin" || word.hasPrefix("azlin ") }

  func machines(in word: FleetWord) throws -> [MachineStatus] {
    try Selection.machines(named: patterns, all: all, where: query, among: word.statuses)
  }
}

/// `azlin batch start PATTERN…`.
struct BatchStart: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "start", abstract: "Start machines that are off.")

  @OptionGroup var batch: BatchOptions
  @Option(help: "Afterwards enable or disable autopilot for them.") var autopilot: BatchAutopilot?
  @Flag(help: "Start those too that are off on purpose.") var includeOff = false

  func run() async throws {
    try await BatchRun(batch, autopilot: autopilot).power(.start, asks: false) { status in
      if status.readings.power.value == .running { return "running already" }
      return status.verdict == .off && !includeOff ? "off on purpose (--include-off starts it)" : nil
    }
  }
}

/// `azlin batch stop PATTERN…`.
struct BatchStop: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stop", abstract: "Stop machines; they are off on purpose then, and not healed.")

  @OptionGroup var batch: BatchOptions
  @Option(help: "Afterwards enable or disable autopilot for them.") var autopilot: BatchAutopilot?
  @Flag(name: .shortAndLong, help: "Do not ask.") var yes = false

  func run() async throws {
    try await BatchRun(batch, autopilot: autopilot).power(.stop, asks: !yes) { status in
      status.readings.power.value?.isOff == true ? "off already" : nil
    }
  }
}

/// `azlin batch restart PATTERN…`.
struct BatchRestart: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "restart", abstract: "Restart machines that run.")

  @OptionGroup var batch: BatchOptions
  @Option(help: "Afterwards enable or disable autopilot for them.") var autopilot: BatchAutopilot?
  @Flag(name: .shortAndLong, help: "Do not ask.") var yes = false

  func run() async throws {
    try await BatchRun(batch, autopilot: autopilot).power(.restart, asks: !yes) { status in
      status.readings.power.value?.isOff == true ? "it is off" : nil
    }
  }
}

/// `azlin batch command PATTERN… 'azlin …'`.
struct BatchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "command", abstract: "Carry out a quoted azlin command once for each machine.")

  @OptionGroup var batch: BatchOptions

  func run() async throws {
    let run = BatchRun(batch, autopilot: nil)
    guard try batch.command() != nil else {
      throw ExitStatus(
        ExitStatus.usage, "no command was given: batch command 'vm-*' \"azlin autopilot status\" (in quotes)")
    }
    try await run.commandOnly()
  }
}

/// What becomes of autopilot after a batch.
enum BatchAutopilot: String, ExpressibleByArgument, CaseIterable { case enable, disable }
