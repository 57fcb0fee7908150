import Foundation
import Testing

@Suite(
  "Terminal manners", .serialized, .enabled(if: TmuxTerminal.isAvailable, "needs tmux and the built TerminalProbe"))
struct TerminalMannersTests {
  @Test("The screen is drawn on the alternate screen and left on quit, captured output printed after")
  func quit() throws {
    let terminal = try TmuxTerminal()
    try terminal.startProbe()
    try terminal.send("e")
    try terminal.waitFor("the key") { try terminal.screen().contains("character(\"e\")") }
    #expect(try !terminal.screen().contains("noise"))
    try terminal.send("q")
    try terminal.expectRestored(exit: 0)
    #expect(try terminal.screen().contains("noise ^[[31mon standard error"))
    #expect(try terminal.screen().contains("noise on standard output"))
    #expect(try terminal.screen().contains("probe finished"))
  }

  @Test("Wide characters, marks and borders stand where the grid has them")
  func placement() throws {
    let terminal = try TmuxTerminal(columns: 40, rows: 12)
    try terminal.startProbe()
    let lines = try terminal.screen().split(separator: "\n")
    #expect(lines.first == "┌ probe 日本 ──────────────────────────┐")
    #expect(lines[2] == "│ row 0 naïve 日本語 e\u{301}                 │")
    #expect(lines.last == "└──────────────────────────────────────┘")
  }

  @Test("Signals end the program with the screen restored", arguments: [("TERM", 143), ("INT", 130), ("HUP", 129)])
  func signals(_ name: String, _ code: Int) throws {
    let terminal = try TmuxTerminal()
    try terminal.startProbe("--mouse")
    kill(try terminal.probePID(), ["TERM": SIGTERM, "INT": SIGINT, "HUP": SIGHUP][name] ?? SIGTERM)
    try terminal.expectRestored(exit: code)
  }

  @Test("Ctrl-C ends the program")
  func controlC() throws {
    let terminal = try TmuxTerminal()
    try terminal.startProbe()
    try terminal.send("C-c")
    try terminal.expectRestored(exit: 130)
  }

  @Test(
    "The terminal is restored after a crash, and what was said before it is seen",
    arguments: [
      ("1", 139, ""), ("2", 135, ""), ("3", 132, ""), ("4", 133, ""), ("5", 134, ""), ("6", 136, ""),
      ("7", 0, "the probe was told to fail"), ("8", 139, ""),
    ])
  func crash(_ key: String, _ code: Int, _ text: String) throws {
    let terminal = try TmuxTerminal()
    try terminal.startProbe("--mouse --noise")
    try terminal.send("e")
    try terminal.send(key)
    // Not the command line, which ends in exit=$?.
    try terminal.waitFor("the end") { try terminal.screen().contains(/exit=\d/) }
    let exit = try terminal.screen().firstMatch(of: /exit=(\d+)/).flatMap { Int($0.1) } ?? 0
    // A Swift trap is SIGILL or SIGTRAP, whatever the processor has.
    if code == 0 { #expect([132, 133].contains(exit)) } else { #expect(exit == code) }
    #expect(try terminal.transcript().contains("noise ?[31mon standard error"))
    let transcript = try terminal.transcript()
    #expect(text.isEmpty || transcript.contains(text))
    try terminal.expectRestored(exit: exit)
  }

  @Test("The backtrace of a crash is printed after the screen is restored, and asks nothing")
  func backtrace() throws {
    let terminal = try TmuxTerminal()
    try terminal.startProbe(wrapper: "env -u SWIFT_BACKTRACE")
    try terminal.send("1")
    try terminal.expectRestored(exit: 139)
    let transcript = try terminal.transcript()
    #expect(transcript.contains("Bad pointer dereference"))
    #expect(!transcript.contains("Press space to interact"))
  }

  @Test("An exit from the midst of the program restores the terminal")
  func exits() throws {
    let terminal = try TmuxTerminal()
    try terminal.startProbe()
    try terminal.send("9")
    try terminal.expectRestored(exit: 5)
  }

  @Test("A terminal that goes away ends the program")
  func hangUp() throws {
    let terminal = try TmuxTerminal()
    try terminal.startProbe(wrapper: "setsid --wait --ctty")
    let pid = try terminal.probePID()
    try terminal.tmux(["kill-session"])
    let deadline = ContinuousClock.now + .seconds(10)
    while kill(pid, 0) == 0, ContinuousClock.now < deadline { usleep(20_000) }
    #expect(kill(pid, 0) != 0)
  }

  @Test("Ctrl-Z gives the terminal to the shell, and fg brings the screen back whole")
  func suspension() throws {
    let terminal = try TmuxTerminal()
    try terminal.startProbe("--mouse")
    let before = try terminal.styledScreen()
    try terminal.send("C-z")
    try terminal.waitFor("the shell") { try terminal.screen().contains("Stopped") && !terminal.isAlternate() }
    #expect(try terminal.format("#{mouse_any_flag}") == "0")
    try terminal.type("clear; stty -a | grep -o -E '.icanon'; printf '\\e[31mred'\r")
    try terminal.waitFor("the shell's own modes") { try terminal.screen().contains(" icanon") }
    try terminal.type("fg\r")
    try terminal.waitFor("the screen") { try terminal.isAlternate() && terminal.screen().contains("resumed") }
    #expect(try terminal.format("#{mouse_any_flag}") == "1")
    let upper = { (text: String) in text.split(separator: "\n", omittingEmptySubsequences: false).prefix(11) }
    #expect(try upper(terminal.styledScreen()) == upper(before))
    try terminal.send("Down")
    try terminal.waitFor("a key") { try terminal.screen().contains("Key.down") }
    try terminal.send("q")
    try terminal.waitFor("the end") { try !terminal.isAlternate() }
  }

  @Test("A stop that nobody announced is repaired when the program goes on")
  func stopSignal() throws {
    let terminal = try TmuxTerminal()
    try terminal.startProbe()
    let pid = try terminal.probePID()
    kill(pid, SIGSTOP)
    try terminal.waitFor("the shell") { try terminal.screen().contains("Stopped") }
    try terminal.type("reset; clear\r")
    try terminal.type("fg\r")
    try terminal.waitFor("the screen") {
      try terminal.isAlternate() && terminal.screen().contains("resumed") && terminal.screen().hasPrefix("┌ probe")
    }
    try terminal.send("q")
    try terminal.waitFor("the end") { try !terminal.isAlternate() }
  }

  @Test("A resize is drawn in the new size")
  func resize() throws {
    let terminal = try TmuxTerminal()
    try terminal.startProbe()
    for (columns, rows) in [(100, 30), (20, 6), (61, 17)] {
      try terminal.tmux(["resize-window", "-x", "\(columns)", "-y", "\(rows)"])
      try terminal.waitFor("\(columns)x\(rows)") {
        let lines = try terminal.screen().split(separator: "\n", omittingEmptySubsequences: false).dropLast()
        return lines.count == rows && lines.first?.last == "┐" && lines.last?.first == "└"
          && lines.last?.count == columns
      }
    }
  }

  @Test("A flood of a thousand wake-ups a second draws at most 30 frames a second, and a key is drawn at once")
  func flood() throws {
    let terminal = try TmuxTerminal()
    try terminal.startProbe("--noise --frames")
    let frames = { () throws -> Int in
      let text = try terminal.screen().firstMatch(of: /frames (\d+)/).flatMap { Int($0.1) }
      return try #require(text)
    }
    let start = ContinuousClock.now
    let first = try frames()
    try terminal.waitFor("more frames") { try frames() > first + 20 }
    let elapsed = start.duration(to: .now)
    let count = try frames() - first
    #expect(Double(count) <= elapsed / .seconds(1) * 30 + 2)
    try terminal.send("x")
    try terminal.waitFor("the key", seconds: 2) { try terminal.screen().contains("character(\"x\")") }
  }

  @Test("Nothing is written and nothing runs while nothing happens")
  func idle() throws {
    let terminal = try TmuxTerminal()
    try terminal.startProbe()
    let pid = try terminal.probePID()
    // The first frame may be seen before its last byte is counted.
    try terminal.waitFor("the whole first frame") { try terminal.screen().contains("┘") }
    var before = try counters(pid)
    try terminal.waitFor("quiet") {
      let last = before
      usleep(200_000)
      before = try counters(pid)
      return before == last
    }
    // A span of time is what this is about.
    usleep(1_500_000)
    let after = try counters(pid)
    #expect(after.written == before.written)
    #expect(after.ticks - before.ticks <= 1)
  }

  /// Bytes written and processor ticks used, from /proc.
  private func counters(_ pid: pid_t) throws -> (written: Int, ticks: Int) {
    let io = try String(contentsOfFile: "/proc/\(pid)/io", encoding: .utf8)
    let written = try #require(io.firstMatch(of: /wchar: (\d+)/).flatMap { Int($0.1) })
    let stat = try String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)
    let fields = stat.split(separator: ")").last?.split(separator: " ") ?? []
    // proc(5): utime and stime are fields 14 and 15; the name ends field 2.
    return (written, try #require(Int(fields[11])) + (try #require(Int(fields[12]))))
  }

  @Test("Ctrl-L paints over what something else wrote")
  func repaint() throws {
    let terminal = try TmuxTerminal()
    try terminal.startProbe()
    let before = try terminal.screen()
    try "\u{1B}[5;5Hgarbage over the frame".write(
      toFile: terminal.format("#{pane_tty}"), atomically: false, encoding: .utf8)
    try terminal.waitFor("the garbage") { try terminal.screen().contains("garbage") }
    try terminal.send("C-l")
    try terminal.waitFor("a clean screen") { try terminal.screen() == before }
  }

  @Test("Pasted text arrives as one paste, whatever keys it holds")
  func paste() throws {
    let terminal = try TmuxTerminal()
    try terminal.startProbe()
    try terminal.tmux(["set-buffer", "q9\u{3}\u{1A}end\nline"])
    try terminal.tmux(["paste-buffer", "-p"])
    try terminal.waitFor("the paste") { try terminal.screen().contains("paste(\"q9\\u{03}\\u{1A}end\\nline\")") }
    #expect(try terminal.isAlternate())
  }

  @Test("Escape alone is a key, cursor keys are keys in both modes")
  func keys() throws {
    let terminal = try TmuxTerminal()
    try terminal.startProbe()
    try terminal.send("Escape")
    try terminal.waitFor("Escape") { try terminal.screen().contains("Key.escape") }
    try terminal.type("\u{1B}[A")
    try terminal.waitFor("ESC [ A") { try terminal.screen().contains("Key.up") }
    try terminal.type("\u{1B}OB")
    try terminal.waitFor("ESC O B") { try terminal.screen().contains("Key.down") }
    try terminal.send("F5", "M-x")
    try terminal.waitFor("F5 and Alt-x") {
      try terminal.screen().contains("function(5)") && terminal.screen().contains("alt(\"x\")")
    }
  }

  @Test("Without a UTF-8 locale only ASCII is drawn, in its place")
  func asciiLocale() throws {
    let terminal = try TmuxTerminal(columns: 40, rows: 12, environment: ["LANG": "C", "LC_ALL": "C"])
    try terminal.startProbe()
    let lines = try terminal.screen().split(separator: "\n")
    #expect(lines.first == "+ probe ???? --------------------------+")
    #expect(lines[2] == "| row 0 na?ve ?????? e                 |")
  }

  @Test("Without colours the selection still stands out", arguments: ["env NO_COLOR=1", "env TERM=vt100"])
  func mono(_ wrapper: String) throws {
    let terminal = try TmuxTerminal()
    try terminal.startProbe(wrapper: wrapper)
    let screen = try terminal.styledScreen()
    #expect(screen.contains("\u{1B}[7mrow 0"))
    #expect(screen.firstMatch(of: /\x1b\[[0-9;]*[34][0-8]m/) == nil)
  }
}
