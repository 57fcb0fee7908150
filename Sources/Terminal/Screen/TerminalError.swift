/// Why there can be no full screen; the text is one line for the operator, the program then exits 64.
package enum TerminalError: Error, Hashable, CustomStringConvertible {
  case notATerminal(stream: String)
  case noTerminalType
  case dumbTerminal(String)
  case unknownTerminal(String)
  case noTerminalDatabase(String)
  case terminalTooSimple(String)
  case screenRefused(String)
  case threadRefused(errno: Int32)
  case descriptorRefused(String, errno: Int32)

  package var description: String {
    switch self {
    case .notATerminal(let stream):
      "the dashboard needs a terminal, but \(stream) is not one; --plain prints one snapshot as text"
    case .noTerminalType:
      "TERM is not set, so the screen cannot be drawn; set it (TERM=xterm-256color fits most) or use --plain"
    case .dumbTerminal(let name):
      "a terminal of type '\(name)' cannot show a screen; set TERM to its real type or use --plain"
    case .unknownTerminal(let name):
      "this machine does not know terminal type '\(name)'; install its terminfo entry (package ncurses-term) or set "
        + "TERM=xterm-256color"
    case .noTerminalDatabase(let name):
      "this machine has no terminfo database to look up terminal type '\(name)' in; install package ncurses-base"
    case .terminalTooSimple(let name):
      "terminal type '\(name)' cannot move its cursor; set TERM to the terminal's real type or use --plain"
    case .screenRefused(let name):
      "ncurses could not open a screen on terminal type '\(name)'; set TERM to the terminal's real type or use --plain"
    case .threadRefused(let number):
      "the thread of the screen could not be started (errno \(number)); free memory or raise the limit of tasks"
    case .descriptorRefused(let purpose, let number):
      "no file descriptor for \(purpose) (errno \(number)); raise the limit of open files (ulimit -n)"
    }
  }
}
