import Glibc

/// A program on a pseudo-terminal whose other end is read as fast as it writes.
final class PseudoTerminal {
  let name: String
  let pid: pid_t
  /// When the program was started.
  let startedAt: ContinuousClock.Instant
  private(set) var scanner = OutputScanner()
  /// When the first and the latest output came.
  private(set) var firstOutputAt: ContinuousClock.Instant?
  private(set) var lastOutputAt: ContinuousClock.Instant?
  private let master: Int32
  private var buffer = [UInt8](repeating: 0, count: 1 << 16)
  private var hasEnded = false
  private var waitStatus: Int32 = 0

  /// Starts the program as the leader of a session whose terminal this is.
  /// - Parameters:
  ///   - environment: all of it, `NAME=value`.
  ///   - columns, rows: the terminal's size, from the start.
  init(name: String, arguments: [String], environment: [String], columns: Int, rows: Int) throws {
    self.name = name
    var slave: Int32 = -1
    var master: Int32 = -1
    var size = winsize(ws_row: UInt16(rows), ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
    var path = [CChar](repeating: 0, count: 128)
    guard openpty(&master, &slave, &path, nil, &size) == 0 else { throw BenchError.system("openpty", errno) }
    self.master = master
    defer { close(slave) }
    for descriptor in [master, slave] { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
    _ = fcntl(master, F_SETFL, O_NONBLOCK)

    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    // Opened by the leader of a new session, it becomes that session's terminal.
    posix_spawn_file_actions_addopen(&actions, 0, path, O_RDWR, 0)
    posix_spawn_file_actions_adddup2(&actions, 0, 1)
    posix_spawn_file_actions_adddup2(&actions, 0, 2)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    let newSession = 0x80  // POSIX_SPAWN_SETSID of glibc's spawn.h, behind a macro Swift does not see
    posix_spawnattr_setflags(&attributes, Int16(newSession | Int(POSIX_SPAWN_SETSIGMASK)))

    let words = CStrings(arguments)
    let variables = CStrings(environment)
    var pid: pid_t = 0
    startedAt = .now
    let code = posix_spawnp(&pid, arguments[0], &actions, &attributes, words.pointers, variables.pointers)
    guard code == 0 else {
      close(master)
      throw BenchError.system("starting \(arguments[0])", code)
    }
    self.pid = pid
  }

  deinit { close(master) }

  /// Reads on, until the deadline or until `done` says so after some output.
  func read(until deadline: ContinuousClock.Instant, done: () -> Bool = { false }) throws {
    while true {
      let left = ContinuousClock.now.duration(to: deadline)
      guard left > .zero else { return }
      var ready = pollfd(fd: master, events: Int16(POLLIN), revents: 0)
      // Whole milliseconds, rounded up: output ends the wait at once, only a deadline is met a little late.
      let milliseconds = Int32((left / .milliseconds(1)).rounded(.up))
      guard poll(&ready, 1, milliseconds) > 0 else { continue }
      if try take(), done() { return }
    }
  }

  /// Reads on until nothing has come for `pause`, at most until the deadline.
  /// - Returns: whether it fell silent.
  @discardableResult
  func readUntilQuiet(for pause: Duration, until deadline: ContinuousClock.Instant) throws -> Bool {
    var quietAt = ContinuousClock.now + pause
    while quietAt < deadline {
      let before = scanner.count
      try read(until: quietAt) { true }
      if scanner.count == before { return true }
      quietAt = (lastOutputAt ?? .now) + pause
    }
    try read(until: deadline)
    return false
  }

  /// Types.
  func write(_ bytes: [UInt8]) {
    // A terminal's input queue takes 4 KiB; a benchmark never fills it.
    _ = bytes.withUnsafeBytes { Glibc.write(master, $0.baseAddress, $0.count) }
  }

  /// Asks the program to quit, and ends it if it does not.
  func end() {
    write(Array("q".utf8))
    for signal in [nil, SIGTERM, SIGKILL] {
      if let signal, !hasEnded { kill(pid, signal) }
      let deadline = ContinuousClock.now + .milliseconds(500)
      while !hasEnded, ContinuousClock.now < deadline {
        try? read(until: .now + .milliseconds(10))
        hasEnded = waitpid(pid, &waitStatus, WNOHANG) == pid
      }
    }
  }

  private func take() throws -> Bool {
    let count = buffer.withUnsafeMutableBytes { Glibc.read(master, $0.baseAddress, $0.count) }
    if count > 0 {
      let now = ContinuousClock.now
      firstOutputAt = firstOutputAt ?? now
      lastOutputAt = now
      let reply = scanner.feed(buffer[..<count])
      if !reply.isEmpty { write(reply) }
      return true
    }
    if count < 0, errno == EAGAIN || errno == EINTR { return false }
    // EIO: nobody has the terminal open any more.
    if !hasEnded { hasEnded = waitpid(pid, &waitStatus, 0) == pid }
    throw BenchError.ended(
      name, seconds: startedAt.duration(to: .now) / .seconds(1), status: waitStatus,
      said: String(decoding: scanner.text.suffix(400), as: UTF8.self))
  }
}

/// Strings as C has them, NULL at the end, for as long as this lives.
private final class CStrings {
  let pointers: [UnsafeMutablePointer<CChar>?]
  init(_ strings: [String]) { pointers = strings.map { strdup($0) } + [nil] }
  deinit { for pointer in pointers { free(pointer) } }
}
