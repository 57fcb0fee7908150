import FleetModel
import Glibc
import Synchronization

/// Asks `ssh -G` how a host is reached, once an hour a host and again when a configuration file changes.
package final class SSHConfigurationReader: Sendable {
  package typealias Answer = Result<SSHConfiguration, MonitorFailure>

  private struct Known {
    var answer: Answer
    var stamp: [FileStamp]
    var goodUntil: ContinuousClock.Instant
  }

  private struct State {
    var known: [SSHTarget: Known] = [:]
    var open: [SSHTarget: Promise<Answer>] = [:]
    var running = 0
    var waiting: [Promise<Void>] = []
    var programMissing = false
  }

  private let settings: SSHSettings
  private let loop: EpollExecutor
  private let state = Mutex(State())
  private static let life = Duration.hours(1)
  /// A failure is asked again soon: the operator may be mending the file.
  private static let lifeOfFailure = Duration.seconds(10)
  /// Processes at once: starting azlin with a thousand hosts must not start a thousand processes.
  private static let maximumProcesses = 4
  private static let timeout = Duration.seconds(10)

  package init(settings: SSHSettings, loop: EpollExecutor) {
    self.settings = settings
    self.loop = loop
  }

  /// How a target is reached.
  package func configuration(of target: SSHTarget, until deadline: ContinuousClock.Instant) async -> Answer {
    if let problem = Self.problem(with: target) { return .failure(problem) }
    let stamp = settings.configurationFiles.map(FileStamp.init)
    let now = ContinuousClock.now
    let found = state.withLock { state -> (answer: Answer?, promise: Promise<Answer>, isNew: Bool) in
      if let known = state.known[target], known.goodUntil > now, known.stamp == stamp {
        return (known.answer, Promise(), false)
      }
      if let promise = state.open[target] { return (nil, promise, false) }
      let promise = Promise<Answer>()
      state.open[target] = promise
      return (nil, promise, true)
    }
    if let answer = found.answer { return answer }
    if found.isNew {
      // Not the caller's task: others wait for the same answer, and the caller may be cancelled.
      Task {
        let answer = await self.ask(target)
        self.finish(target, answer, stamp)
      }
    }
    return await found.promise.value(until: deadline, on: loop)
      ?? .failure(
        MonitorFailure("ssh -G \(target.host) did not answer in time; does a `Match exec` of ssh_config hang?"))
  }

  /// The `ssh` program is not installed: configuration files are not read.
  package var programMissing: Bool { state.withLock { $0.programMissing } }

  /// Text of an inventory becomes an argument of `ssh`: only what a host or user name can hold gets there.
  static func problem(with target: SSHTarget) -> MonitorFailure? {
    for (what, text) in [("host", target.host), ("address", target.dial ?? "x"), ("user", target.user ?? "x")] {
      let isPlain =
        !text.isEmpty && !text.hasPrefix("-")
        && text.unicodeScalars.allSatisfy { scalar in
          scalar.value > 0x20 && scalar.value != 0x7f && !"\"'`$\\;&<>|(){}*?!#,".unicodeScalars.contains(scalar)
        }
      if !isPlain { return MonitorFailure("the \(what) name \(text.debugDescription) cannot be given to ssh") }
    }
    if let port = target.port, !(1...65535).contains(port) { return MonitorFailure("\(port) is not a port") }
    return nil
  }

  private func finish(_ target: SSHTarget, _ answer: Answer, _ stamp: [FileStamp]) {
    let life: Duration
    if case .success = answer { life = Self.life } else { life = Self.lifeOfFailure }
    let promise = state.withLock { state in
      state.known[target] = Known(answer: answer, stamp: stamp, goodUntil: .now + life)
      return state.open.removeValue(forKey: target)
    }
    promise?.fulfil(answer)
  }

  private func ask(_ target: SSHTarget) async -> Answer {
    await takeTurn()
    defer { giveTurn() }
    let command = LocalCommand(
      settings.program, ["-G"] + settings.arguments(for: target), environment: ["LC_ALL": "C"])
    switch await command.run(until: .now + Self.timeout, on: loop) {
    case .exited(0, let output, _):
      do {
        var configuration = try SSHConfiguration(
          output: output, home: settings.home, localUser: settings.localUser, agent: settings.agentSocket)
        if let identity = target.identity { configuration.prefer(settings.expandingHome(identity)) }
        return .success(configuration)
      } catch {
        return .failure(error)
      }
    case .exited(_, _, let errors):
      let line = errors.split(separator: "\n").last.map(String.init) ?? "no reason given"
      return .failure(MonitorFailure("ssh -G \(target.host): \(line)"))
    case .timedOut:
      return .failure(MonitorFailure("ssh -G \(target.host) hangs; does a `Match exec` of ssh_config wait?"))
    case .failed(let why):
      guard !settings.programExists else { return .failure(MonitorFailure(why)) }
      state.withLock { $0.programMissing = true }
      return .success(settings.plainConfiguration(of: target))
    }
  }

  private func takeTurn() async {
    let turn = state.withLock { state -> Promise<Void>? in
      if state.running < Self.maximumProcesses {
        state.running += 1
        return nil
      }
      let promise = Promise<Void>()
      state.waiting.append(promise)
      return promise
    }
    // A turn is always given: every run before it ends by its own time-out.
    _ = await turn?.value(until: .now + .days(1), on: loop)
  }

  private func giveTurn() {
    let next = state.withLock { state -> Promise<Void>? in
      if state.waiting.isEmpty {
        state.running -= 1
        return nil
      }
      return state.waiting.removeFirst()
    }
    next?.fulfil(())
  }
}

/// Tells whether a file changed.
package struct FileStamp: Hashable, Sendable {
  private var seconds = 0
  private var nanoseconds = 0
  private var size = 0
  private var inode: UInt = 0

  /// A file that cannot be seen has a stamp too.
  package init(_ path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return }
    seconds = status.st_mtim.tv_sec
    nanoseconds = status.st_mtim.tv_nsec
    size = Int(status.st_size)
    inode = UInt(status.st_ino)
  }

  /// Whether the file is an earlier one with so many bytes more, and nothing else.
  func isGrown(from earlier: FileStamp, by bytes: Int) -> Bool {
    inode == earlier.inode && size == earlier.size + bytes
  }
}
