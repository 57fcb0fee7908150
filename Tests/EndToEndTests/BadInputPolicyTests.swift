import LabKit
import Testing

@Suite("Bad input in files: place, remedy, exit 78, nothing lost")
struct BadInputPolicyTests {
  private static let broken = """
    health_monitoring:
      interval: 5m
     level: basic

    """
  private static let unknownKey = """
    health_monitoring:
      # The interval of the night shift.
      intervall: 5m

    """
  private static let crossed = """
    thresholds:
      cpu_warning: 95
      cpu_critical: 90

    """
  /// Every command that would write to web-1's file.
  private static let writers = [
    ["autopilot", "config", "web-1", "--memory-critical", "97"], ["autopilot", "enable", "web-1", "--level", "basic"],
    ["autopilot", "disable", "web-1", "--keep-config"],
  ]

  @Test("A malformed policy file is never rewritten, and its fault has a line and a column")
  func malformed() async throws {
    try await BadInput.with(["autopilot/web-1.yaml": Self.broken]) { azlin in
      try await azlin.refuses(Self.writers, code: 78, saying: ["autopilot/web-1.yaml:3:", "not YAML"])
    }
  }

  @Test(
    "Faults of a policy file are said with the machine's policy and status, and it is not healed",
    arguments: [
      (broken, ["autopilot/web-1.yaml:3:", "not YAML"]),
      (unknownKey, ["autopilot/web-1.yaml:3:3:", "intervall", "did you mean interval?"]),
      (crossed, ["autopilot/web-1.yaml:2:16:", "95", "must be below", "90", "lower the one or raise the other"]),
    ])
  func shown(text: String, wanted: [String]) async throws {
    try await BadInput.with(["autopilot/web-1.yaml": text]) { azlin in
      for command in [["autopilot", "config", "web-1", "--show"], ["autopilot", "status", "web-1"]] {
        let result = try await azlin.run(command)
        for part in wanted + ["nothing is healed here until that is mended"] {
          #expect(result.errors.contains(part), "\(command): \(result.errors)")
        }
      }
      let status = try await azlin.run("autopilot", "status", "web-1")
      #expect(status.output.contains("Self-Healing: Disabled"))
      #expect(try await azlin.contents(of: "\(azlin.directory)/autopilot/web-1.yaml") == text)
    }
  }

  @Test("A flag that would put warning at or above critical is refused, with both values")
  func crossedFlags() async throws {
    try await BadInput.with { azlin in
      try await azlin.refuses(
        [
          ["autopilot", "config", "web-1", "--cpu-warning", "95", "--cpu-critical", "90"],
          ["autopilot", "config", "web-1", "--cpu-warning", "99"],
        ], code: 78, saying: ["autopilot/web-1.yaml:2:", "cpu_warning 9", "must be below", "lower the one"])
    }
  }

  @Test(
    "--from-file names its own file, line and column, and leaves the policy in force, dry or not",
    arguments: [
      (broken, "new.yaml:3:"), (unknownKey, "new.yaml:3:3:"), (crossed, "new.yaml:2:16:"),
    ])
  func fromFile(text: String, place: String) async throws {
    let old = "health_monitoring:\n  interval: 7m\n"
    try await BadInput.with(["autopilot/web-1.yaml": old, "new.yaml": text]) { azlin in
      let command = ["autopilot", "config", "web-1", "--from-file", "\(azlin.directory)/new.yaml"]
      try await azlin.refuses([command, command + ["--dry-run"]], code: 78, saying: [place])
      #expect(try await azlin.contents(of: "\(azlin.directory)/autopilot/web-1.yaml") == old)
    }
  }

  @Test("--from-file of a file that is not there, or is none, says so")
  func missingFile() async throws {
    try await BadInput.with { azlin in
      let command = ["autopilot", "config", "web-1", "--from-file"]
      try await azlin.refuses([command + ["/nowhere/p.yaml"]], code: 78, saying: ["/nowhere/p.yaml does not exist"])
      try await azlin.refuses([command + [azlin.directory]], code: 78, saying: ["it is not a regular file"])
    }
  }

  @Test("A dry run says what would change and writes nothing")
  func dryRun() async throws {
    try await BadInput.with(["new.yaml": "health_monitoring:\n  interval: 7m\n"]) { azlin in
      let before = try await azlin.state()
      let edit = try await azlin.run("autopilot", "config", "web-1", "--cpu-critical", "97", "--dry-run")
      #expect(edit.status == 0)
      #expect(edit.output.contains("+  cpu_critical: 97"))
      let load = try await azlin.run(
        "autopilot", "config", "web-1", "--from-file", "\(azlin.directory)/new.yaml", "--dry-run")
      #expect(load.status == 0)
      #expect(load.output.contains("nothing was written"))
      #expect(try await azlin.state() == before)
    }
  }

  @Test(
    "A wrong inventory is refused whole, with every fault and its place",
    arguments: [
      ("hosts:\n  - name: a\n   - b: [\n", ["inventory.yaml:3:"]),
      (
        "hosts:\n  - name: a\n    adress: x\n    port: 99999\n",
        ["inventory.yaml:3:5: unknown key 'adress'", "did you mean 'address'?", "inventory.yaml:4:11:", "1 to 65535"]
      ),
      ("hosts:\n  - name: a\n  - name: a\n", ["inventory.yaml:3:5:", "'a' stands already at", ":2:5"]),
      ("hosts:\n  - name: \"a\\e[31mb\"\n", ["inventory.yaml:2:11:", "'name' holds"]),
      ("hosts:\n  - {name: a, address: -oProxyCommand=x}\n", ["inventory.yaml:2:", "begins with a dash"]),
    ])
  func inventory(text: String, wanted: [String]) async throws {
    try await BadInput.with { azlin in
      try await azlin.write(text, to: "\(azlin.directory)/inventory.yaml")
      try await azlin.refuses(
        [["list"], ["autopilot", "status"], ["autopilot", "enable", "--all"], ["top", "--plain"]], code: 78,
        saying: wanted)
    }
  }

  @Test("An inventory that anybody may write is not used: its commands run as the operator")
  func writableInventory() async throws {
    try await BadInput.with { azlin in
      try await LabCommand.succeed(["chmod", "666", "\(azlin.directory)/inventory.yaml"])
      try await azlin.refuses([["list"], ["autopilot", "run"]], code: 78, saying: ["inventory.yaml: ", "chmod o-w"])
    }
  }
}
