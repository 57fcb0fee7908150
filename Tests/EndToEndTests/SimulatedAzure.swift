import Foundation
import LabKit

/// An azlin whose Azure is `azlin simulate serve` in a process of its own.
struct SimulatedAzure {
  let azlin: Program
  /// Every call that reached the fleet, one JSON line each.
  let trace: String
  let server: Int32
  private let variables: [String: String]

  private struct Ready: Decodable {
    var arm: String
    var token: String
    var identityHeader: String
    var subscription: String
    var guestProxy: String?

    static var decoder: JSONDecoder {
      let decoder = JSONDecoder()
      decoder.keyDecodingStrategy = .convertFromSnakeCase
      return decoder
    }
  }

  /// Serves a fleet while `body` runs.
  /// - Parameter clockOffset: as `--clock-offset` takes it.
  static func with<Result: Sendable>(
    vms: Int = 8, speed: Double = 10, clockOffset: String = "0s", _ body: (SimulatedAzure) async throws -> Result
  ) async throws -> Result {
    try await Program.with { azlin in
      let folder = azlin.directory + "-azure"
      try await LabCommand.succeed(["mkdir", "-p", folder])
      // setsid: the server outlives the shell, and nobody's terminal is its own.
      let script = #"""
        setsid "$1" simulate serve --port 0 --vms "$2" --speed "$3" --clock-offset="$5" --trace "$4/trace" >"$4/ready" 2>"$4/errors" </dev/null &
        echo $!
        """#
      let started = try await LabCommand.succeed(
        ["sh", "-c", script, "sh", Program.path, "\(vms)", "\(speed)", folder, clockOffset])
      guard let process = Int32(started.text) else { throw LabError.timedOut("no server: \(started.output)") }
      var ready: Ready?
      _ = try await eventually(within: .seconds(60)) {
        let line = try await azlin.contents(of: folder + "/ready")
        ready = try? Ready.decoder.decode(Ready.self, from: Data(line.utf8))
        return ready != nil
      }
      guard let ready else {
        let errors = try await azlin.contents(of: folder + "/errors")
        _ = try await LabCommand.run(["kill", "\(process)"])
        throw LabError.timedOut("the simulator did not get ready: \(errors)")
      }
      try PlantedSecret.tell(ready.identityHeader)
      try await LabCommand.succeed(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder + "/key"])
      let azure = SimulatedAzure(
        azlin: azlin, trace: folder + "/trace", server: process,
        variables: [
          "AZLIN_ARM_ENDPOINT": ready.arm, "IDENTITY_ENDPOINT": ready.token, "IDENTITY_HEADER": ready.identityHeader,
          "AZURE_SUBSCRIPTION_ID": ready.subscription, "AZLIN_GUEST_PROXY": ready.guestProxy ?? "",
          "AZURE_TOKEN_CREDENTIALS": "ManagedIdentityCredential",
        ])
      do {
        try await azure.watchAll()
        let result = try await body(azure)
        _ = try await LabCommand.run(["kill", "\(process)"])
        return result
      } catch {
        _ = try await LabCommand.run(["kill", "\(process)"])
        throw error
      }
    }
  }

  /// Everything is watched, quickly.
  private func watchAll() async throws {
    try await azlin.write(
      """
      watch: "vm-*"
      health_monitoring:
        interval: 10s
        confirm: 1
        timeouts: {connectivity: 2s, ssh: 5s}
      self_healing:
        recovery_delay: 1s
      access:
        identity: \(azlin.directory)-azure/key

      """, to: "\(azlin.directory)/autopilot/defaults.yaml")
    try await LabCommand.succeed(["chmod", "-R", "go-rwx", azlin.directory])
  }

  var environment: [String: String] { azlin.environment.merging(variables) { $1 } }

  /// Runs a command to its end.
  func run(_ arguments: String..., seconds: Int = 120) async throws -> LabOutput {
    try await azlin.run(arguments, environment, seconds: seconds)
  }

  /// The same, with other variables over the usual ones.
  func run(_ arguments: [String], _ others: [String: String], seconds: Int = 120) async throws -> LabOutput {
    try await azlin.run(arguments, environment.merging(others) { $1 }, seconds: seconds)
  }

  /// Starts a command and lets it run.
  /// - Returns: its process id.
  func start(_ arguments: String..., output: String) async throws -> Int32 {
    let words = environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    let script = #"out=$1; shift; setsid env "$@" >"$out" 2>&1 </dev/null & echo $!"#
    let started = try await LabCommand.succeed(["sh", "-c", script, "sh", output] + words + [Program.path] + arguments)
    guard let process = Int32(started.text) else { throw LabError.timedOut("not started: \(started.output)") }
    return process
  }

  func screen(_ arguments: String..., columns: Int = 120, rows: Int = 40) async throws -> TmuxScreen {
    try await TmuxScreen.start(
      [Program.path] + arguments, columns: columns, rows: rows, environment: environment)
  }

  /// The calls that changed something, or tried to, as `METHOD path` without query.
  func orders() async throws -> [String] {
    struct Call: Decodable {
      var method: String
      var path: String
    }
    return try await azlin.contents(of: trace).split(separator: "\n").compactMap { line in
      guard let call = try? JSONDecoder().decode(Call.self, from: Data(line.utf8)), call.method != "GET" else {
        return nil
      }
      let path = call.path.split(separator: "?")[0]
      // A query of Resource Graph is a POST, and the director's own calls are none of azlin's.
      let isOrder = !path.lowercased().contains("microsoft.resourcegraph") && !path.hasPrefix("/azlin/")
      return isOrder ? "\(call.method) \(path)" : nil
    }
  }

  func orders(ending word: String) async throws -> Int {
    try await orders().filter { $0.lowercased().hasSuffix(word.lowercased()) }.count
  }
}
