import Glibc

/// A program in a real terminal: a tmux server of its own, on a socket of its own, with nobody's configuration.
package struct TmuxScreen: Sendable {
  private let socket: String
  private static let pane = "screen"

  /// Starts a program in a terminal. The terminal stays when the program ends, so that its last words can be read.
  /// - Parameters:
  ///   - command: the program and its arguments; no shell.
  ///   - environment: over the inherited one.
  ///   - terminal: the TERM the program sees.
  ///   - folder: where it starts.
  package static func start(
    _ command: [String], columns: Int = 120, rows: Int = 40, environment: [String: String] = [:],
    terminal: String = "tmux-256color", folder: String = "/"
  ) async throws -> TmuxScreen {
    if let unavailableReason { throw LabError.unavailable(unavailableReason) }
    await sweep.value
    let screen = TmuxScreen(socket: "azlin-lab-\(getpid())-\(String(UInt64.random(in: 0...UInt64.max), radix: 36))")
    let settings = [
      ["start-server"], ["set", "-g", "remain-on-exit", "on"], ["set", "-g", "remain-on-exit-format", ""],
      ["set", "-g", "status", "off"],
      ["set", "-s", "escape-time", "0"], ["set", "-g", "default-terminal", terminal],
      ["set", "-g", "history-limit", "10000"],
    ]
    // A UTF-8 locale makes tmux itself pass UTF-8 through, whatever the caller's is.
    let variables = ["LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"].merging(environment) { $1 }
    let session =
      ["new-session", "-d", "-s", pane, "-x", "\(columns)", "-y", "\(rows)", "-c", folder]
      + variables.sorted { $0.key < $1.key }.flatMap { ["-e", literal("\($0.key)=\($0.value)")] } + ["--"]
      + (["sh", "-c", linger, "sh"] + command).map(literal)
    try await screen.tmux(Array((settings + [session]).joined(separator: [";"])))
    return screen
  }

  /// Why there are no terminals here; nil: there are.
  package static let unavailableReason: String? =
    LabCommand.isInstalled("tmux") ? nil : "not installed: tmux (see .ci/packages-test)"

  // MARK: Typing

  /// Presses keys, by tmux's names (`Enter`, `Down`, `C-c`, `j`).
  package func send(_ keys: String...) async throws {
    try await tmux(["send-keys", "-t", Self.pane] + keys)
  }

  /// Types text as it is.
  package func type(_ text: String) async throws {
    try await tmux(["send-keys", "-t", Self.pane, "-l", "--", Self.literal(text)])
  }

  /// Pastes text, bracketed where the program asked for that.
  package func paste(_ text: String) async throws {
    try await tmux(["set-buffer", "--", Self.literal(text), ";", "paste-buffer", "-p", "-t", Self.pane])
  }

  /// Changes the size of the terminal.
  package func resize(columns: Int, rows: Int) async throws {
    try await tmux(["resize-window", "-t", Self.pane, "-x", "\(columns)", "-y", "\(rows)"])
  }

  // MARK: Looking

  /// What is on the screen: one line a row, without the white space at their ends.
  package func text() async throws -> String { try await tmux(["capture-pane", "-p", "-t", Self.pane]).output }

  /// The same with colours and attributes as escape sequences.
  package func ansi() async throws -> String { try await tmux(["capture-pane", "-p", "-e", "-t", Self.pane]).output }

  /// Whether the program is on the alternate screen, as a full-screen program has to be.
  package func isAlternateScreenOn() async throws -> Bool { try await value("#{alternate_on}") == "1" }

  package func isCursorVisible() async throws -> Bool { try await value("#{cursor_flag}") == "1" }

  /// The program's process id; nil once it has ended.
  package func processID() async throws -> Int32? {
    let shell = try await value("#{pane_pid}")
    let children = try await LabCommand.run(["pgrep", "-P", shell], seconds: 10).output.split(separator: "\n")
    // After the program the shell's only child is its `sleep`.
    for child in children.compactMap({ Int32($0) }) {
      let name = try await LabCommand.run(["ps", "-o", "args=", "-p", "\(child)"], seconds: 10).text
      if name != "sleep \(Self.rest)" { return child }
    }
    return nil
  }

  /// How the program ended: its exit code, or 128 + the signal; nil while it runs.
  package func exitStatus() async throws -> Int32? {
    let words = try await value("#{pane_dead}|#{pane_dead_status}|#{pane_dead_signal}").split(
      separator: "|", omittingEmptySubsequences: false)
    guard words.first == "1", words.count == 3 else { return nil }
    return Int32(words[1]) ?? Int32(words[2]).map { 128 + $0 }
  }

  /// Any of tmux's format strings (`#{cursor_x}`).
  package func value(_ format: String) async throws -> String {
    try await tmux(["display-message", "-p", "-t", Self.pane, format]).text
  }

  // MARK: Waiting

  /// Waits until the screen satisfies the condition, and returns it.
  /// - Throws: `LabError.timedOut` with the screen as it is, so that the failure can be understood.
  @discardableResult
  package func waitFor(
    _ what: String, within limit: Duration = .seconds(10), _ condition: (String) -> Bool
  ) async throws -> String {
    var seen = ""
    let came = try await eventually(within: limit) {
      seen = try await text()
      return condition(seen)
    }
    guard came else { throw LabError.timedOut("not on the screen within \(limit): \(what)\n\(seen)") }
    return seen
  }

  /// Waits until the text is on the screen.
  @discardableResult
  package func waitFor(text wanted: String, within limit: Duration = .seconds(10)) async throws -> String {
    try await waitFor("“\(wanted)”", within: limit) { $0.contains(wanted) }
  }

  /// Waits until the program has ended, and returns how.
  package func waitForEnd(within limit: Duration = .seconds(10)) async throws -> Int32 {
    var status: Int32?
    var toldAt: ContinuousClock.Instant?
    _ = try await eventually(within: limit) {
      status = try await exitStatus()
      if status == nil, let told = Int32(try await value("#{@ended}")) {
        // tmux 3.3 sometimes never marks a pane as dead; a second after the end all output is on the screen.
        let since = toldAt ?? .now
        toldAt = since
        if .now - since > .seconds(1) { status = told }
      }
      return status != nil
    }
    guard let status else { throw LabError.timedOut("still running after \(limit):\n\(try await text())") }
    return status
  }

  // MARK: Ending

  /// Ends the program, if it still runs, and the terminal. A program that is asked to hang up gets a SIGHUP.
  package func kill() async { _ = try? await LabCommand.run(["tmux", "-L", socket, "kill-server"], seconds: 10) }

  /// Ends, once in a process, the terminals of test processes that were killed.
  private static let sweep = Task {
    let script = #"""
      for socket in "${TMUX_TMPDIR:-/tmp}/tmux-$(id -u)"/azlin-lab-*; do
        [ -e "$socket" ] || continue
        name=${socket##*/}; owner=${name#azlin-lab-}
        [ -d "/proc/${owner%%-*}" ] || { tmux -L "$name" kill-server 2>/dev/null; rm -f "$socket"; }
      done
      """#
    _ = try? await LabCommand.run(["sh", "-c", script], seconds: 10)
  }

  /// Keeps the terminal open for a moment after the program: tmux 3.3 may lose the last words of one that takes its
  /// terminal along. Keys that are signals are the program's; its exit code is passed on. A hang-up ends the shell,
  /// and with that the program.
  private static let linger =
    "trap : INT QUIT; \"$@\"; status=$?; "
    + "tmux set-option -p @ended $status 2> /dev/null; sleep \(rest); exit $status"
  /// Seconds; written so that no program under test is mistaken for it.
  private static let rest = "0.250"

  /// tmux ends a command at a word's last semicolon, unless it is escaped.
  private static func literal(_ word: String) -> String {
    word.hasSuffix(";") ? word.dropLast() + "\\;" : word
  }

  @discardableResult
  private func tmux(_ arguments: [String]) async throws -> LabOutput {
    try await LabCommand.succeed(["tmux", "-u", "-L", socket, "-f", "/dev/null"] + arguments, seconds: 10)
  }
}
