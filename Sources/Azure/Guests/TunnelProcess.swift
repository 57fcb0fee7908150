import FleetModel
import GuestAccess

/// One `az network bastion tunnel`, from its start to its end; cancelled, its whole process group is killed.
struct TunnelProcess: Sendable {
  let program: String
  let bastion: ResourcePath
  /// The machine's resource id.
  let target: String
  /// Of the machine.
  let port: Int
  /// Of 127.0.0.1.
  let localPort: UInt16
  let patience: Duration
  let loop: EpollExecutor

  private enum Event: Sendable {
    case listening, late, ended(LocalCommand.Outcome)
  }

  private var arguments: [String] {
    [
      "network", "bastion", "tunnel", "--name", bastion.name, "--resource-group", bastion.group, "--subscription",
      bastion.subscription, "--target-resource-id", target, "--resource-port", String(port), "--port",
      String(localPort),
    ]
  }

  /// Runs it.
  /// - Parameter ready: called once, when the near end listens.
  /// - Returns: why it has ended, for an operator.
  func run(_ ready: @escaping @Sendable () -> Void) async -> String {
    let command = LocalCommand(program, arguments, environment: ["AZURE_CORE_NO_COLOR": "1"])
    return await withTaskGroup(of: Event.self) { group in
      group.addTask { .ended(await command.run(until: .now + .days(365), on: loop)) }
      group.addTask { await waitForListener() }
      var isLate = false
      for await event in group {
        switch event {
        case .listening: ready()
        case .late:
          isLate = true
          group.cancelAll()
        case .ended(let outcome):
          group.cancelAll()
          return isLate ? "az opened none in \(Int(patience.inSeconds)) s" : Self.words(of: outcome)
        }
      }
      return "az was not started"
    }
  }

  private func waitForListener() async -> Event {
    let deadline = ContinuousClock.now + patience
    while !Task.isCancelled {
      // Looked up, not dialled: every connection to az makes it open one to the machine.
      if LocalPorts.isListening(localPort) { return .listening }
      guard ContinuousClock.now < deadline else { return .late }
      _ = await loop.sleep(until: .now + .milliseconds(100))
    }
    return .late
  }

  private static func words(of outcome: LocalCommand.Outcome) -> String {
    switch outcome {
    case .exited(let status, _, let errors):
      let line = errors.split(whereSeparator: \.isNewline).last { !$0.allSatisfy(\.isWhitespace) } ?? "no reason given"
      return "az ended with exit status \(status): \(SafeText.line(String(line.prefix(300))))"
    case .timedOut: return "it was closed"
    case .failed(let why):
      return
        "\(SafeText.line(String(why.prefix(300)))); is the Azure CLI installed, with `az extension add --name bastion`?"
    }
  }
}
