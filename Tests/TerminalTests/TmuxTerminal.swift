import Foundation
import Testing

/// A shell in a real terminal (tmux, on a server of its own) in which tests start the probe.
final class TmuxTerminal {
  private let socket: String
  let directory: URL
  private let window = "probe"

  /// Why these tests cannot run here, nil if they can.
  static let isAvailable: Bool = {
    (try? Command.run(["tmux", "-V"])) != nil && FileManager.default.isExecutableFile(atPath: probe)
  }()

  /// The probe lies beside the program that runs the tests, or beside the bundle that is named to it.
  static let probe: String = {
    let programs = [(try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""]
    return (programs + CommandLine.arguments)
      .map { URL(fileURLWithPath: $0).deletingLastPathComponent().appendingPathComponent("TerminalProbe").path }
      .first { FileManager.default.isExecutableFile(atPath: $0) } ?? ""
  }()

  init(columns: Int = 80, rows: Int = 24, environment: [String: String] = [:]) throws {
    socket = "azlin-test-\(UUID().uuidString.prefix(8))"
    directory = FileManager.default.temporaryDirectory.appendingPathComponent(socket)
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    var variables = ["LANG": "C.UTF-8", "PS1": "$ ", "SWIFT_BACKTRACE": "enable=no"]
    variables.merge(environment) { $1 }
    try tmux(
      ["new-session", "-d", "-s", window, "-x", "\(columns)", "-y", "\(rows)", "env"]
        + variables.map { "\($0.key)=\($0.value)" }.sorted() + ["bash", "--norc", "--noprofile"])
    try waitFor("a prompt") { try screen().contains("$") }
  }

  deinit {
    _ = try? tmux(["kill-server"])
    try? FileManager.default.removeItem(at: directory)
  }

  @discardableResult
  func tmux(_ arguments: [String]) throws -> String {
    try Command.run(["tmux", "-L", socket, "-f", "/dev/null"] + arguments)
  }

  /// Starts the probe from the shell and waits for its first frame; its exit code is printed by the shell.
  func startProbe(_ arguments: String = "", wrapper: String = "") throws {
    try type("\(wrapper) \(Self.probe) \(arguments); echo \"exit=$?\"\r")
    try waitFor("the first frame") { try screen().contains("row 7") }
  }

  func send(_ keys: String...) throws { try tmux(["send-keys", "-t", window] + keys) }
  func type(_ text: String) throws { try tmux(["send-keys", "-t", window, "-l", text]) }
  func screen() throws -> String { try tmux(["capture-pane", "-p", "-t", window]) }
  /// The screen and what scrolled off it.
  func transcript() throws -> String { try tmux(["capture-pane", "-p", "-J", "-S", "-", "-t", window]) }
  func styledScreen() throws -> String { try tmux(["capture-pane", "-p", "-e", "-t", window]) }
  func isAlternate() throws -> Bool { try format("#{alternate_on}") == "1" }

  func format(_ format: String) throws -> String {
    try tmux(["display-message", "-p", "-t", window, format]).trimmingCharacters(in: .whitespacesAndNewlines)
  }

  func probePID() throws -> pid_t { try pid(named: "TerminalProbe") }

  /// The process of this name that has this terminal, wherever in the tree it is.
  func pid(named name: String) throws -> pid_t {
    let tty = try format("#{pane_tty}").replacingOccurrences(of: "/dev/", with: "")
    let found = try Command.run(["pgrep", "-t", tty, "-x", name])
    return try #require(pid_t(found.split(separator: "\n").first ?? ""))
  }

  func waitFor(
    _ what: String, seconds: Double = 20, sourceLocation: SourceLocation = #_sourceLocation,
    _ condition: () throws -> Bool
  ) throws {
    let deadline = ContinuousClock.now + .seconds(seconds)
    while try !condition() {
      guard ContinuousClock.now < deadline else {
        let screen = (try? screen()) ?? ""
        Issue.record("waited in vain for \(what); the terminal shows:\n\(screen)", sourceLocation: sourceLocation)
        throw TimeOut(what: what)
      }
      usleep(20_000)
    }
  }

  /// The shell has the terminal again, whole: the main screen, echo and line editing.
  func expectRestored(exit code: Int, sourceLocation: SourceLocation = #_sourceLocation) throws {
    try waitFor("exit code \(code)", sourceLocation: sourceLocation) { try screen().contains("exit=\(code)\n") }
    #expect(try !isAlternate(), sourceLocation: sourceLocation)
    #expect(try format("#{cursor_flag}") == "1", sourceLocation: sourceLocation)
    #expect(try format("#{mouse_any_flag}") == "0", sourceLocation: sourceLocation)
    #expect(try format("#{keypad_flag}") == "0", sourceLocation: sourceLocation)
    try type("stty -a | tr ';' '\\n' | grep -o -E '[ -](echo|icanon|isig|opost|icrnl) ' | tr -d '\\n'; echo modes\r")
    try waitFor("the terminal's modes", sourceLocation: sourceLocation) {
      let text = try screen()
      return text.contains("icanon") && text.contains("modes\n")
    }
    let modes = try screen()
    for mode in ["-echo ", "-icanon ", "-isig ", "-opost ", "-icrnl "] {
      #expect(!modes.contains(mode), sourceLocation: sourceLocation)
    }
  }

  struct TimeOut: Error { var what: String }
}
