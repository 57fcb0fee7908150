import LabKit
import Testing

@Suite("Bad input on the command line: exit 64, the nearest, nothing written")
struct BadInputCommandTests {
  @Test(
    "What cannot be meant is refused with what was probably meant",
    arguments: [
      (["lsit"], ["'lsit' is no command of azlin", "did you mean 'azlin list'?"]),
      (["autopilot", "statsu"], ["'statsu' is no command of azlin autopilot", "'azlin autopilot status'"]),
      (["zzzzzzzz"], ["no command of azlin; there are top, demo"]),
      (["autopilot", "status", "--chek-now"], ["--chek-now", "--check-now"]),
      (["--hots", "x"], ["--hots", "--hosts"]),
      (["autopilot", "config", "web-1", "--cpu-critcal", "9"], ["unknown flag --cpu-critcal", "--cpu-critical"]),
      (["autopilot", "config", "web-1", "--cpu-critical"], ["--cpu-critical needs a value"]),
      (["autopilot", "config", "web-1", "--health-interval", "soon"], ["soon", "is not a duration", "1h30m"]),
      (["autopilot", "recover", "web-1", "--remedy", "restrt-ssh"], ["is no remedy", "restart-ssh"]),
      (["autopilot", "enable", "web-2"], ["'web-2' is not known", "'web-1'"]),
      (["autopilot", "status", "web-2"], ["'web-2' is not known", "'web-1'"]),
      (["autopilot", "enable", "db-1"], ["'db-1' is ambiguous", "prod/db-1", "test/db-1"]),
      (["autopilot", "config", "db-1", "--cpu-critical", "97"], ["ambiguous", "prod/db-1", "test/db-1"]),
      (["autopilot", "enable", "zz-*"], ["no machine matches 'zz-*'"]),
      (["autopilot", "enable"], ["no machine was named", "--all"]),
      (["autopilot", "disable"], ["no machine was named", "--all"]),
      (["autopilot", "pause"], ["no machine was named", "--all"]),
      (["autopilot", "ack"], ["no machine was named", "--all"]),
      (["autopilot", "pause", "--all", "--for", "ever"], ["--for", "is not a duration"]),
      (["autopilot", "status", "--where", "cpu>"], ["--where", "column", "a value is missing"]),
      (["autopilot", "status", "--where", "name:zz"], ["no machine matches --where"]),
      (["list", "--hosts", "a,,b"], ["--hosts", "an entry is empty", "user@host:port"]),
      (["list", "--hosts", "a:70000"], ["--hosts", "1 to 65535"]),
      (["list", "-o", "jsn"], ["jsn", "'text'", "'json'"]),
      (["list", "--color", "maybe"], ["maybe", "'never'"]),
    ])
  func refused(command: [String], wanted: [String]) async throws {
    try await BadInput.with { azlin in try await azlin.refuses([command], code: 64, saying: wanted) }
  }

  @Test("Names come back visible: no escape sequence of a name or value reaches the terminal")
  func hostile() async throws {
    let name = "web\u{1B}]0;owned\u{7}\u{1B}[31m\u{202E}1"
    try await BadInput.with(["autopilot/web-1.yaml": "\"\(name.replacing("\u{1B}", with: "\\e"))\": 1\n"]) { azlin in
      let commands = [
        [name], ["autopilot", name], ["autopilot", "enable", name], ["autopilot", "config", "web-1", "--" + name],
        ["autopilot", "status", "--where", name], ["list", "--hosts", name], ["list", "--inventory", name],
        ["list", "-o", name], ["top", "--theme", name], ["autopilot", "config", "web-1", "--show"],
        ["autopilot", "config", "web-1", "--from-file", name], ["autopilot", "recover", "web-1", "--remedy", name],
        ["autopilot", "pause", "--all", "--for", name], ["list", "--config-dir", "/nowhere/" + name],
      ]
      for command in commands {
        let result = try await azlin.run(command)
        let said = (result.output + result.errors).unicodeScalars
        let raw = said.filter { ($0.value < 0x20 && $0 != "\n") || $0.value == 0x7F || $0 == "\u{202E}" }
        #expect(raw.isEmpty, "\(command.map { $0.debugDescription }): \(result.errors.debugDescription)")
      }
    }
  }

  @Test("JSON parses, has null for what is unknown, and no colour however much is asked for")
  func json() async throws {
    try await BadInput.with { azlin in
      let commands = [
        ["list", "-o", "json"], ["status", "prod/db-1", "-o", "json"], ["autopilot", "status", "--all", "-o", "json"],
        ["autopilot", "status", "web-1", "-o", "json", "--color", "always"],
        ["autopilot", "status", "--recovery-log", "-o", "json"],
      ]
      for command in commands {
        let result = try await azlin.run(command)
        let parsed = try await LabCommand.run(["python3", "-m", "json.tool"], input: result.output)
        #expect(parsed.status == 0, "\(command): \(parsed.errors)\n\(result.output)")
        #expect(!result.output.contains("\u{1B}"))
        guard !command.contains("--recovery-log") else { continue }
        #expect(result.output.contains("\"cpu_percent\" : null"), "\(command): \(result.output)")
      }
      let status = try await azlin.run("autopilot", "status", "web-1", "-o", "json")
      #expect(status.output.contains("\"measured_at\" : null"), "\(status.output)")
      #expect(status.output.contains("\"ssh_works\" : false"), "\(status.output)")
    }
  }

  @Test("Colour is only where it is asked for, or where a terminal has not declined it")
  func color() async throws {
    try await BadInput.with { azlin in
      let command = ["autopilot", "status", "web-1"]
      #expect(!(try await azlin.run(command)).output.contains("\u{1B}["))
      #expect(!(try await azlin.run(command + ["--color", "never"])).output.contains("\u{1B}["))
      let asked = try await azlin.run(command + ["--color", "always"], with: ["NO_COLOR": "1"])
      #expect(asked.output.contains("\u{1B}["))
      for (variables, isColored) in [([:], true), (["NO_COLOR": "1"], false), (["TERM": "dumb"], false)] {
        let screen = try await azlin.terminal(command, with: variables).text
        #expect(screen.contains("Status:"), "\(screen)")
        #expect(screen.contains("\u{1B}[") == isColored, "\(variables): \(screen.debugDescription)")
      }
    }
  }

  @Test("With nothing to watch, list shows this machine and says how VMs and hosts are added")
  func nothingToWatch() async throws {
    try await Program.with { azlin in
      let none = azlin.directory + "-no-azure"
      let unset = Dictionary(
        uniqueKeysWithValues: [
          "AZLIN_ARM_ENDPOINT", "IDENTITY_ENDPOINT", "AZURE_CLIENT_ID", "AZURE_SUBSCRIPTION_ID",
        ].map { ($0, "") })
      let variables = unset.merging(["AZURE_CONFIG_DIR": none]) { $1 }
      let listed = try await azlin.run(["list"], with: variables)
      #expect(listed.status == 0, "\(listed.errors)")
      #expect(listed.output.split(separator: "\n").count == 1)
      #expect(listed.errors.contains("log in with `az login` for Azure VMs, or add hosts with --hosts user@host"))
      #expect(try await azlin.run(["list", "--quiet"], with: variables).errors.isEmpty)
    }
  }
}
