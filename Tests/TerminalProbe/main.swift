import Glibc
import Terminal

// A small full-screen program that tests drive in a real terminal; its arguments say what it does.
CrashBacktrace.neverAsk()
TerminalSignals.blockEarly()
let arguments = Array(CommandLine.arguments.dropFirst())
do {
  let waker = try TerminalWaker()
  if let source = NoiseSource(arguments) { source.start(waker) }
  let reason = try await TerminalLoop.run(options: ProbeProgram.options(arguments), waker: waker) { _ in
    ProbeProgram(arguments: arguments)
  }
  switch reason {
  case .finished: print("probe finished")
  case .hangUp: exit(129)
  case .signal(let number): exit(128 + number)
  }
} catch let error as TerminalError {
  ProbeProgram.complain("azlin: \(error)")
  exit(64)
}
