import Glibc
import Terminal

/// Shows a list with a selection and the last inputs; certain keys make it crash, run a child, or write where it must
/// not.
struct ProbeProgram: TerminalProgram {
  private let arguments: [String]
  private var selection = 0
  private var log: [String] = []
  private var frames = 0
  private var status = ""

  init(arguments: [String]) { self.arguments = arguments }

  static func options(_ arguments: [String]) -> TerminalOptions {
    TerminalOptions(
      color: arguments.contains("--mono") ? .never : .auto, ascii: arguments.contains("--ascii"),
      mouse: arguments.contains("--mouse"))
  }

  static func complain(_ text: String) {
    let line = text + "\n"
    _ = write(STDERR_FILENO, line, line.utf8.count)
  }

  mutating func handle(_ inputs: [TerminalInput], terminal: TerminalControl) -> LoopDecision {
    for input in inputs {
      if arguments.contains("--noise"), input == .woken { continue }
      log.append("\(input)")
      guard case .key(let key) = input else { continue }
      switch key {
      case .character("q"): return .finish
      case .down: selection += 1
      case .up: selection = max(0, selection - 1)
      case .character("e"):
        // What a library might do: it must not reach the screen.
        ProbeProgram.complain("noise \u{1B}[31mon standard error")
        print("noise on standard output")
      case .character("s"): run("sh", ["-c", "echo child ran; exit 7"], terminal)
      case .character("S"): run("sh", ["-c", "echo waiting child; read line; exit 3"], terminal)
      case .character("n"): run("no-such-program", [], terminal)
      case .character("y"): status = "copied \(terminal.copy("clip"))"
      case .character("1"): crash(SIGSEGV)
      case .character("2"): crash(SIGBUS)
      case .character("3"): crash(SIGILL)
      case .character("4"): crash(SIGTRAP)
      case .character("5"): abort()
      case .character("6"): crash(SIGFPE)
      case .character("7"): preconditionFailure("the probe was told to fail")
      case .character("8"): print(overflow(1))
      case .character("9"): exit(5)
      default: break
      }
    }
    let pace: Duration? = arguments.contains("--tick") ? .milliseconds(10) : nil
    return .proceed(redraw: true, wakeAfter: pace)
  }

  mutating func draw(size: Size, capabilities: Capabilities) -> Frame {
    frames += 1
    var grid = Grid(size: size)
    let borders: BorderSet = capabilities.unicode ? .light : .ascii
    grid.box(grid.bounds, style: Style(foreground: .ansi(4)), borders: borders, title: "probe 日本")
    let inner = grid.bounds.inset(by: 2)
    for row in 0..<min(inner.height, 8) {
      var style = Style(foreground: row % 2 == 0 ? .rgb(250, 189, 47) : .terminalDefault)
      if row == selection { style.attributes.insert(.reverse) }
      grid.fill(Rect(x: inner.x, y: inner.y + row, width: inner.width, height: 1), style: style)
      grid.write("row \(row) naïve 日本語 e\u{301}", x: inner.x, y: inner.y + row, width: inner.width, style: style)
    }
    for (offset, line) in log.suffix(max(0, inner.height - 9)).enumerated() {
      grid.write(line, x: inner.x, y: inner.y + 9 + offset, width: inner.width)
    }
    if arguments.contains("--frames") { grid.write("frames \(frames)", x: inner.x, y: inner.bottom, style: Style()) }
    if !status.isEmpty { grid.write(status, x: inner.x, y: inner.y + 8, width: inner.width) }
    return Frame(grid, cursor: arguments.contains("--cursor") ? inner.origin : nil)
  }

  private mutating func run(_ program: String, _ arguments: [String], _ terminal: TerminalControl) {
    do {
      status = "child \(try terminal.run(program, arguments: arguments))"
    } catch {
      status = "\(error)"
    }
  }

  private func crash(_ signal: Int32) {
    // A fault of the hardware, where one is easy to make; else the signal itself.
    if signal == SIGSEGV, let nowhere = UnsafeMutablePointer<Int>(bitPattern: 8) { nowhere.pointee = 1 }
    raise(signal)
  }

  private func overflow(_ depth: Int) -> Int { depth < 0 ? 0 : overflow(depth + 1) + withUnsafeStack(depth) }

  /// Keeps the recursion from becoming a loop.
  private func withUnsafeStack(_ depth: Int) -> Int {
    withUnsafeTemporaryAllocation(of: Int.self, capacity: 512) { buffer in
      buffer.initialize(repeating: depth)
      return buffer[depth % 512]
    }
  }
}
