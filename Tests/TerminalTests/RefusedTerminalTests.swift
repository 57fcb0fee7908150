import Foundation
import Testing

@Suite(
  "Refused terminals", .serialized, .enabled(if: TmuxTerminal.isAvailable, "needs tmux and the built TerminalProbe"))
struct RefusedTerminalTests {
  @Test(
    "Where no screen can be drawn there is one line, and exit code 64",
    arguments: [
      ("env TERM=dumb", "of type 'dumb' cannot show a screen"), ("env -u TERM", "TERM is not set"),
      ("env TERM=no-such", "does not know terminal type 'no-such'"),
    ])
  func unusable(_ wrapper: String, _ text: String) throws {
    let terminal = try TmuxTerminal(columns: 160)
    try terminal.type("\(wrapper) \(TmuxTerminal.probe); echo \"exit=$?\"\r")
    try terminal.waitFor("the exit code") { try terminal.screen().contains("exit=64\n") }
    #expect(try terminal.screen().contains(text))
    #expect(try !terminal.isAlternate())
  }

  @Test("Redirected streams are no terminal")
  func redirected() throws {
    let terminal = try TmuxTerminal(columns: 160)
    try terminal.type("\(TmuxTerminal.probe) </dev/null; echo \"exit=$?\"\r")
    try terminal.waitFor("the exit code") { try terminal.screen().contains("exit=64\n") }
    #expect(try terminal.screen().contains("standard input is not one"))
  }
}
