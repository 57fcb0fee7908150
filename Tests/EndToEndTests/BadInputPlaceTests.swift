import Glibc
import LabKit
import Testing

@Suite("Bad input from the machine azlin runs on: journal, directory, terminal, hook")
struct BadInputPlaceTests {
  /// All commands that read or write the journal.
  private static let commands = [
    ["list"], ["autopilot", "status"], ["autopilot", "status", "web-1"], ["autopilot", "run"],
    ["autopilot", "enable", "web-1"],
    ["autopilot", "pause", "--all"], ["autopilot", "recover", "web-1", "--yes"], ["top", "--plain"],
  ]

  @Test("A journal that is none is left as it is, and every command says what to do with it")
  func foreignJournal() async throws {
    try await BadInput.with(["journal.sqlite": "my notes\n" + String(repeating: "not a database\n", count: 99)]) {
      azlin in
      try await azlin.refuses(
        Self.commands, code: 78,
        saying: ["\(azlin.directory)/journal.sqlite is not azlin's journal", "move it aside and start azlin again"])
    }
  }

  @Test("A damaged journal is left as it is, byte for byte, and the way to save what is in it is named")
  func damagedJournal() async throws {
    try await BadInput.with { azlin in
      // A journal of azlin's own, with something to lose; then its pages are overwritten, its header is not.
      #expect(try await azlin.run("autopilot", "pause", "--all", "--for", "2h").status == 0)
      let path = "\(azlin.directory)/journal.sqlite"
      let damage = #"""
        python3 - "$1" <<'END'
        import os, sqlite3, sys
        path = sys.argv[1]
        base = sqlite3.connect(path); base.execute("PRAGMA wal_checkpoint(TRUNCATE)"); base.close()
        with open(path, "r+b") as file:
            file.seek(100); file.write(os.urandom(os.path.getsize(path) - 100))
        END
        """#
      try await LabCommand.succeed(["sh", "-c", damage, "sh", path])
      try await azlin.refuses(
        Self.commands, code: 78,
        saying: ["the journal \(path) is damaged", "left as it is", "sqlite3 \(path) .recover"])
    }
  }

  @Test("A journal of a newer azlin is left to that one")
  func newerJournal() async throws {
    try await BadInput.with { azlin in
      #expect(try await azlin.run("autopilot", "pause", "--all").status == 0)
      let path = "\(azlin.directory)/journal.sqlite"
      try await LabCommand.succeed([
        "python3", "-c",
        "import sqlite3,sys; b=sqlite3.connect(sys.argv[1]); b.execute('PRAGMA user_version=999'); b.commit(); b.close()",
        path,
      ])
      try await azlin.refuses(Self.commands, code: 78, saying: ["was written by a newer azlin", "use that azlin"])
    }
  }

  @Test(
    "A directory on a read-only file system: what only reads works, what writes exits 77 and says what to set",
    .enabled(if: geteuid() == 0, "mounting needs root"))
  func readOnlyMount() async throws {
    try await BadInput.with { azlin in
      let mount = [
        "unshare", "--mount", "--propagation", "private", "sh", "-c",
        #"mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && shift && exec "$@""#, "sh", azlin.directory,
      ]
      try await checkUnwritable(azlin, mount, saying: "Read-only file system")
    }
  }

  @Test(
    "A directory that others own: what only reads works, what writes exits 77 and says what to set",
    .enabled(if: geteuid() == 0, "becoming another user needs root"))
  func foreignDirectory() async throws {
    try await BadInput.with { azlin in
      try await LabCommand.succeed(["chmod", "-R", "go+rX", azlin.directory + "/.."])
      // The program itself may lie where nobody else can read.
      let program = azlin.directory + "/../azlin"
      try await LabCommand.succeed(["cp", Program.path, program])
      let user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
      try await checkUnwritable(azlin, user, program: program, saying: "Permission denied")
    }
  }

  private func checkUnwritable(
    _ azlin: Program, _ before: [String], program: String = Program.path, saying why: String
  ) async throws {
    let state = try await azlin.state()
    let writers = [
      ["autopilot", "run"], ["autopilot", "enable", "web-1"], ["autopilot", "disable", "web-1"],
      ["autopilot", "config", "web-1", "--cpu-critical", "97"], ["autopilot", "pause", "--all"],
    ]
    for command in writers {
      let result = try await azlin.run(command, before: before, program: program)
      #expect(result.status == 77, "\(command): \(result.status) \(result.errors)")
      #expect(result.errors.contains(azlin.directory), "\(result.errors)")
      #expect(result.errors.contains("cannot hold azlin's configuration: \(why)"), "\(result.errors)")
      #expect(result.errors.contains("set AZLIN_CONFIG_DIR"), "\(result.errors)")
    }
    for command in [["list"], ["autopilot", "config", "web-1", "--show"], ["top", "--plain"]] {
      let result = try await azlin.run(command, before: before, program: program)
      #expect(result.status == 0, "\(command): \(result.errors)")
      #expect(result.output.contains("web-1"))
    }
    #expect(try await azlin.state() == state)
  }

  @Test("A screen without a terminal: one line that names --plain, exit 64, and no journal is begun")
  func noTerminal() async throws {
    try await BadInput.with { azlin in
      for command in [[], ["top"], ["top", "--heal"], ["demo"]] {
        try await azlin.refuses([command], code: 64, saying: ["needs a terminal", "--plain"])
        #expect(try await azlin.run(command).errors.split(separator: "\n").count == 1)
      }
    }
  }

  @Test(
    "A terminal that cannot show a screen: one line, exit 64, and nothing drawn",
    arguments: [("dumb", "type 'dumb' cannot show a screen"), ("", "TERM is not set"), ("nonsense-9", "does not know")])
  func terminalType(name: String, wanted: String) async throws {
    try await BadInput.with { azlin in
      let before = try await azlin.state()
      for command in [["top"], ["demo"]] {
        let result = try await azlin.terminal(command, with: ["TERM": name])
        #expect(result.code == 64, "\(result.text)")
        #expect(result.text.contains(wanted), "\(result.text)")
        #expect(!result.text.contains("\u{1B}"), "\(result.text.debugDescription)")
        #expect(result.text.split(separator: "\r\n").count == 1, "\(result.text)")
      }
      #expect(try await azlin.state() == before)
    }
  }

  @Test(
    "A hook that others may write is refused with its reason: in config, in status, on the dashboard; it never runs")
  func writableHook() async throws {
    try await BadInput.with { azlin in
      let hook = "\(azlin.directory)/hooks/page.sh"
      try await azlin.write("#!/bin/sh\ntouch \"$0.ran\"\n", to: hook)
      try await LabCommand.succeed(["chmod", "0707", hook])
      try await azlin.write(
        "health_monitoring:\n  interval: 10s\nhooks:\n  on_failure: \(hook)\n",
        to: "\(azlin.directory)/autopilot/web-1.yaml")
      let reason = "\(hook) is writable by others: chmod o-w \(hook)"
      for command in [["autopilot", "config", "web-1", "--show"], ["autopilot", "status", "web-1"]] {
        let result = try await azlin.run(command)
        #expect(result.errors.contains("hooks.on_failure: refused: \(reason)"), "\(command): \(result.errors)")
      }
      let screen = try await azlin.screen("top", "--where", "web-1", columns: 200, rows: 50)
      do {
        // The filter alone names it too: what can be opened is the machine in the pane.
        try await screen.waitFor(text: "observed only", within: .seconds(30))
        try await screen.send("Enter")
        try await screen.send("h")
        try await screen.waitFor("the hook with its reason", within: .seconds(30)) { $0.contains("writable by others") }
      } catch {
        await screen.kill()
        throw error
      }
      await screen.kill()
      #expect(try await LabCommand.run(["test", "-e", hook + ".ran"]).status != 0)
      try await LabCommand.succeed(["chmod", "0700", hook])
      let mended = try await azlin.run("autopilot", "config", "web-1", "--show")
      #expect(!mended.errors.contains("refused"), "\(mended.errors)")
    }
  }
}
