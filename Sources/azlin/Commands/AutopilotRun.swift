import ArgumentParser
@preconcurrency import Dispatch
import FleetModel
import Glibc
import Journal

/// `azlin autopilot run`: the engine without a screen, healing.
struct AutopilotRun: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Run the engine in the foreground, healing, until it is told to stop.")

  @Flag(help: "Everything runs, but remedies are only written down as “would have”.") var dryRun = false
  @Flag(help: "Watch this machine too.") var local = false
  @Flag(help: "End with status 69 where another engine heals already; without it this one waits to take over.")
  var noWait = false
  @OptionGroup var global: GlobalOptions

  func run() async throws {
    let site = try Site(global)
    let console = Console(color: .never, isQuiet: global.quiet)
    let signals = StopSignals()
    let stop = Task { _ = await signals.wait() }
    guard let lock = try await lock(site, console, stop) else { return console.note("azlin engine stopped") }
    let engine = try await site.start(
      mode: dryRun ? .dryRun : .healing, includesLocal: local, lock: lock.value)
    console.note(
      dryRun ? "azlin engine runs, dry: nothing will be changed" : "azlin engine runs, healing; stop it with Ctrl-C")
    let log = Task { await EventPrinter(console: console).follow(engine) }
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

  /// What a run holds; a dry one needs no lock.
  private struct HeldLock {
    var value: EngineLock?
  }

  /// The engine's lock: one engine heals, the next one waits for its end.
  /// - Returns: nil where a signal ended the waiting.
  private func lock(_ site: Site, _ console: Console, _ stop: Task<Void, Never>) async throws -> HeldLock? {
    guard !dryRun else { return HeldLock(value: nil) }
    // What is wrong with inventory or directory is said first, each with its own remedy.
    _ = try await site.nearMachines()
    try site.directory.create()
    do { return HeldLock(value: try EngineLock.acquire(in: site.directory.path)) } catch {
      guard case .held(let holder, _) = error, !noWait else { throw error }
      let who = holder.map { " (process \($0))" } ?? ""
      console.note("another azlin engine heals here\(who): waiting to take over when it ends; stop with Ctrl-C")
    }
    let waiting = Task { await EngineLock.wait(in: site.directory.path) }
    let end = Task {
      await stop.value
      waiting.cancel()
    }
    defer { end.cancel() }
    return await waiting.value.map { HeldLock(value: $0) }
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
