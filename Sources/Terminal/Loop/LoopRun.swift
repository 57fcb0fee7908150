import CNcurses
import Glibc

/// One run of the loop: what it waits for, and what it has to do next.
struct LoopRun<Program: TerminalProgram> {
  private var program: Program
  private let screen: Screen
  private let control: TerminalControl
  private let options: TerminalOptions
  private let waker: TerminalWaker
  private let signals: Int32
  private let capture: StandardErrorCapture?
  private let postponed = PostponedSignals()
  private var decoder: KeyDecoder
  private var pacer: FramePacer
  private var wakeDeadline: ContinuousClock.Instant?
  private var decoderDeadline: ContinuousClock.Instant?
  private var exitReason: ExitReason?

  /// Signals that came while a child had the terminal.
  private final class PostponedSignals {
    var numbers: [Int32] = []
  }

  init(
    program: Program, screen: Screen, type: TerminalType, options: TerminalOptions, waker: TerminalWaker,
    signals: Int32, capture: StandardErrorCapture?
  ) {
    self.program = program
    self.screen = screen
    self.options = options
    self.waker = waker
    self.signals = signals
    self.capture = capture
    decoder = KeyDecoder(sequences: type.keySequences)
    pacer = FramePacer(interval: options.frameInterval)
    let postponed = postponed
    func stream(_ copy: Int32?, _ standard: Int32) -> Int32 { copy.flatMap { $0 >= 0 ? $0 : nil } ?? standard }
    control = TerminalControl(
      screen: screen,
      child: ChildProgram(
        descriptors: (STDIN_FILENO, stream(capture?.output, STDOUT_FILENO), stream(capture?.error, STDERR_FILENO)),
        signals: signals, postpone: { postponed.numbers.append($0) }))
  }

  mutating func run() -> ExitReason {
    if options.synchronizesOutput { screen.requestSynchronizedOutput() }
    take([.resize(screen.size)])
    while exitReason == nil {
      if pacer.isDue(at: .now) {
        screen.draw(program.draw(size: screen.size, capabilities: screen.capabilities))
        pacer.drew(at: .now)
      }
      take(wait())
    }
    return exitReason ?? .finished
  }

  /// Sleeps until there is something, and collects all there is.
  private mutating func wait() -> [TerminalInput] {
    var descriptors = [STDIN_FILENO, signals, waker.descriptor].map {
      pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
    }
    let ready = poll(&descriptors, nfds_t(descriptors.count), timeout())
    var inputs: [TerminalInput] = []
    if ready > 0 {
      if descriptors[1].revents != 0 { takeSignals(&inputs) }
      if descriptors[0].revents != 0 { read(&inputs) }
      if descriptors[2].revents != 0 {
        waker.clear()
        inputs.append(.woken)
      }
    }
    let now = ContinuousClock.now
    if let deadline = decoderDeadline, deadline <= now {
      decoderDeadline = nil
      for input in decoder.expire() { append(input, to: &inputs) }
    }
    if let deadline = wakeDeadline, deadline <= now {
      wakeDeadline = nil
      if inputs.last != .woken { inputs.append(.woken) }
    }
    return inputs
  }

  /// Milliseconds until the next deadline, rounded up; −1 if there is none.
  private func timeout() -> Int32 {
    let deadlines = [wakeDeadline, decoderDeadline, pacer.dueTime(at: .now)].compactMap(\.self)
    guard let next = deadlines.min() else { return -1 }
    let (seconds, attoseconds) = (next - .now).components
    guard seconds >= 0, attoseconds >= 0 else { return 0 }
    // A day at most: the argument of poll is a 32-bit number.
    let milliseconds = min(seconds, 86_400) * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
    return Int32(milliseconds)
  }

  private mutating func read(_ inputs: inout [TerminalInput]) {
    var block = [UInt8](repeating: 0, count: 16_384)
    let count = Glibc.read(STDIN_FILENO, &block, block.count)
    if count < 0 && (errno == EINTR || errno == EAGAIN) { return }
    guard count > 0 else {
      inputs.append(.hangUp)
      return
    }
    for input in decoder.feed(block[..<count]) { append(input, to: &inputs) }
    if decoder.knowsSynchronizedUpdate == true { screen.synchronizesOutput = options.synchronizesOutput }
    decoderDeadline =
      decoder.isUndecided ? .now + KeyDecoder.escapeDelay : decoder.isPasting ? .now + KeyDecoder.pasteDelay : nil
  }

  /// Keeps the keys that the terminal's driver would act on if it were not in raw mode.
  private mutating func append(_ input: TerminalInput, to inputs: inout [TerminalInput]) {
    switch input {
    case .key(.control("c")): inputs.append(.terminate(signal: SIGINT))
    case .key(.control("z")): suspend(&inputs)
    case .key(.control("l")):
      screen.repaint()
      pacer.request(isUrgent: true)
    default: inputs.append(input)
    }
  }

  private mutating func takeSignals(_ inputs: inout [TerminalInput]) {
    while case let signal = cnc_signals_next(signals), signal != 0 { takeSignal(signal, &inputs) }
  }

  private mutating func takeSignal(_ signal: Int32, _ inputs: inout [TerminalInput]) {
    switch signal {
    case SIGWINCH: takeSize(&inputs)
    case SIGTSTP: suspend(&inputs)
    case SIGCONT:
      // Stopped by SIGSTOP, from which there is no warning: another program has had the terminal since.
      screen.resume()
      takeResumption(&inputs)
    case SIGHUP: inputs.append(.hangUp)
    default: inputs.append(.terminate(signal: signal))
    }
  }

  private mutating func suspend(_ inputs: inout [TerminalInput]) {
    control.suspend()
    takeResumption(&inputs)
  }

  private mutating func takeResumption(_ inputs: inout [TerminalInput]) {
    // The SIGCONT that woke us, and a size change that fell into the pause, need nothing more.
    while case let signal = cnc_signals_next(signals), signal != 0 {
      if signal != SIGCONT && signal != SIGWINCH { takeSignal(signal, &inputs) }
    }
    inputs.append(.resize(screen.size))
    inputs.append(.resumed)
    pacer.request(isUrgent: true)
  }

  private mutating func takeSize(_ inputs: inout [TerminalInput]) {
    let before = screen.size
    let size = screen.resize()
    guard size != before else { return }
    inputs.append(.resize(size))
    pacer.request(isUrgent: true)
  }

  private mutating func take(_ inputs: [TerminalInput]) {
    guard !inputs.isEmpty else { return }
    capture?.trim()
    let size = screen.size
    let decision = program.handle(inputs, terminal: control)
    switch decision {
    case .finish: exitReason = .finished
    case .proceed(let redraw, let wakeAfter):
      wakeDeadline = wakeAfter.map { .now + $0 }
      if redraw { pacer.request(isUrgent: inputs.contains { $0 != .woken }) }
    }
    // A program may say a last word, but not stay.
    for input in inputs {
      if case .hangUp = input { exitReason = .hangUp }
      if case .terminate(let signal) = input { exitReason = exitReason ?? .signal(signal) }
    }
    takePostponed()
    // A child may have had the terminal while its window changed.
    if screen.size != size, exitReason == nil { take([.resize(screen.size)]) }
    if screen.needsPaint { pacer.request(isUrgent: true) }
  }

  private mutating func takePostponed() {
    for signal in postponed.numbers {
      exitReason = signal == SIGHUP ? .hangUp : .signal(signal)
    }
    postponed.numbers.removeAll()
  }
}
