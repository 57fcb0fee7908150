import Autopilot
import FleetModel
import Foundation
import GRDB
import Testing

@testable import Journal

@Suite("Retention")
struct RetentionTests {
  let directory = TemporaryDirectory()
  let clock = HandClock(noon)

  func store(_ change: (inout JournalRetention) -> Void = { _ in }) throws -> JournalStore {
    var retention = JournalRetention()
    change(&retention)
    return try JournalStore(path: directory.journal, healing: true, retention: retention, now: { [clock] in clock.now })
  }

  func count(_ store: JournalStore, _ table: String) async throws -> Int {
    try await store.writer.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM \(table)") ?? -1 }
  }

  /// Takes steps until nothing is left.
  /// - Returns: how many.
  @discardableResult
  func pruneAll(_ store: JournalStore) async throws -> Int {
    var steps = 1
    while try await store.prune(), steps < 1_000 { steps += 1 }
    #expect(steps < 1_000)
    return steps
  }

  @Test("keeps every sample for a week, then one in ten minutes, then none")
  func thinning() async throws {
    let store = try store()
    let start = noon - .days(100)
    // A day of two-minute samples 100 days ago, one 30 days ago, one yesterday.
    for first in [start, noon - .days(30), noon - .days(1)] {
      try await store.append(
        (0..<720).map { .sample(machine("a").id, MetricSample(at: first + .minutes(2 * $0), cpu: Double($0 % 100))) })
    }
    try await pruneAll(store)
    let reader = try JournalReader(path: directory.journal)
    #expect(try await reader.samples(of: machine("a").id, until: noon - .days(60)).isEmpty)
    let thinned = try await reader.samples(of: machine("a").id, from: noon - .days(60), until: noon - .days(7))
    #expect(thinned.count == 144)
    // The first sample of each step stays.
    #expect(thinned[1].at - thinned[0].at == .minutes(10))
    #expect(thinned[0].at == noon - .days(30))
    #expect(try await reader.samples(of: machine("a").id, from: noon - .days(7)).count == 720)
    // What is thinned stays thinned, and later days follow.
    clock.advance(by: .days(8))
    try await pruneAll(store)
    #expect(try await reader.samples(of: machine("a").id, from: noon - .days(7)).count == 144)
  }

  @Test("takes bounded steps, however much is due")
  func bounded() async throws {
    let store = try store()
    try await store.append(
      (0..<5_000).map { .event(FleetEvent(at: noon - .days(200), severity: .healthy, text: "\($0)")) })
    #expect(try await store.prune())
    #expect(try await count(store, "events") == 5_000 - JournalPruning.rows)
    try await pruneAll(store)
    #expect(try await count(store, "events") == 0)
  }

  @Test("never drops a remedy without an outcome, nor the last run of a hook")
  func keeps() async throws {
    let store = try store { $0.hookRunCount = 3 }
    try await store.append([
      .recovery(record("open", at: noon - .days(500))),
      .recovery(record("old", at: noon - .days(500), outcome: .relapsed)),
      .recovery(record("recent", at: noon - .days(300), outcome: .relapsed)),
      .hookRun(hookRun("/rare", at: noon - .days(300))),
    ])
    try await store.append((0..<10).map { .hookRun(hookRun("/often", at: noon + .seconds($0))) })
    try await pruneAll(store)
    let state = try await store.restore()
    #expect(state.recoveries.map(\.id.rawValue) == ["open", "recent"])
    #expect(state.hookRuns.map(\.path) == ["/rare", "/often"])
    #expect(try await count(store, "hook_runs") == 4)
  }

  @Test("bounds the number of events and of commands")
  func counts() async throws {
    let store = try store { $0.eventCount = 100 }
    try await store.append((0..<300).map { .event(FleetEvent(at: noon, severity: .healthy, text: "\($0)")) })
    try await store.writer.write { db in
      for _ in 0..<5 { _ = try CommandQueue.enqueue(db, .reload, now: noon - .days(2), expires: noon - .days(2)) }
      _ = try CommandQueue.enqueue(db, .reload, now: noon, expires: noon + .seconds(9))
    }
    try await pruneAll(store)
    #expect(try await count(store, "events") == 100)
    #expect(try await store.restore().events.first?.text == "200")
    #expect(try await count(store, "commands") == 1)
  }

  @Test("above the size limit the oldest samples go first, and the file shrinks")
  func size() async throws {
    let store = try store { $0.maximumBytes = 300_000 }
    for day in 0..<6 {
      try await store.append(
        (0..<1_440).map { minute in
          .sample(
            machine("a").id,
            MetricSample(
              at: noon - .days(6 - day) + .minutes(minute), cpu: 50, memory: 50, disk: 50, ioWait: 1, latency: 9))
        })
    }
    try await store.append([.recovery(record("a", outcome: .relapsed))])
    let pages = try await pages(store)
    try await pruneAll(store)
    #expect(try await self.pages(store) < pages)
    #expect(try await self.pages(store) * 4096 <= 330_000)
    let left = try await JournalReader(path: directory.journal).samples(of: machine("a").id)
    #expect(left.last?.at == noon - .minutes(1))
    #expect(left.count < 6 * 1_440)
    #expect(try await store.restore().recoveries.count == 1)
  }

  func pages(_ store: JournalStore) async throws -> Int {
    try await store.writer.read { try Int.fetchOne($0, sql: "PRAGMA page_count") ?? -1 }
  }

  @Test("runs by itself, a minute after the last time, when something is written")
  func byItself() async throws {
    let store = try store()
    try await store.append([.event(FleetEvent(at: noon - .days(200), severity: .healthy, text: "old"))])
    #expect(try await count(store, "events") == 1)
    clock.advance(by: .minutes(1))
    try await store.append([.event(FleetEvent(at: clock.now, severity: .healthy, text: "new"))])
    #expect(try await store.restore().events.map(\.text) == ["new"])
  }
}
