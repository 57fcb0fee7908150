import LabKit
import Testing

@Suite("A terminal of our own", .enabled(if: TmuxScreen.unavailableReason == nil, "needs tmux"))
struct TmuxScreenTests {
  /// Runs a shell script in a terminal, and takes the terminal away again.
  private func with(
    _ script: String, columns: Int = 60, rows: Int = 10, environment: [String: String] = [:],
    _ body: (TmuxScreen) async throws -> Void
  ) async throws {
    let screen = try await TmuxScreen.start(
      ["sh", "-c", script], columns: columns, rows: rows, environment: environment)
    do { try await body(screen) } catch {
      await screen.kill()
      throw error
    }
    await screen.kill()
  }

  @Test("shows what the program writes, in the environment it was given")
  func showsOutput() async throws {
    try await with(#"echo "hello $AZLIN_WORD ●"; cat"#, environment: ["AZLIN_WORD": "operator"]) { screen in
      try await screen.waitFor(text: "hello operator ●")
    }
  }

  @Test("types keys and text into the program")
  func types() async throws {
    try await with("read -r line; echo \"got <$line>\"; cat") { screen in
      try await screen.type("a;b -x;")
      try await screen.send("Enter")
      try await screen.waitFor(text: "got <a;b -x;>")
    }
  }

  @Test("has the size it was given, and tells the program of a new one")
  func resizes() async throws {
    let script = "trap 'stty size' WINCH; stty size; while :; do sleep 0.05; done"
    try await with(script, columns: 71, rows: 11) { screen in
      try await screen.waitFor(text: "11 71")
      try await screen.resize(columns: 83, rows: 13)
      try await screen.waitFor(text: "13 83")
    }
  }

  @Test("tells the alternate screen, colours and the cursor")
  func tellsModes() async throws {
    let script = #"printf '\033[?1049h\033[?25l\033[31mred'; read -r x; printf '\033[?25h\033[?1049l'; cat"#
    try await with(script) { screen in
      try await screen.waitFor(text: "red")
      #expect(try await screen.isAlternateScreenOn())
      #expect(try await !screen.isCursorVisible())
      #expect(try await screen.ansi().contains("\u{1B}[31mred"))
      try await screen.send("Enter")
      try await screen.waitFor("the first screen again") { !$0.contains("red") }
      #expect(try await !screen.isAlternateScreenOn())
      #expect(try await screen.isCursorVisible())
    }
  }

  @Test("keeps the last words and the exit code of a program that ended")
  func keepsLastWords() async throws {
    try await with("echo farewell; exit 64") { screen in
      let status = try await screen.waitForEnd()
      #expect(status == 64)
      #expect(try await screen.text().contains("farewell"))
    }
  }

  @Test("tells the signal that ended a program")
  func tellsSignal() async throws {
    try await with("kill -TERM $$") { screen in
      let status = try await screen.waitForEnd()
      #expect(status == 128 + 15)
    }
  }

  @Test("a key that is a signal reaches the program, whose own exit code counts")
  func passesSignals() async throws {
    try await with("trap 'echo caught; exit 3' INT; echo ready; while :; do sleep 0.05; done") { screen in
      try await screen.waitFor(text: "ready")
      try await screen.send("C-c")
      let status = try await screen.waitForEnd()
      #expect(status == 3)
      try await screen.waitFor(text: "caught")
    }
  }

  @Test("a wait that is in vain says what was on the screen instead")
  func explainsVainWait() async throws {
    try await with("echo something else; cat") { screen in
      try await screen.waitFor(text: "something else")
      let error = await #expect(throws: LabError.self) {
        try await screen.waitFor(text: "never", within: .milliseconds(50))
      }
      #expect(error?.description.contains("something else") == true)
    }
  }

  @Test("is gone after kill, with its program")
  func killEnds() async throws {
    let screen = try await TmuxScreen.start(["sleep", "600"])
    var started: Int32?
    _ = try await eventually(within: .seconds(5)) {
      started = try await screen.processID()
      return started != nil
    }
    let pid = try #require(started)
    await screen.kill()
    #expect(try await eventually(within: .seconds(5)) { try await LabCommand.run(["ps", "-p", "\(pid)"]).status == 1 })
  }
}
