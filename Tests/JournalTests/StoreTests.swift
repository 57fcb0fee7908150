import Autopilot
import FleetModel
import Foundation
import GRDB
import Testing

@testable import Journal

@Suite("What is written comes back")
struct StoreTests {
  let directory = TemporaryDirectory()

  func open(retention: JournalRetention = JournalRetention(), clock: HandClock = HandClock(noon)) throws -> JournalStore
  {
    try JournalStore(path: directory.journal, healing: true, retention: retention, now: { clock.now })
  }

  @Test("every kind of entry survives closing and opening the file")
  func roundTrip() async throws {
    var fleet = FleetMemory()
    fleet.powerLatched = true
    fleet.powerActions = [.init(machine: machine("web-1").id, at: noon)]
    var status = MachineStatus(machine: machine("web-1"), watch: .healing, verdict: .critical, reason: "ssh refused")
    status.readings.cpu = .value(41.5)
    status.readings.load = .infinity
    let event = FleetEvent(
      at: noon, machine: machine("web-1").id, machineName: "web-1", severity: .critical, text: "SSH down")
    let sample = MetricSample(at: noon, cpu: 41.5, memory: 62.125, disk: nil, ioWait: 0, latency: 12.345)
    do {
      let store = try open()
      try await store.append([
        .memory(memory("web-1")), .fleet(fleet), .event(event), .sample(machine("web-1").id, sample),
        .status(status, at: noon), .hookRun(hookRun("/hooks/a.sh", output: "hello")),
        .recovery(record("a", outcome: .held(after: .milliseconds(4_200)))),
      ])
    }
    let state = try await open().restore()
    #expect(state.machines == [memory("web-1")])
    #expect(state.fleet == fleet)
    #expect(state.events == [event])
    #expect(state.samples == [machine("web-1").id: [sample]])
    #expect(state.hookRuns == [hookRun("/hooks/a.sh", output: "hello")])
    #expect(state.recoveries == [record("a", outcome: .held(after: .milliseconds(4_200)))])
    #expect(try await JournalReader(path: directory.journal).statuses() == [AgedStatus(status: status, at: noon)])
  }

  @Test(
    "every outcome comes back as it was",
    arguments: [
      RecoveryOutcome.running, .verifying, .verified(after: .seconds(5)), .held(after: .minutes(15)), .relapsed,
      .failed("exit 1"), .unknown("timed out"), .recoveredByItself, .notBegun("throttled"), .vetoed("not now"),
      .wouldHave, .gone,
    ])
  func outcomes(outcome: RecoveryOutcome) async throws {
    let store = try open()
    try await store.append([.recovery(record("a", outcome: outcome))])
    #expect(try await store.restore().recoveries.map(\.outcome) == [outcome])
  }

  @Test(
    "every hook result comes back as it was",
    arguments: [HookResult.exited(0), .exited(3), .killed(signal: 9), .timedOut, .refused("writable by others")])
  func hookResults(result: HookResult) async throws {
    let store = try open()
    try await store.append([.hookRun(hookRun("/a", result: result))])
    #expect(try await store.restore().hookRuns.map(\.result) == [result])
  }

  @Test("a changed remedy replaces the one with its id and keeps its place")
  func replacement() async throws {
    let store = try open()
    try await store.write(intent: record("a"))
    try await store.write(intent: record("b"))
    var changed = record("a", outcome: .failed("no"))
    changed.endedAt = noon + .seconds(9)
    changed.action = "systemctl restart ssh"
    try await store.append([.recovery(changed)])
    #expect(try await store.restore().recoveries == [changed, record("b")])
  }

  @Test("an intent that is there already is refused, so that its effect does not happen twice")
  func intentTwice() async throws {
    let store = try open()
    try await store.write(intent: record("a"))
    try await store.append([.recovery(record("a", outcome: .failed("no")))])
    await #expect(throws: JournalError.intentExists(path: directory.journal, id: "a")) {
      try await store.write(intent: record("a"))
    }
    #expect(try await store.restore().recoveries.map(\.outcome) == [.failed("no")])
  }

  @Test("the newest 500 remedies come back, oldest first, and every open one however old")
  func newestRecoveries() async throws {
    let store = try open()
    var entries = [JournalEntry.recovery(record("open", at: noon - .days(3)))]
    for index in 0..<600 {
      entries.append(
        .recovery(record("r\(index)", at: noon + .seconds(index), outcome: .held(after: .seconds(1)))))
    }
    try await store.append(entries)
    let recoveries = try await store.restore().recoveries
    #expect(recoveries.map(\.id.rawValue) == ["open"] + (100..<600).map { "r\($0)" })
  }

  @Test("the newest 500 events come back, oldest first")
  func newestEvents() async throws {
    let store = try open()
    try await store.append(
      (0..<700).map { .event(FleetEvent(at: noon, severity: .healthy, text: "\($0)")) })
    #expect(try await store.restore().events.map(\.text) == (200..<700).map { "\($0)" })
  }

  @Test("the newest samples of each machine come back, oldest first")
  func newestSamples() async throws {
    let store = try open()
    var entries: [JournalEntry] = []
    for index in 0..<(MetricHistory.capacity + 60) {
      for name in ["a", "b"] {
        entries.append(.sample(machine(name).id, MetricSample(at: noon + .minutes(index), cpu: Double(index % 100))))
      }
    }
    entries.append(.sample(machine("new").id, MetricSample(at: noon, cpu: 1)))
    try await store.append(entries)
    let samples = try await store.restore().samples
    #expect(samples.count == 3)
    #expect(samples[machine("new").id]?.count == 1)
    for name in ["a", "b"] {
      let of = try #require(samples[machine(name).id])
      #expect(of.count == MetricHistory.capacity)
      #expect(of.first?.at == noon + .minutes(60))
      #expect(of.last?.at == noon + .minutes(MetricHistory.capacity + 59))
      #expect(of.map(\.at) == of.map(\.at).sorted())
    }
  }

  @Test("the last run of each hook of each machine comes back")
  func lastRuns() async throws {
    let store = try open()
    try await store.append([
      .hookRun(hookRun("/a", result: .exited(1))), .hookRun(hookRun("/b")), .hookRun(hookRun("/a", result: .exited(2))),
      .hookRun(hookRun("/a", of: "web-2", result: .timedOut)),
    ])
    let runs = try await store.restore().hookRuns
    #expect(
      runs == [
        hookRun("/b"), hookRun("/a", result: .exited(2)), hookRun("/a", of: "web-2", result: .timedOut),
      ])
  }

  @Test("a forgotten machine loses its memory and status, and keeps its history")
  func forget() async throws {
    let store = try open()
    try await store.append([
      .memory(memory("web-1")), .memory(memory("web-2")),
      .status(MachineStatus(machine: machine("web-1")), at: noon),
      .recovery(record("a", outcome: .relapsed)), .sample(machine("web-1").id, MetricSample(at: noon, cpu: 1)),
      .forget(machine("web-1").id),
    ])
    let state = try await store.restore()
    #expect(state.machines.map(\.machine) == [machine("web-2").id])
    #expect(state.recoveries.count == 1)
    #expect(state.samples[machine("web-1").id]?.count == 1)
    #expect(try await JournalReader(path: directory.journal).statuses().isEmpty)
  }

  @Test("hostile text comes back byte for byte, and is never taken for SQL")
  func hostileText() async throws {
    let hostile = "'; DROP TABLE recoveries; -- \u{0}nul\u{1B}[2J\u{202E}\u{7F}\u{85} 😀 \\\"\n\t"
    var entry = record("a\u{0}b", of: hostile, outcome: .failed(hostile))
    entry.issue = hostile
    entry.detail = String(repeating: "\u{0}", count: 3)
    let run = hookRun(hostile, of: hostile, result: .refused(hostile), output: hostile)
    let event = FleetEvent(
      at: noon, machine: machine(hostile).id, machineName: hostile, severity: .warning, text: hostile)
    let status = MachineStatus(machine: machine(hostile), reason: hostile)
    let store = try open()
    try await store.append([
      .recovery(entry), .hookRun(run), .event(event), .status(status, at: noon), .memory(memory(hostile)),
      .sample(machine(hostile).id, MetricSample(at: noon, cpu: 5)),
      .sample(machine(hostile).id, MetricSample(at: noon + .seconds(1), cpu: 6)),
    ])
    let state = try await store.restore()
    #expect(state.recoveries == [entry])
    #expect(state.hookRuns == [run])
    #expect(state.events == [event])
    #expect(state.machines == [memory(hostile)])
    #expect(state.samples[machine(hostile).id]?.count == 2)
    let reader = try JournalReader(path: directory.journal)
    #expect(try await reader.statuses().map(\.status) == [status])
    #expect(try await reader.recoveries(of: machine(hostile).id) == [entry])
    #expect(try await reader.samples(of: machine(hostile).id).count == 2)
  }

  @Test("figures that make no sense are kept without harm")
  func senselessFigures() async throws {
    let store = try open()
    try await store.append([
      .sample(machine("a").id, MetricSample(at: noon, cpu: .infinity, memory: 1e30, disk: .nan, latency: -1))
    ])
    let sample = try #require(try await store.restore().samples[machine("a").id]?.first)
    #expect(sample.cpu == nil)
    #expect(sample.latency == nil)
    #expect(sample.memory != nil)
  }

  @Test("what an engine writes while its task is being cancelled reaches the file")
  func cancelledWriter() async throws {
    let store = try open()
    let writing = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      try await store.write(intent: record("a"))
      try await store.append([.recovery(record("a", outcome: .unknown("stopped")))])
    }
    try await writing.value
    #expect(try await store.restore().recoveries.map(\.outcome) == [.unknown("stopped")])
  }

  @Test("words of a newer azlin cost neither the rest nor an open remedy")
  func newerWords() async throws {
    let store = try open()
    try await store.append([
      .memory(memory("web-1")), .memory(memory("web-2")), .fleet(FleetMemory()),
      .recovery(record("known")), .recovery(record("diagnosis")), .recovery(record("remedy")),
      .recovery(record("outcome", outcome: .relapsed)), .recovery(record("open", outcome: .verifying)),
      .event(FleetEvent(at: noon, severity: .healthy, text: "first")),
    ])
    try await store.writer.write { db in
      try db.execute(
        sql: """
          UPDATE recoveries SET diagnosis = 'possessed' WHERE id = 'diagnosis';
          UPDATE recoveries SET remedy = 'exorcise' WHERE id = 'remedy';
          UPDATE recoveries SET outcome = 'transcended' WHERE id IN ('outcome', 'open');
          UPDATE machine_memory SET incident = '{"id": 7}' WHERE machine LIKE '%web-1';
          UPDATE machine_memory SET memory = 'nonsense' WHERE machine LIKE '%web-2';
          UPDATE fleet_memory SET memory = '{}';
          """)
    }
    let state = try await store.restore()
    #expect(state.recoveries.map(\.id.rawValue).sorted() == ["diagnosis", "known", "open", "outcome"])
    #expect(state.recoveries.first { $0.id.rawValue == "diagnosis" }?.diagnosis == .unexplained)
    #expect(state.recoveries.first { $0.id.rawValue == "open" }?.outcome == .running)
    #expect(state.recoveries.first { $0.id.rawValue == "outcome" }?.outcome.isSettled == true)
    var rest = memory("web-1")
    rest.incident = nil
    #expect(state.machines == [rest])
    #expect(state.fleet.powerLatched)
    #expect(state.events.first?.text == "first")
    let told = state.events.dropFirst().map(\.text).joined(separator: "\n")
    #expect(told.contains("exorcise"))
    #expect(told.contains("the open incident was written by a newer azlin"))
  }

  @Test("the demo's journal lives in memory and works alike")
  func inMemory() async throws {
    let store = try JournalStore(inMemoryWith: JournalRetention(), now: { noon })
    try await store.write(intent: record("a"))
    try await store.append([.recovery(record("a", outcome: .relapsed)), .memory(memory("web-1"))])
    try await store.heartbeat(beat())
    #expect(try await store.takeCommands().isEmpty)
    let state = try await store.restore()
    #expect(state.recoveries.map(\.outcome) == [.relapsed])
    #expect(state.machines == [memory("web-1")])
  }
}
