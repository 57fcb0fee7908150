import ArgumentParser
@preconcurrency import Dispatch
import FleetModel
import Glibc

/// `azlin autopilot run`: the engine without a screen, healing.
struct AutopilotRun: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Run the engine in the foreground, healing, until it is told to stop.")

  @Flag(help: "Everything runs, but remedies are only written down as “would have”.") var dryRun = false
  @Flag(help: "Watch this machine too.") var local = false
  @OptionGroup var global: GlobalOptions

  func run() async throws {
    let site = try Site(global)
    let console = Console(color: .never, isQuiet: global.quiet)
    let signals = StopSignals()
    let engine = try await site.start(mode: dryRun ? .dryRun : .healing, includesLocal: local)
    console.note(
      dryRun ? "azlin engine runs, dry: nothing will be changed" : "azlin engine runs, healing; stop it with Ctrl-C")
    let log = Task { await EventPrinter(console: console).follow(engine) }
    let stop = Task { _ = await signals.wait() }
    let end = Task {
      // An engine that fails ends the program with its reason.
      defer { stop.cancel() }
      try await engine.life.value
    }
    await stop.value
    log.cancel()
    await engine.stop()
    try await end.value
    console.note("azlin engine stopped")
  }
}

/// Prints what happens, a line each, to standard output.
struct EventPrinter: Sendable {
  let console: Console

  func follow(_ engine: RunningEngine) async {
    var last: Instant?
    var printed: Set<FleetEvent> = []
    for await snapshot in engine.service.snapshots() {
      for event in snapshot.events where last.map({ event.at >= $0 }) ?? false {
        guard printed.insert(event).inserted else { continue }
        let name = event.machineName.isEmpty ? "" : " \(SafeText.line(event.machineName))"
        console.result("\(TimestampText.rfc3339(event.at)) \(event.severity.word)\(name) \(SafeText.line(event.text))")
      }
      // What the journal restored is old news.
      let newest = snapshot.events.last?.at ?? snapshot.at
      if last == nil { last = snapshot.at }
      if let from = last, newest > from {
        last = newest
        printed = printed.filter { $0.at >= newest }
      }
    }
  }
}

/// SIGTERM, SIGINT and SIGHUP as something to wait for.
struct StopSignals: Sendable {
  private let sources: [any DispatchSourceSignal]
  private let stream: AsyncStream<Int32>

  init() {
    let (stream, continuation) = AsyncStream.makeStream(of: Int32.self)
    self.stream = stream
    sources = [SIGTERM, SIGINT, SIGHUP].map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler { continuation.yield(number) }
      source.resume()
      return source
    }
  }

  /// Returns at the first signal with its number, or with nil when the task is cancelled.
  @discardableResult
  func wait() async -> Int32? {
    for await number in stream { return number }
    return nil
  }
}
