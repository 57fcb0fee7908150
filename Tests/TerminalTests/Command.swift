import Foundation
import Glibc

/// Runs a program and gives its output.
///
/// Foundation's `Process` waits until everything that inherited a descriptor from it has ended, and so never returns
/// from a command that leaves a server behind.
enum Command {
  struct Failure: Error {
    var command: String
    var status: Int32
  }

  static func run(_ arguments: [String]) throws -> String {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("azlin-test-\(UUID().uuidString)").path
    defer { unlink(file) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, file, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0)
    // The threads of the test run have signals blocked, which the programs must not inherit.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var nothing = sigset_t()
    sigemptyset(&nothing)
    posix_spawnattr_setsigmask(&attributes, &nothing)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
    var strings = arguments.map { strdup($0) }
    strings.append(nil)
    defer { for string in strings { free(string) } }
    var pid: pid_t = 0
    let failure = posix_spawnp(&pid, arguments[0], &actions, &attributes, strings, environ)
    var status: Int32 = failure
    if failure == 0 {
      while waitpid(pid, &status, 0) < 0, errno == EINTR {}
    }
    guard status == 0 else { throw Failure(command: arguments.joined(separator: " "), status: status) }
    return try String(contentsOfFile: file, encoding: .utf8)
  }
}
