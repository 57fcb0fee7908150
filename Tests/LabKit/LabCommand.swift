import Glibc
import Subprocess

/// What a program said and how it ended.
package struct LabOutput: Hashable, Sendable {
  /// The exit code; 128 + n after signal n, as a shell has it; 124: the time was up and it was ended.
  package let status: Int32
  package let output: String
  package let errors: String

  /// The output without the white space around it.
  package var text: String {
    String(output.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
  }
}

/// Programs the lab runs: never without a bound on their time.
package enum LabCommand {
  /// Runs a program with its output kept (up to 4 MiB a stream).
  /// - Parameters:
  ///   - arguments: the program, looked up in PATH and the sbin folders, and its arguments; no shell.
  ///   - seconds: after these the program's process group is terminated, and two seconds later killed.
  /// - Throws: `SubprocessError` where it cannot be started or says more.
  package static func run(
    _ arguments: [String], input: String = "", seconds: Int = 30, environment: [String: String] = [:]
  ) async throws -> LabOutput {
    var variables: [Environment.Key: String?] = ["PATH": path]
    for (name, value) in environment { variables[Environment.Key(stringLiteral: name)] = value }
    var options = PlatformOptions()
    // `timeout` passes a TERM on to all it started; a KILL it could not.
    options.teardownSequence = [.gracefulShutDown(allowedDurationToNextStep: .seconds(3))]
    let result = try await Subprocess.run(
      .name("timeout"), arguments: Arguments(["--kill-after=2", "\(seconds)"] + arguments),
      environment: .inherit.updating(variables), platformOptions: options,
      input: .string(input), output: .string(limit: limit), error: .string(limit: limit))
    let status: Int32 =
      switch result.terminationStatus {
      case .exited(let code): code
      case .signaled(let signal): 128 + signal
      }
    return LabOutput(status: status, output: result.standardOutput, errors: result.standardError)
  }

  /// The same, for a program that has to succeed.
  /// - Throws: `LabError.failed` with what it wrote to its standard error.
  @discardableResult
  package static func succeed(
    _ arguments: [String], input: String = "", seconds: Int = 30, environment: [String: String] = [:]
  ) async throws -> LabOutput {
    let result = try await run(arguments, input: input, seconds: seconds, environment: environment)
    guard result.status == 0 else { throw LabError.failed(arguments, result) }
    return result
  }

  /// The operator's PATH may leave out the system's own programs.
  static let path =
    (inherited("PATH").map { "\($0):" } ?? "") + "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

  /// A variable of this process's environment; nil where it is unset or empty.
  static func inherited(_ name: String) -> String? {
    guard let value = getenv(name) else { return nil }
    let text = String(cString: value)
    return text.isEmpty ? nil : text
  }

  static func isInstalled(_ program: String) -> Bool {
    path.split(separator: ":").contains { access("\($0)/\(program)", X_OK) == 0 }
  }

  private static let limit = 4 << 20
}
