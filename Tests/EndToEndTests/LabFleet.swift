import FoundationEssentials
import LabKit

/// Some guests of a lab as one azlin watches and heals them, quickly, with what it said and did.
struct LabFleet {
  let azlin: Program
  /// Every event, a line each, as `autopilot run` prints them.
  let log: String
  private let process: String

  /// The quick policy of the lab.
  static let policy = """
    health_monitoring:
      interval: 10s
      timeouts: {connectivity: 2s, ssh: 5s}
    self_healing:
      recovery_delay: 1s
      power_after: 30s
      restart_delay: 5s
      boot_timeout: 30s

    """

  /// Watches and heals these guests by an azlin of their own while `body` runs, from when it has seen them well.
  static func watch(
    _ lab: Lab, _ guests: [LabGuest], healthy: Int? = nil, inventory: String? = nil, namespace: String? = nil,
    _ body: (LabFleet) async throws -> Void
  ) async throws {
    try await Program.with { azlin in
      let fleet = try await start(
        lab, guests, healthy: healthy, inventory: inventory, namespace: namespace, in: azlin)
      do { try await body(fleet) } catch {
        await fleet.stop()
        throw error
      }
      await fleet.stop()
    }
  }

  /// Starts an engine that heals these guests, once it has seen them well.
  /// - Parameters:
  ///   - healthy: how many of them are well to begin with.
  ///   - namespace: the network namespace that azlin runs in; nil: this machine's own.
  private static func start(
    _ lab: Lab, _ guests: [LabGuest], healthy: Int? = nil, inventory: String? = nil, namespace: String? = nil,
    in azlin: Program
  ) async throws -> LabFleet {
    try await azlin.write(inventory ?? lab.inventory(of: guests), to: "\(azlin.directory)/inventory.yaml")
    let hooks = ["on_failure", "on_recovery"].map { "  \($0): \(azlin.directory)/hooks/note.sh\n" }
    try await azlin.write(Self.policy + "hooks:\n" + hooks.joined(), to: "\(azlin.directory)/autopilot/defaults.yaml")
    try await azlin.write(
      "#!/bin/sh\necho \"$AZLIN_EVENT $1\" >> \"$AZLIN_CONFIG_DIR/logs/hooks.log\"\n",
      to: "\(azlin.directory)/hooks/note.sh", mode: "0700")
    try await LabCommand.succeed(["chmod", "-R", "go-rwx", azlin.directory])
    try await LabCommand.succeed(["mkdir", "-p", "\(azlin.directory)/logs"])
    // The guests' first keys are known before anything changes them.
    try await LabCommand.succeed(
      ["sh", "-c", #"cp "$1" "$(dirname "$2")/known_hosts""#, "sh", lab.knownHosts, azlin.sshConfiguration])
    let enabled = try await azlin.run("autopilot", "enable", "--all")
    guard enabled.status == 0 else { throw LabError.timedOut("enable: \(enabled.errors)") }
    let log = azlin.directory + "-events.log"
    let variables = azlin.environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    let entry = namespace.map { ["ip", "netns", "exec", $0] } ?? []
    let script = #"log=$1; shift; setsid "$@" >"$log" 2>&1 </dev/null & echo $!"#
    let process = try await LabCommand.succeed(
      ["sh", "-c", script, "sh", log] + entry + ["env"] + variables + [Program.path, "autopilot", "run"]
    ).text
    let fleet = LabFleet(azlin: azlin, log: log, process: process)
    let wanted = healthy ?? guests.count
    guard try await fleet.isHealthy(wanted, within: .seconds(90)) else {
      await fleet.stop()
      throw LabError.timedOut("not \(wanted) healthy: \(try await azlin.contents(of: log))")
    }
    return fleet
  }

  /// Waits until so many machines are healthy.
  func isHealthy(_ wanted: Int, within limit: Duration) async throws -> Bool {
    try await eventually(within: limit) {
      try await Task.sleep(for: .seconds(1))
      return try await azlin.run("autopilot", "status", "--all").output.contains("Healthy: \(wanted) VM")
    }
  }

  /// Ends the engine; what it said goes to the test's own output, for whoever has to find out.
  private func stop() async {
    for line in (try? await events()) ?? [] { print("[\(process)] \(line)") }
    _ = try? await LabCommand.run(["kill", "-TERM", process])
    _ = try? await eventually(within: .seconds(10)) {
      try await LabCommand.run(["kill", "-0", process]).status != 0
    }
  }

  func events() async throws -> [String] {
    try await azlin.contents(of: log).split(separator: "\n").map(String.init)
  }

  /// Waits for an event that holds all of these words.
  /// - Returns: whether it came.
  func says(_ words: String..., within limit: Duration) async throws -> Bool {
    try await eventually(within: limit) {
      try await Task.sleep(for: .seconds(1))
      return try await events().contains { line in words.allSatisfy { line.contains($0) } }
    }
  }

  func count(_ words: String...) async throws -> Int {
    try await events().count { line in words.allSatisfy { line.contains($0) } }
  }

  /// Remedies that were begun, `name remedy` each, oldest first.
  func remedies() async throws -> [String] {
    struct Record: Decodable {
      var machine: String
      var remedy: String
      var result: String
    }
    let text = try await azlin.run("autopilot", "status", "--recovery-log", "-o", "json").output
    guard let data = text.data(using: .utf8) else { return [] }
    return try JSONDecoder().decode([Record].self, from: data).map { "\($0.machine) \($0.remedy)" }
  }

  /// Lets the fleet go on for so many of its intervals: whatever would be done wrongly would be done by then.
  func passes(intervals: Int) async throws { try await Task.sleep(for: .seconds(10 * intervals)) }

  /// What the on-failure and on-recovery hooks were run for, `event machine` each, oldest first.
  func hookRuns() async throws -> [String] {
    try await LabCommand.run(["cat", "\(azlin.directory)/logs/hooks.log"]).output.split(separator: "\n")
      .map(String.init)
  }
}
