import Autopilot
import FleetModel
import Foundation
import Testing

@testable import Journal

@Suite("An engine that is killed")
struct CrashTests {
  let directory = TemporaryDirectory()

  @Test("leaves its intent behind, whenever the kill comes after the write")
  func intentSurvives() async throws {
    for round in 0..<5 {
      let writer = try Companion("intent", directory.journal, "intent-\(round)")
      #expect(writer.line() == "written")
      writer.kill()
    }
    let recoveries = try await JournalStore(path: directory.journal, healing: true).restore().recoveries
    #expect(recoveries.map(\.id.rawValue) == (0..<5).map { "intent-\($0)" })
    #expect(recoveries.allSatisfy { $0.outcome == .running })
  }

  @Test("in the midst of writing leaves every finished intent and a whole file")
  func flood() async throws {
    var said = -1
    let writer = try Companion("flood", directory.journal, "f")
    while said < 40, let line = writer.line() { said = Int(line) ?? said }
    writer.kill()
    while let line = writer.line() { said = max(said, Int(line) ?? said) }
    #expect(said >= 40)
    let store = try JournalStore(path: directory.journal, healing: true)
    let ids = Set(try await store.restore().recoveries.map(\.id.rawValue))
    #expect((0...said).allSatisfy { ids.contains("f-\($0)") })
    let check = try await store.writer.read { try String.fetchOne($0, sql: "PRAGMA integrity_check") }
    #expect(check == "ok")
  }

  @Test("lets go of the engine's lock, and while it lives its process id is told")
  func lock() throws {
    let holder = try Companion("lock", directory.path)
    #expect(holder.line() == "locked")
    let refusal = #expect(throws: EngineLock.Refusal.self) { try EngineLock.acquire(in: directory.path) }
    #expect(refusal == .held(by: holder.processID, path: directory.path + "/engine.lock"))
    #expect(refusal?.description.contains("process \(holder.processID)") == true)
    holder.kill()
    let lock = try EngineLock.acquire(in: directory.path)
    #expect(throws: EngineLock.Refusal.held(by: getpid(), path: directory.path + "/engine.lock")) {
      try EngineLock.acquire(in: directory.path)
    }
    withExtendedLifetime(lock) {}
  }

  @Test("the lock can be taken again once its holder lets go")
  func lockAgain() throws {
    do { _ = try EngineLock.acquire(in: directory.path + "/new") }
    #expect(throws: Never.self) { try EngineLock.acquire(in: directory.path + "/new") }
    do { _ = try EngineLock.acquire(in: directory.path) }
    #expect(throws: Never.self) { try EngineLock.acquire(in: directory.path) }
    #expect(throws: EngineLock.Refusal.self) { try EngineLock.acquire(in: "/proc") }
  }

  @Test("answers commands of another process while it lives, and is known to be dead at once")
  func living() async throws {
    let engine = try Companion("heartbeat", directory.journal)
    #expect(engine.line() == "beating")
    let reader = try JournalReader(path: directory.journal)
    #expect(try await reader.engine()?.isHealing == true)
    let answer = try await reader.submit(.reload, timeout: .seconds(10))
    #expect(answer == .done("process \(engine.processID) did it"))
    // A second engine beside a living one leaves the file to it.
    #expect(try JournalStore(path: directory.journal, healing: false).isCompanion)
    engine.kill()
    #expect(try await reader.engine()?.isAlive == false)
    await #expect(throws: JournalError.noEngine(path: directory.journal)) { try await reader.submit(.reload) }
    #expect(try JournalStore(path: directory.journal, healing: false).isCompanion == false)
  }
}

/// A child process that does one thing with the journal and waits to be killed.
final class Companion {
  private let process = Process()
  private let output = Pipe()
  private var buffer = Data()

  var processID: Int32 { process.processIdentifier }

  init(_ arguments: String...) throws {
    // The helper lies beside the tests' own bundle.
    let tests = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
    process.executableURL = tests.appendingPathComponent("JournalCrashWriter")
    process.arguments = arguments
    process.standardOutput = output
    try process.run()
  }

  /// The next line the child has said; nil: it is gone.
  func line() -> String? {
    while true {
      if let end = buffer.firstIndex(of: 10) {
        let line = String(decoding: buffer[buffer.startIndex..<end], as: UTF8.self)
        buffer.removeSubrange(buffer.startIndex...end)
        return line
      }
      let more = output.fileHandleForReading.availableData
      if more.isEmpty { return nil }
      buffer.append(more)
    }
  }

  func kill() {
    Glibc.kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
  }

  deinit { if process.isRunning { kill() } }
}
