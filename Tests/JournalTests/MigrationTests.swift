import Autopilot
import FleetModel
import Foundation
import GRDB
import Testing

@testable import Journal

@Suite("Schemas")
struct MigrationTests {
  let directory = TemporaryDirectory()

  func version(_ path: String) throws -> Int {
    try DatabaseQueue(path: path).read { try Int.fetchOne($0, sql: "PRAGMA user_version") ?? -1 }
  }

  func makeVersion1() throws {
    let fixture = try #require(
      Bundle.module.url(forResource: "version-1", withExtension: "sql", subdirectory: "Fixtures"))
    let queue = try DatabaseQueue(path: directory.journal)
    try queue.writeWithoutTransaction { try $0.execute(sql: String(contentsOf: fixture, encoding: .utf8)) }
    try queue.close()
  }

  @Test("an empty file becomes a journal of the present schema")
  func empty() async throws {
    #expect(FileManager.default.createFile(atPath: directory.journal, contents: nil))
    let store = try JournalStore(path: directory.journal, healing: true)
    try await store.write(intent: record("a"))
    #expect(try version(directory.journal) == JournalSchema.version)
    let id = try await store.writer.read { try Int32.fetchOne($0, sql: "PRAGMA application_id") }
    #expect(id == JournalSchema.applicationID)
  }

  @Test("a journal of schema 1 is brought up to date and keeps everything")
  func version1() async throws {
    try makeVersion1()
    let store = try JournalStore(path: directory.journal, healing: true)
    #expect(try version(directory.journal) == JournalSchema.version)
    let state = try await store.restore()
    #expect(state.machines == [memory("web-1")])
    #expect(state.fleet.powerActions == [.init(machine: machine("web-1").id, at: noon)])
    #expect(
      state.recoveries == [
        record("open"), record("held", outcome: .held(after: .seconds(5))),
        record("failed", outcome: .failed("exit 1")),
      ])
    #expect(state.events.map(\.text) == ["SSH down"], "nothing in it is strange to this azlin")
    #expect(state.hookRuns == [hookRun("/hooks/alert.sh", result: .timedOut, output: "sending\n")])
    #expect(state.samples[machine("web-1").id] == [MetricSample(at: noon, cpu: 41.5, memory: 62, latency: 12)])
    let status = try #require(try await JournalReader(path: directory.journal).statuses().first?.status)
    #expect(status.readings.disk.value?.path == "/")
    #expect(status.readings.ssh.value?.failure == .portRefused)
    #expect(status.incident?.phase == .waiting(until: noon + .seconds(30)))
    try await store.audit(AuditEntry(at: noon, actor: "ops", deed: "stop web-1", outcome: "stopped"))
    #expect(try await JournalReader(path: directory.journal).audit().map(\.deed) == ["stop web-1"])
  }

  @Test("an older journal is not changed by a reader, which says what to do")
  func olderReader() throws {
    try makeVersion1()
    let before = try Data(contentsOf: URL(fileURLWithPath: directory.journal))
    let error = #expect(throws: JournalError.older(path: directory.journal, found: 1, known: JournalSchema.version)) {
      try JournalReader(path: directory.journal)
    }
    #expect(error?.description.contains("restart the engine") == true)
    #expect(try Data(contentsOf: URL(fileURLWithPath: directory.journal)) == before)
  }

  @Test("a step that fails leaves the file at the schema it had")
  func failingStep() throws {
    let queue = try DatabaseQueue(path: directory.journal)
    struct Mishap: Error {}
    try queue.writeWithoutTransaction { db in
      try JournalSchema.migrate(db)
      #expect(throws: Mishap.self) {
        try JournalSchema.migrate(
          db,
          steps: JournalSchema.steps + [
            { db in
              try db.execute(sql: "CREATE TABLE half (a)")
              throw Mishap()
            }
          ])
      }
      #expect(try Int.fetchOne(db, sql: "PRAGMA user_version") == JournalSchema.version)
      #expect(try !db.tableExists("half"))
    }
  }

  @Test("two engines that meet a new file at once make one journal")
  func race() async throws {
    let path = directory.journal
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<4 {
        group.addTask {
          try await JournalStore(path: path, healing: true).write(intent: record("r\(number)"))
        }
      }
      try await group.waitForAll()
    }
    #expect(try await JournalStore(path: path, healing: true).restore().recoveries.count == 4)
  }
}
