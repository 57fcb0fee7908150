import CLinux
import FleetModel
import Glibc
import Subprocess
import Synchronization

/// Runs a program of this machine (`ssh`) in a session of its own and never waits longer than asked.
package struct LocalCommand: Sendable {
  package enum Outcome: Hashable, Sendable {
    case exited(status: Int, output: String, errors: String)
    case timedOut
    /// The program could not be started, or a signal ended it.
    case failed(String)
  }

  package var program: String
  package var arguments: [String]
  package var input: String
  /// Over the inherited environment.
  package var environment: [String: String]

  package init(
    _ program: String, _ arguments: [String], input: String = "", environment: [String: String] = [:]
  ) {
    self.program = program
    self.arguments = arguments
    self.input = input
    self.environment = environment
  }

  /// Runs the program to its end; at the deadline its whole process group is killed.
  package func run(until deadline: ContinuousClock.Instant, on loop: EpollExecutor) async -> Outcome {
    let group = ProcessGroup()
    let timer = loop.schedule(at: deadline) { group.kill() }
    let outcome = await within(deadline + .milliseconds(200), on: loop) { await run(in: group) }
    loop.cancel(timer)
    if outcome == nil { group.kill() }
    return group.wasKilled ? .timedOut : outcome ?? .timedOut
  }

  /// The input is a file in memory: swift-subprocess 1.0.2 traps where a program ends before it has read a pipe.
  private func run(in group: ProcessGroup) async -> Outcome {
    var options = PlatformOptions()
    options.createSession = true
    var settings: [Environment.Key: String?] = [:]
    for (name, value) in environment { settings[Environment.Key(stringLiteral: name)] = value }
    guard let standardInput = clinux_memory_file(input, input.utf8.count).asDescriptor else {
      return .failed("\(program) cannot be run: \(MonitorFailure(errno, while: "making its input").explanation)")
    }
    defer { standardInput.close() }
    do {
      let result = try await Subprocess.run(
        program.contains("/") ? .path(.init(program)) : .name(program), arguments: Arguments(arguments),
        environment: .inherit.updating(settings), platformOptions: options,
        input: .fileDescriptor(.init(rawValue: standardInput.value), closeAfterSpawningProcess: false),
        output: .sequence, error: .sequence
      ) { execution in
        group.started(execution.processIdentifier.value)
        async let errors = Self.text(of: execution.standardError)
        let output = try await Self.text(of: execution.standardOutput)
        return (output, try await errors)
      }
      group.ended()
      let (output, errors) = result.closureResult
      return switch result.terminationStatus {
      case .exited(let status): .exited(status: Int(status), output: output, errors: errors)
      case .signaled(let signal): .failed("\(program) was ended by signal \(signal)")
      }
    } catch {
      group.ended()
      return .failed("\(program) cannot be run: \(error)")
    }
  }

  /// Reads to the end; what is over the limit is thrown away.
  private static func text(of sequence: SubprocessOutputSequence) async throws -> String {
    var bytes: [UInt8] = []
    for try await buffer in sequence {
      let room = ShellOutput.limit - bytes.count
      guard room > 0 else { continue }
      buffer.withUnsafeBytes { bytes.append(contentsOf: $0.prefix(room)) }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

/// The process group of a running program, as long as its number is surely its own.
private final class ProcessGroup: Sendable {
  private enum State {
    case waiting, running(pid_t), ended, killed
  }

  private let state = Mutex(State.waiting)

  var wasKilled: Bool { state.withLock { if case .killed = $0 { true } else { false } } }

  func started(_ leader: pid_t) {
    state.withLock { state in
      if case .killed = state { Glibc.kill(-leader, SIGKILL) } else { state = .running(leader) }
    }
  }

  func ended() {
    state.withLock { state in
      if case .running = state { state = .ended }
    }
  }

  func kill() {
    state.withLock { state in
      switch state {
      case .running(let leader):
        Glibc.kill(-leader, SIGKILL)
        state = .killed
      case .waiting: state = .killed
      case .ended, .killed: break
      }
    }
  }
}

extension Int32 {
  fileprivate var asDescriptor: Descriptor? { self < 0 ? nil : Descriptor(self) }
}
