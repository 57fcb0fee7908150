import Autopilot
import FleetModel
import Foundation
import GRDB
import Testing

@testable import Journal

@Suite("Several at one journal")
struct SharingTests {
  let directory = TemporaryDirectory()
  let clock = HandClock(noon)

  func store(healing: Bool = true) throws -> JournalStore {
    try JournalStore(path: directory.journal, healing: healing, now: { [clock] in clock.now })
  }

  func reader() throws -> JournalReader {
    try JournalReader(path: directory.journal, now: { [clock] in clock.now })
  }

  /// Another process that certainly lives: the one that started the tests.
  let other = getppid()

  @Test("a command of a reader reaches the engine once, and its answer the reader")
  func command() async throws {
    let engine = try store()
    try await engine.heartbeat(beat())
    let command = OperatorCommand.pause(.machines([machine("web-1").id]), for: .hours(2))
    let (path, clock) = (directory.journal, clock)
    let asking = Task { try await JournalReader(path: path, now: { clock.now }).submit(command, timeout: .seconds(20)) }
    var taken: [QueuedCommand] = []
    #expect(
      try await eventually {
        taken += try await engine.takeCommands()
        return !taken.isEmpty
      })
    #expect(taken.map(\.command) == [command])
    #expect(try await engine.takeCommands().isEmpty)
    try await engine.answer(taken[0].id, .done("paused web-1 for 2 h"))
    #expect(try await asking.value == .done("paused web-1 for 2 h"))
    let audit = try #require(try await reader().audit().first)
    #expect(audit.outcome == "paused web-1 for 2 h")
    #expect(audit.deed.contains("web-1"))
  }

  @Test("commands are taken oldest first, and one that is past its time is never taken")
  func order() async throws {
    let engine = try store()
    _ = try await engine.takeCommands()
    let queue = try DatabaseQueue(path: directory.journal)
    let commands: [OperatorCommand] = [.reload, .resume(.all), .acknowledge(.all)]
    try await queue.write { db in
      _ = try CommandQueue.enqueue(db, .pause(.all, for: nil), now: noon - .hours(1), expires: noon - .minutes(59))
      for command in commands {
        _ = try CommandQueue.enqueue(db, command, now: noon, expires: noon + .seconds(30))
      }
      _ = try CommandQueue.enqueue(
        db, .pause(.all, for: nil), now: noon + .days(1), expires: noon + .days(1) + .seconds(30))
    }
    #expect(try await engine.takeCommands().map(\.command) == commands)
    clock.advance(by: .days(1))
    #expect(try await engine.takeCommands().isEmpty)
  }

  @Test("a command this engine does not know is refused, not lost")
  func unknownCommand() async throws {
    let engine = try store()
    let queue = try DatabaseQueue(path: directory.journal)
    try await queue.write { db in
      let id = try CommandQueue.enqueue(db, .reload, now: noon, expires: noon + .seconds(30))
      try db.execute(sql: "UPDATE commands SET command = '{\"dance\":{}}' WHERE id = ?", arguments: [id])
    }
    #expect(try await engine.takeCommands().isEmpty)
    let answer = try await queue.read { try String.fetchOne($0, sql: "SELECT answer FROM commands") }
    #expect(answer?.contains("older than the azlin that gave it") == true)
  }

  @Test("a command nobody answers is withdrawn at its deadline; one that was begun says so")
  func noAnswer() async throws {
    let engine = try store()
    try await engine.heartbeat(beat())
    let reader = try reader()
    await #expect(throws: JournalError.noAnswer(path: directory.journal, seconds: 0.3, begun: false)) {
      try await reader.submit(.reload, timeout: .milliseconds(300))
    }
    #expect(try await engine.takeCommands().isEmpty)
    let asking = Task { try await reader.submit(.reload, timeout: .seconds(1)) }
    #expect(try await eventually { try await !engine.takeCommands().isEmpty })
    await #expect(throws: JournalError.noAnswer(path: directory.journal, seconds: 1, begun: true)) {
      try await asking.value
    }
  }

  @Test("an engine counts as alive for 10 s after its heartbeat, and only while its process exists")
  func alive() async throws {
    let engine = try store()
    let reader = try reader()
    #expect(try await reader.engine() == nil)
    try await engine.heartbeat(beat(mode: .observing))
    #expect(try await reader.engine()?.isAlive == true)
    #expect(try await reader.engine()?.isHealing == false)
    clock.advance(by: .milliseconds(9_999))
    #expect(try await reader.engine()?.isAlive == true)
    clock.advance(by: .milliseconds(1))
    #expect(try await reader.engine()?.isAlive == false)
    // No process has the largest id the kernel can give.
    try await engine.heartbeat(beat(process: 4_194_304, at: clock.now))
    #expect(try await reader.engine()?.isAlive == false)
  }

  @Test("a companion reads what is known, and writes only what it did itself")
  func companion() async throws {
    let owner = try store()
    try await owner.append([.memory(memory("web-1")), .recovery(record("owner's"))])
    try await owner.heartbeat(beat(process: other))
    let companion = try store(healing: false)
    #expect(companion.isCompanion)
    let known = try await companion.restore()
    #expect(known.machines == [memory("web-1")])
    #expect(known.recoveries.isEmpty, "an open remedy of the owner is not the companion's to settle")
    var poorer = memory("web-1")
    poorer.attempts = []
    try await companion.write(intent: record("mine"))
    try await companion.append([
      .memory(poorer), .fleet(FleetMemory()), .event(FleetEvent(at: noon, severity: .healthy, text: "twice")),
      .sample(machine("web-1").id, MetricSample(at: noon, cpu: 1)), .forget(machine("web-1").id),
      .recovery(record("owner's", outcome: .unknown("settled by a stranger"))),
      .recovery(record("mine", outcome: .verified(after: .seconds(2)))), .hookRun(hookRun("/a")),
    ])
    try await companion.heartbeat(beat(mode: .observing))
    let state = try await owner.restore()
    #expect(state.machines == [memory("web-1")])
    #expect(state.events.isEmpty)
    #expect(state.samples.isEmpty)
    #expect(state.hookRuns.count == 1)
    #expect(
      Dictionary(uniqueKeysWithValues: state.recoveries.map { ($0.id.rawValue, $0.outcome) }) == [
        "owner's": .running, "mine": .verified(after: .seconds(2)),
      ])
    #expect(try await reader().engine()?.beat.processID == other)
  }

  @Test("an observing owner yields to a healing engine, a healing one to nobody")
  func yielding() async throws {
    let observer = try store(healing: false)
    try await observer.heartbeat(beat(mode: .observing))
    #expect(!observer.isCompanion)
    let healer = try store()
    try await healer.heartbeat(beat(process: other, mode: .healing))
    try await observer.heartbeat(beat(mode: .observing))
    #expect(observer.isCompanion)
    #expect(try await observer.takeCommands().isEmpty)
    try await healer.heartbeat(beat(process: other, at: noon + .seconds(1), mode: .healing))
    #expect(!healer.isCompanion)
  }

  @Test("many writers lose nothing")
  func manyWriters() async throws {
    let path = directory.journal
    _ = try store()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for writer in 0..<4 {
        group.addTask {
          let store = try JournalStore(path: path, healing: true)
          for number in 0..<50 {
            try await store.write(intent: record("\(writer)-\(number)"))
            try await store.append([.event(FleetEvent(at: noon, severity: .healthy, text: "\(writer)-\(number)"))])
          }
        }
      }
      try await group.waitForAll()
    }
    let state = try await store().restore()
    #expect(state.recoveries.count == 200)
    #expect(state.events.count == 200)
  }
}
