import ARMSimulator
import ArgumentParser
import FleetModel
import Simulator
import Terminal

/// Where the simulator is that `inject` and `heal` speak to.
struct SimulatorOptions: ParsableArguments {
  @Option(help: "The arm URL that azlin simulate serve printed (default: AZLIN_ARM_ENDPOINT).") var endpoint: String?
  @Flag(help: "The whole fleet.") var all = false

  func director() throws -> SimulatorDirector {
    let environment = ProcessEnvironment.current()
    let url = endpoint ?? environment["AZLIN_ARM_ENDPOINT"] ?? ""
    guard !url.isEmpty else {
      throw ExitStatus(
        ExitStatus.usage,
        "no simulator is named: give --endpoint URL or set AZLIN_ARM_ENDPOINT, as azlin simulate serve says")
    }
    let certificate = environment["AZLIN_CA_FILE"].flatMap { $0.isEmpty ? nil : $0 }
    do { return try SimulatorDirector(endpoint: url, certificate: certificate) } catch {
      throw SimulateOutcome.status(error)
    }
  }
}

/// The exit codes of a director's failures.
enum SimulateOutcome {
  static func status(_ failure: SimulatorDirector.Failure) -> ExitStatus {
    switch failure {
    case .unreachable(let why): ExitStatus(ExitStatus.unavailable, why)
    case .endpoint(let why), .refused(let why): ExitStatus(ExitStatus.usage, why)
    }
  }
}

/// `azlin simulate inject VM FAULT [--for 5m]`.
struct SimulateInject: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inject", abstract: "Let a fault strike a VM of a served simulator, or its whole fleet.",
    discussion: """
      Faults of a VM: \(SimulatedFault.allCases.map(\.rawValue).joined(separator: " ")).
      Of the fleet (--all instead of a VM): \(ControlFault.allCases.map(\.rawValue).joined(separator: " ")) subnet-down.
      """)

  @Argument(help: "VM and fault; with --all the fault alone.") var words: [String] = []
  @Option(name: .customLong("for"), help: "How long, as in 5m; without it until it is healed.") var span: String?
  @OptionGroup var simulator: SimulatorOptions

  func run() async throws {
    guard words.count == (simulator.all ? 1 : 2), let fault = words.last else {
      throw ExitStatus(
        ExitStatus.usage,
        "inject takes a VM and a fault, or --all and a fault, as in: azlin simulate inject vm-web-01 ssh-down")
    }
    let duration = try span.map { text in
      do { return try DurationText.parse(text) } catch { throw ExitStatus(ExitStatus.usage, "--for: \(error)") }
    }
    let vm = simulator.all ? "--all" : words[0]
    let director = try simulator.director()
    do throws(SimulatorDirector.Failure) {
      let struck = try await director.inject(fault, on: vm, for: duration)
      let end = duration.map { " for \(DurationText.text($0))" } ?? ""
      Console(color: .never, isQuiet: false).result("✓ \(fault) in \(struck == "--all" ? "the fleet" : struck)\(end)")
    } catch {
      throw SimulateOutcome.status(error)
    }
  }
}

/// `azlin simulate heal VM`.
struct SimulateHeal: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "heal", abstract: "End every fault of a VM of a served simulator, or of its whole fleet.")

  @Argument(help: "The VM; none with --all.") var vm: String?
  @OptionGroup var simulator: SimulatorOptions

  func run() async throws {
    guard (vm == nil) == simulator.all else {
      throw ExitStatus(ExitStatus.usage, "heal takes a VM or --all")
    }
    let director = try simulator.director()
    do throws(SimulatorDirector.Failure) {
      let healed = try await director.heal(vm ?? "--all")
      Console(color: .never, isQuiet: false).result("✓ \(healed == "--all" ? "the fleet" : healed) is well")
    } catch {
      throw SimulateOutcome.status(error)
    }
  }
}
