import ArgumentParser

/// `azlin simulate …`.
struct SimulateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "simulate", abstract: "A simulated Azure, for tests and for trying policies.",
    subcommands: [SimulateServe.self, SimulateRun.self, SimulateInject.self, SimulateHeal.self])
}
