import Foundation
import Testing

@Suite(
  "Children on the terminal", .serialized,
  .enabled(if: TmuxTerminal.isAvailable, "needs tmux and the built TerminalProbe"))
struct ChildProgramTests {
  @Test("A child gets the terminal, its end is known, and the screen comes back")
  func child() throws {
    let terminal = try TmuxTerminal()
    try terminal.startProbe()
    try terminal.send("s")
    try terminal.waitFor("the exit code") { try terminal.screen().contains("child exited(7)") }
    try terminal.send("S")
    try terminal.waitFor("the child") { try terminal.screen().contains("waiting child") && !terminal.isAlternate() }
    try terminal.type("answer\r")
    try terminal.waitFor("the exit code") {
      try terminal.isAlternate() && terminal.screen().contains("child exited(3)")
    }
    try terminal.send("n")
    try terminal.waitFor("the error") { try terminal.screen().contains("no-such-program was not found") }
    try terminal.send("q")
    try terminal.expectRestored(exit: 0)
    #expect(try terminal.screen().contains("child ran"))
  }

  @Test("A child that is interrupted leaves the program running; one stopped by Ctrl-Z comes back by fg")
  func interruptedChild() throws {
    let terminal = try TmuxTerminal()
    try terminal.startProbe()
    let pid = try terminal.probePID()
    try terminal.send("S")
    try terminal.waitFor("the child") { try terminal.screen().contains("waiting child") && !terminal.isAlternate() }
    try terminal.send("C-z")
    try terminal.waitFor("the shell") { try terminal.screen().contains("Stopped") }
    try terminal.type("fg\r")
    // Earlier than that, Ctrl-C would be the shell's.
    try terminal.waitFor("the job in the foreground") {
      // The program, and the child it has to continue.
      try Command.run(["ps", "-o", "stat=", "-p", "\(pid)", "--ppid", "\(pid)"])
        .split(separator: "\n").count { $0.firstMatch(of: /^S.*\+/) != nil } == 2
    }
    try terminal.send("C-c")
    try terminal.waitFor("the screen") { try terminal.isAlternate() && terminal.screen().contains("child signaled(2)") }
    try terminal.send("q")
    try terminal.waitFor("the end") { try !terminal.isAlternate() }
  }

  @Test("SIGTERM while a child has the terminal ends both")
  func terminatedChild() throws {
    let terminal = try TmuxTerminal()
    try terminal.startProbe()
    let pid = try terminal.probePID()
    try terminal.send("S")
    try terminal.waitFor("the child") { try terminal.screen().contains("waiting child") && !terminal.isAlternate() }
    kill(pid, SIGTERM)
    try terminal.expectRestored(exit: 143)
  }
}
