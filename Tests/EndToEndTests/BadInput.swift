import Glibc
import LabKit
import Testing

/// A small fleet that nobody has to answer for: loopback addresses whose ports are closed.
enum BadInput {
  static let inventory = """
    hosts:
      - {name: web-1, address: 127.0.0.1, port: 1, group: prod}
      - {name: db-1, address: 127.0.0.1, port: 1, group: prod}
      - {name: db-1, address: 127.0.0.1, port: 1, group: test}

    """

  /// Runs `body` with a configuration directory that holds the fleet and some more files.
  /// - Parameter files: contents by path below the directory.
  static func with(_ files: [String: String] = [:], _ body: (Program) async throws -> Void) async throws {
    try await Program.with { azlin in
      try await azlin.write(inventory, to: "\(azlin.directory)/inventory.yaml")
      for (name, text) in files { try await azlin.write(text, to: "\(azlin.directory)/\(name)") }
      try await LabCommand.succeed(["chmod", "-R", "go-rwx", azlin.directory])
      try await body(azlin)
    }
  }
}

extension Program {
  /// Path, mode and digest of every file in the configuration directory; an engine's lock file and
  /// SQLite's shared memory hold nothing to lose.
  func state() async throws -> String {
    let script = #"""
      cd "$1" && find . -type f ! -name engine.lock ! -name '*-shm' ! \( -name '*-wal' -empty \) -printf '%p %m ' -exec md5sum {} \; | sort
      """#
    return try await LabCommand.succeed(["sh", "-c", script, "sh", directory]).output
  }

  /// Runs commands that have to be refused alike.
  /// - Parameter saying: what each message has to hold.
  func refuses(
    _ commands: [[String]], code: Int32, saying wanted: [String], sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    let before = try await state()
    for command in commands {
      let result = try await run(command)
      let what = "azlin \(command.joined(separator: " "))"
      #expect(
        result.status == code, "\(what): \(result.status) \(result.errors)", sourceLocation: sourceLocation)
      #expect(result.errors.hasPrefix("azlin: "), "\(what): \(result.errors)", sourceLocation: sourceLocation)
      for part in wanted {
        #expect(result.errors.contains(part), "\(what): \(result.errors)", sourceLocation: sourceLocation)
      }
      #expect(result.output.isEmpty, "\(what): \(result.output)", sourceLocation: sourceLocation)
    }
    let after = try await state()
    #expect(after == before, "something was changed", sourceLocation: sourceLocation)
  }

  /// Runs a command to its end, with variables of its own over the usual ones.
  /// - Parameter before: words before the program, as of `setpriv`.
  func run(
    _ arguments: [String], before: [String] = [], program: String = Program.path, with variables: [String: String] = [:]
  ) async throws -> LabOutput {
    try await run(arguments, environment.merging(variables) { $1 }, before: before, program: program, seconds: 60)
  }

  /// What a command writes to a terminal, byte for byte, and how it ends.
  func terminal(_ arguments: [String], with variables: [String: String]) async throws -> (text: String, code: Int32) {
    let all = ["TERM": "xterm-256color"].merging(environment) { $1 }.merging(variables) { $1 }
    let words = all.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    let script = "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))"
    let result = try await LabCommand.run(
      ["python3", "-c", script, "env", "-u", "NO_COLOR"] + words + [Self.path] + arguments, seconds: 60)
    return (result.output, result.status)
  }
}
