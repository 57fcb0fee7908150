import ArgumentParser

/// `azlin autopilot …`: everything the user document promises under that name.
struct AutopilotCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "autopilot",
    abstract: "Health monitoring and self-healing: run, enable, configure, ask, intervene.",
    subcommands: [
      AutopilotRun.self, AutopilotEnable.self, AutopilotDisable.self, AutopilotConfig.self, AutopilotStatus.self,
      AutopilotRecover.self, AutopilotPause.self, AutopilotResume.self, AutopilotAck.self,
      AutopilotRearm.self, AutopilotMute.self, AutopilotAcceptInventory.self,
      AutopilotAcceptHostKey.self,
    ])
}
