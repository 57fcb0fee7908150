import ArgumentParser
import FleetModel

/// What `pause`, `resume`, `ack`, `rearm` and `mute` share: whom they are about.
struct TargetOptions: ParsableArguments {
  @Argument(help: "Machines: a name, group/name or a glob.") var machines: [String] = []
  @Flag(help: "All machines.") var all = false

  /// - Throws: `ExitStatus` 64 where nothing was named.
  func selection(at site: Site) async throws -> FleetSelection {
    let word = try await FleetWord.read(site)
    let found = try Selection.machines(named: machines, all: all, among: word.statuses)
    return all && machines.isEmpty ? .all : .machines(found.map(\.machine.id))
  }
}

/// `azlin autopilot pause VM…|--all [--for 2h]`.
struct AutopilotPause: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pause", abstract: "Hold automatic remedies; monitoring goes on.")

  @OptionGroup var target: TargetOptions
  @Option(name: .customLong("for"), help: "How long, as in 2h; without it until resumed.") var span: String?
  @OptionGroup var output: OutputOptions
  @OptionGroup var global: GlobalOptions

  func run() async throws {
    let site = try Site(global)
    let duration = try span.map { text in
      do { return try DurationText.parse(text) } catch { throw ExitStatus(ExitStatus.usage, "--for: \(error)") }
    }
    let selection = try await target.selection(at: site)
    output.console(global).result("✓ \(try await CommandPost.submit(.pause(selection, for: duration), at: site))")
  }
}

/// `azlin autopilot resume VM…|--all`.
struct AutopilotResume: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "resume", abstract: "Let automatic remedies go on.")

  @OptionGroup var target: TargetOptions
  @OptionGroup var output: OutputOptions
  @OptionGroup var global: GlobalOptions

  func run() async throws {
    let site = try Site(global)
    let selection = try await target.selection(at: site)
    output.console(global).result("✓ \(try await CommandPost.submit(.resume(selection), at: site))")
  }
}

/// `azlin autopilot ack VM…|--all`.
struct AutopilotAck: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ack", abstract: "Seen: automatic remedies are held until the machine is healthy, or 24 h.")

  @OptionGroup var target: TargetOptions
  @OptionGroup var output: OutputOptions
  @OptionGroup var global: GlobalOptions

  func run() async throws {
    let site = try Site(global)
    let selection = try await target.selection(at: site)
    output.console(global).result("✓ \(try await CommandPost.submit(.acknowledge(selection), at: site))")
  }
}

/// `azlin autopilot rearm VM…|--all`.
struct AutopilotRearm: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rearm", abstract: "Let a ladder that called for a human begin anew, with all its attempts.")

  @OptionGroup var target: TargetOptions
  @OptionGroup var output: OutputOptions
  @OptionGroup var global: GlobalOptions

  func run() async throws {
    let site = try Site(global)
    let selection = try await target.selection(at: site)
    output.console(global).result("✓ \(try await CommandPost.submit(.rearm(selection), at: site))")
  }
}

/// `azlin autopilot mute VM…|--all [--for 2h]`.
struct AutopilotMute: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mute", abstract: "Notify nobody of these machines for a while; watching and healing go on.")

  @OptionGroup var target: TargetOptions
  @Option(name: .customLong("for"), help: "How long, as in 2h; 0s ends it.") var span = "2h"
  @OptionGroup var output: OutputOptions
  @OptionGroup var global: GlobalOptions

  func run() async throws {
    let site = try Site(global)
    let duration: Duration
    do { duration = try DurationText.parse(span) } catch { throw ExitStatus(ExitStatus.usage, "--for: \(error)") }
    let selection = try await target.selection(at: site)
    let command = OperatorCommand.mute(selection, for: duration == .zero ? nil : duration)
    output.console(global).result("✓ \(try await CommandPost.submit(command, at: site))")
  }
}

/// `azlin autopilot accept-inventory`.
struct AutopilotAcceptInventory: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "accept-inventory", abstract: "Machines that are missing from their provider's list are gone.")

  @OptionGroup var output: OutputOptions
  @OptionGroup var global: GlobalOptions

  func run() async throws {
    let site = try Site(global)
    output.console(global).result("✓ \(try await CommandPost.submit(.acceptInventory, at: site))")
  }
}
