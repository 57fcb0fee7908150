import Glibc

@testable import GuestAccess

/// A program started by a test. (Foundation's `Process` takes sshd for ended, because it closes handles it does not
/// know.)
final class TestProcess {
  let identifier: pid_t
  private var ended = false
  private var waitStatus: Int32 = 0
  private var status: Int32 { waitStatus & 0x7f == 0 ? (waitStatus >> 8) & 0xff : -1 }

  /// - Parameter output: the path that takes both output streams.
  init(
    _ program: String, _ arguments: [String], environment: [String: String] = [:], output: String = "/dev/null"
  ) throws {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    posix_spawn_file_actions_adddup2(&actions, 1, 2)
    // Threads of the pool block signals, and children inherit that: ssh-agent would not hear that it shall end.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
    var words = ([program] + arguments).map { strdup($0) } + [nil]
    let path = getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin"
    let settings = ["PATH=\(path)", "HOME=/nonexistent"] + environment.map { "\($0)=\($1)" }
    var variables = settings.map { strdup($0) } + [nil]
    defer { for pointer in words + variables { free(pointer) } }
    var child: pid_t = 0
    let code = posix_spawn(&child, program, &actions, &attributes, &words, &variables)
    guard code == 0 else { throw MonitorFailure(code, while: "starting \(program)") }
    identifier = child
  }

  /// Whether it still runs.
  var isRunning: Bool {
    guard !ended else { return false }
    ended = waitpid(identifier, &waitStatus, WNOHANG) == identifier
    return !ended
  }

  /// Waits for its own end without blocking a thread of the pool.
  func wait() async -> Int32 {
    while isRunning { _ = await TestLoops.shared.agent.sleep(until: .now + .milliseconds(3)) }
    return status
  }

  /// Waits for its own end.
  /// - Returns: the exit status; -1: a signal ended it.
  @discardableResult
  func waitBlocking() -> Int32 {
    guard !ended else { return status }
    while waitpid(identifier, &waitStatus, 0) < 0, errno == EINTR {}
    ended = true
    return status
  }

  /// Ends it.
  func stop(_ signal: Int32 = SIGTERM) {
    guard isRunning else { return }
    kill(identifier, signal)
    waitBlocking()
  }

  deinit { stop(SIGKILL) }
}
