import Glibc
import LabKit

/// The azlin that was built with these tests, run as its users run it.
struct Program {
  /// A configuration directory of its own.
  let directory: String
  /// Read instead of the user's ssh configuration, so that no test meets the user's known_hosts.
  let sshConfiguration: String

  /// Beside the test bundle.
  static let path: String = {
    var buffer = [UInt8](repeating: 0, count: 4096)
    let length = readlink("/proc/self/exe", &buffer, buffer.count)
    let runner = String(decoding: buffer[..<max(length, 0)], as: UTF8.self)
    // The runner is the bundle itself (…/debug/azlinPackageTests.xctest); the program lies beside it.
    let folder = runner.split(separator: "/").dropLast().joined(separator: "/")
    return "/" + folder + "/azlin"
  }()

  /// Makes the directory and removes it after `body`, or leaves it to the search for secrets where there is one.
  static func with<Result: Sendable>(_ body: (Program) async throws -> Result) async throws -> Result {
    let made = try await LabCommand.succeed(["mktemp", "-d", "-t", "azlin-e2e-XXXXXXXX"]).text
    let program = Program(directory: made + "/config", sshConfiguration: made + "/ssh_config")
    do {
      try await program.write(
        "UserKnownHostsFile \(made)/known_hosts\nGlobalKnownHostsFile /dev/null\n", to: program.sshConfiguration)
      let result = try await body(program)
      try await PlantedSecret.leave(made)
      return result
    } catch {
      try await PlantedSecret.leave(made)
      throw error
    }
  }

  var environment: [String: String] {
    ["AZLIN_CONFIG_DIR": directory, "AZLIN_SSH_CONFIG": sshConfiguration, "TZ": "UTC", "SSH_AUTH_SOCK": ""]
  }

  /// Runs a command to its end.
  func run(_ arguments: String..., seconds: Int = 60) async throws -> LabOutput {
    try await run(arguments, environment, seconds: seconds)
  }

  /// Runs a command in an environment; what it says is kept beside the directory, in `said`.
  /// - Parameter before: words before the program, as of `setpriv`.
  func run(
    _ arguments: [String], _ environment: [String: String], before: [String] = [], program: String = Program.path,
    seconds: Int
  ) async throws -> LabOutput {
    let variables = environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    let said = try await LabCommand.run(before + ["env"] + variables + [program] + arguments, seconds: seconds)
    if let file = fopen(directory + "-said", "a") {
      fputs("$ azlin \(arguments.joined(separator: " "))\n\(said.output)\(said.errors)", file)
      fclose(file)
    }
    return said
  }

  /// Opens the program on a terminal.
  func screen(_ arguments: String..., columns: Int = 120, rows: Int = 40) async throws -> TmuxScreen {
    try await TmuxScreen.start([Self.path] + arguments, columns: columns, rows: rows, environment: environment)
  }

  /// Writes a file, with the folders above it.
  func write(_ text: String, to path: String, mode: String = "0600") async throws {
    let script = #"mkdir -p "$(dirname "$1")"; cat > "$1" && chmod "$2" "$1""#
    try await LabCommand.succeed(["sh", "-c", script, "sh", path, mode], input: text)
  }

  func contents(of path: String) async throws -> String { try await LabCommand.run(["cat", path]).output }
}
