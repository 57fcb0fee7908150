import Dispatch
import FleetModel
import Glibc
import Subprocess
import Synchronization

/// One script with all it is started with.
struct HookLaunch: Sendable {
  enum Outcome: Sendable {
    case ended(HookSupervisor.Ending)
    case notStarted(String)
  }

  let path: String
  let arguments: [String]
  let environment: [(name: String, value: String)]
  let directory: String
  let timeout: Duration

  /// Supervision blocks, so it has threads of its own; as many as there are slots.
  private static let queue = DispatchQueue(label: "azlin.hooks", attributes: .concurrent)

  /// Starts the script and returns when it and its children are gone. When the task is cancelled the script gets TERM,
  /// and KILL after the grace.
  func run() async -> Outcome {
    guard let pipes = Pipes() else {
      return .notStarted(
        "no more file descriptors (\(String(cString: strerror(errno)))); raise the limit of open files")
    }
    let delivery = Delivery()
    // In a task of its own, for a leader that hangs in the kernel is never reaped, and must not hold up the caller.
    let starting = Task {
      do {
        try await start(pipes, delivery)
      } catch {
        delivery.deliver(.notStarted(HookInspection.startProblem(with: path) ?? "\(error)"))
      }
      pipes.closeReadEnds()
    }
    return await withTaskCancellationHandler {
      await delivery.value()
    } onCancel: {
      starting.cancel()
    }
  }

  private func start(_ pipes: Pipes, _ delivery: Delivery) async throws {
    var options = PlatformOptions()
    options.createSession = true
    options.teardownSequence = [
      .send(signal: .terminate, toProcessGroup: true, allowedDurationToNextStep: HookSupervisor.grace)
    ]
    _ = try await Subprocess.run(
      .path(.init(path)), arguments: .init(arguments),
      environment: .custom(environment.map { Array("\($0.name)=\($0.value)\0".utf8) }),
      workingDirectory: .init(directory), platformOptions: options, input: .none,
      output: .fileDescriptor(.init(rawValue: pipes.output.write), closeAfterSpawningProcess: true),
      error: .fileDescriptor(.init(rawValue: pipes.errorOutput.write), closeAfterSpawningProcess: true)
    ) { execution in
      let supervisor = HookSupervisor(
        session: HookSession(leader: execution.processIdentifier.value),
        processDescriptor: execution.processIdentifier.processDescriptor, output: pipes.output.read,
        errorOutput: pipes.errorOutput.read, timeout: timeout)
      // The leader is reaped when this returns: until then its id, and its group's, cannot become another's.
      let ending = await withCheckedContinuation { continuation in
        Self.queue.async { continuation.resume(returning: supervisor.run()) }
      }
      delivery.deliver(.ended(ending))
    }
  }
}

/// The two pipes of a hook. Their write ends go to the child and are closed here once it has started.
private struct Pipes: Sendable {
  struct Ends: Sendable {
    let read: Int32
    let write: Int32
  }
  let output: Ends
  let errorOutput: Ends

  init?() {
    guard let output = Self.make() else { return nil }
    guard let errorOutput = Self.make() else {
      close(output.read)
      close(output.write)
      return nil
    }
    (self.output, self.errorOutput) = (output, errorOutput)
  }

  func closeReadEnds() {
    close(output.read)
    close(errorOutput.read)
  }

  private static func make() -> Ends? {
    var ends: [Int32] = [-1, -1]
    // Not closed on exec for a moment: whatever is started meanwhile closes what it does not know.
    guard pipe(&ends) == 0 else { return nil }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
    return Ends(read: ends[0], write: ends[1])
  }
}

/// Hands the first outcome over to the one who waits for it.
private final class Delivery: Sendable {
  private enum State {
    case empty
    case awaited(CheckedContinuation<HookLaunch.Outcome, Never>)
    case delivered(HookLaunch.Outcome)
    case done
  }
  private let state = Mutex(State.empty)

  func deliver(_ outcome: HookLaunch.Outcome) {
    let waiter: CheckedContinuation<HookLaunch.Outcome, Never>? = state.withLock { state in
      switch state {
      case .empty: state = .delivered(outcome)
      case .awaited(let continuation):
        state = .done
        return continuation
      case .delivered, .done: break
      }
      return nil
    }
    waiter?.resume(returning: outcome)
  }

  func value() async -> HookLaunch.Outcome {
    await withCheckedContinuation { continuation in
      let outcome: HookLaunch.Outcome? = state.withLock { state in
        if case .delivered(let outcome) = state {
          state = .done
          return outcome
        }
        state = .awaited(continuation)
        return nil
      }
      if let outcome { continuation.resume(returning: outcome) }
    }
  }
}
