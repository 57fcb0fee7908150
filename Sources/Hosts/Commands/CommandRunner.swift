import FleetModel
import Glibc
import Subprocess
import Synchronization

/// How a command ended.
package struct CommandOutcome: Hashable, Sendable {
  package enum Ending: Hashable, Sendable {
    case exited(Int)
    case signalled(Int)
    /// Its process group was killed at the time-out.
    case timedOut
    /// Its process group was killed because nobody waits for it any more.
    case cancelled
    /// It never ran: the program is not there, or this machine is out of something.
    case notStarted(String)
  }
  package var ending: Ending
  /// At most the limit; text from outside, as it came.
  package var output: String
  package var errors: String

  package init(ending: Ending, output: String = "", errors: String = "") {
    self.ending = ending
    self.output = output
    self.errors = errors
  }
}

/// Runs commands of the inventory: no shell, a session of its own, a bare environment, bounded output, and a time-out
/// that takes the whole process group along.
package struct CommandRunner: Sendable {
  /// Commands of the inventory get 60 s (the manual's word).
  package static let timeout = Duration.seconds(60)
  /// 64 KiB a stream: more is thrown away while the command runs on.
  package static let outputLimit = 64 * 1024

  private let environment: [String: String]
  private let workingDirectory: String

  /// - Parameter environment: where `PATH`, `HOME` and `LANG` are taken from; nothing else is handed on.
  package init(environment: [String: String]) {
    var bare = ["PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/", "LANG": "C.UTF-8"]
    for key in bare.keys { if let value = environment[key], !value.isEmpty { bare[key] = value } }
    self.environment = bare
    workingDirectory = "/"
  }

  /// For another of our own programs, which stands where this one does and sees what it sees.
  package init(inheriting environment: [String: String], workingDirectory: String) {
    self.environment = environment
    self.workingDirectory = workingDirectory
  }

  /// The operator's home, as commands see it.
  package var home: String { environment["HOME"] ?? "/" }

  /// Runs a command until its first process ends. What it leaves running in the background lives on, but nobody reads
  /// its output any more.
  /// - Parameters:
  ///   - words: the program and its arguments; at least one.
  ///   - input: what it reads on standard input, at most 60 KiB; nil: nothing.
  package func run(_ words: [String], input: String? = nil, timeout: Duration = Self.timeout) async -> CommandOutcome {
    guard let program = words.first else { return CommandOutcome(ending: .notStarted("the command is empty")) }
    let output: CommandPipe
    let errors: CommandPipe
    let standardInput: CommandPipe
    do {
      output = try CommandPipe()
      errors = try CommandPipe()
      // The script waits in the pipe before anybody reads: no writer that could be left hanging.
      standardInput = try CommandPipe(holding: input ?? "")
    } catch {
      return CommandOutcome(ending: .notStarted(error.description))
    }
    let group = ProcessGroup()
    async let texts = CommandPipe.collect(output, errors, limit: Self.outputLimit)
    let timer = Task {
      try await Task.sleep(for: timeout)
      group.kill(.timedOut)
    }
    let ending = await withTaskCancellationHandler {
      await spawn(
        program, Array(words.dropFirst()), input: standardInput.takeReadEnd(), output: output.takeWriteEnd(),
        errors: errors.takeWriteEnd(), group)
    } onCancel: {
      group.kill(.cancelled)
    }
    timer.cancel()
    output.stop()
    errors.stop()
    let (said, complained) = await texts
    return CommandOutcome(ending: group.killedAs ?? ending, output: said, errors: complained)
  }

  private func spawn(
    _ program: String, _ arguments: [String], input: Int32, output: Int32, errors: Int32, _ group: ProcessGroup
  ) async -> CommandOutcome.Ending {
    var options = PlatformOptions()
    options.createSession = true
    var variables: [Environment.Key: String] = [:]
    for (name, value) in environment { variables[Environment.Key(stringLiteral: name)] = value }
    do {
      let result = try await Subprocess.run(
        program.contains("/") ? .path(.init(program)) : .name(program), arguments: Arguments(arguments),
        environment: .custom(variables), workingDirectory: .init(workingDirectory), platformOptions: options,
        input: .fileDescriptor(.init(rawValue: input), closeAfterSpawningProcess: true),
        output: .fileDescriptor(.init(rawValue: output), closeAfterSpawningProcess: true),
        error: .fileDescriptor(.init(rawValue: errors), closeAfterSpawningProcess: true)
      ) { execution in group.started(execution.processIdentifier.value) }
      group.ended()
      return switch result.terminationStatus {
      case .exited(let status): .exited(Int(status))
      case .signaled(let signal): .signalled(Int(signal))
      }
    } catch {
      group.ended()
      return .notStarted("\(SafeText.line(program)) cannot be started: \(SafeText.line("\(error)"))")
    }
  }
}

/// The process group of a running command, as long as its number is surely its own.
private final class ProcessGroup: Sendable {
  private struct State {
    var leader: pid_t?
    var ended = false
    var killedAs: CommandOutcome.Ending?
  }
  private let state = Mutex(State())

  /// Why the group was killed; nil: it was not.
  var killedAs: CommandOutcome.Ending? { state.withLock { $0.killedAs } }

  func started(_ leader: pid_t) {
    state.withLock { state in
      state.leader = leader
      if state.killedAs != nil { Glibc.kill(-leader, SIGKILL) }
    }
  }

  func ended() { state.withLock { $0.ended = true } }

  func kill(_ why: CommandOutcome.Ending) {
    state.withLock { state in
      guard !state.ended, state.killedAs == nil else { return }
      state.killedAs = why
      if let leader = state.leader { Glibc.kill(-leader, SIGKILL) }
    }
  }
}
