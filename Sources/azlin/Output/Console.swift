import FleetModel
import Glibc

/// Results go to standard output, everything else to standard error.
struct Console: Sendable {
  var color: ColorChoice
  var isQuiet: Bool

  enum ColorChoice: String, CaseIterable, Sendable { case auto, always, never }

  /// Writes one line of results.
  func result(_ line: String) { Self.write(line + "\n", to: STDOUT_FILENO) }

  /// Writes one line beside the results, unless quiet.
  func note(_ line: String) {
    if !isQuiet { Self.write(SafeText.lines(line) + "\n", to: STDERR_FILENO) }
  }

  /// Asks for a yes. Default is no; without a terminal nobody can say yes.
  /// - Parameters:
  ///   - name: to be typed instead of `y`, where a wrong machine would be hurt.
  ///   - flag: what says yes beforehand.
  static func confirms(_ question: String, typing name: String? = nil, flag: String = "--yes") -> Bool {
    guard isatty(STDIN_FILENO) == 1 else {
      error("\(question) Nobody can be asked here: add \(flag)")
      return false
    }
    let hint = name.map { "Type its name (\(SafeText.line($0))) to go on: " } ?? "[y/N] "
    write("\(question) \(hint)", to: STDERR_FILENO)
    let answer = readLine() ?? ""
    return name.map { answer == $0 } ?? ["y", "yes"].contains(answer.lowercased())
  }

  /// Writes an error; never suppressed. It may repeat what it was given, so nothing in it reaches the terminal raw.
  static func error(_ line: String) { write("azlin: \(SafeText.lines(line))\n", to: STDERR_FILENO) }

  /// Whether results may carry colour: asked for, or a terminal that has not declined (`NO_COLOR`).
  var isColored: Bool {
    switch color {
    case .always: true
    case .never: false
    case .auto:
      isatty(STDOUT_FILENO) == 1 && Self.variable("NO_COLOR").isEmpty && Self.variable("TERM") != "dumb"
    }
  }

  /// Empty where it is unset: NO_COLOR counts as set only with a value, as on the screen.
  private static func variable(_ name: String) -> String { getenv(name).map { String(cString: $0) } ?? "" }

  func paint(_ text: String, _ hue: Hue) -> String { isColored ? "\u{1B}[\(hue.rawValue)m\(text)\u{1B}[0m" : text }

  enum Hue: Int { case bold = 1, dim = 2, red = 31, green = 32, yellow = 33, cyan = 36 }

  /// Writes all bytes; a reader that has gone away (`azlin list | head`) ends the program quietly.
  private static func write(_ text: String, to descriptor: Int32) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count > 0 {
        bytes = bytes.dropFirst(count)
      } else if errno != EINTR && errno != EAGAIN {
        if errno == EPIPE { exit(0) }
        return
      }
    }
  }
}
