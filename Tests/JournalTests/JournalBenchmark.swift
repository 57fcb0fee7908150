import Autopilot
import FleetModel
import Foundation
import Testing

@testable import Journal

/// Figures for a person, with `AZLIN_BENCHMARK=1`: they depend on the machine, so nothing is compared with a limit.
@Suite(
  "Journal benchmark",
  .enabled(if: ProcessInfo.processInfo.environment["AZLIN_BENCHMARK"] != nil, "AZLIN_BENCHMARK is not set"))
struct JournalBenchmark {
  let directory = TemporaryDirectory()

  @Test("10,000 samples in a batch, 100 intents, 500 statuses, restore, idle look for commands")
  func figures() async throws {
    let store = try JournalStore(path: directory.journal, healing: true)
    let clock = ContinuousClock()
    for round in 0..<5 {
      let entries = (0..<10_000).map { index in
        JournalEntry.sample(
          machine("vm-\(index)").id,
          MetricSample(at: noon + .minutes(2 * round), cpu: 41, memory: 62, disk: 45, ioWait: 1, latency: 12))
      }
      let spent = try await clock.measure { try await store.append(entries) }
      print("10,000 samples, batch \(round + 1): \(spent)")
    }
    var number = 0
    let intents = try await clock.measure {
      for _ in 0..<100 {
        number += 1
        try await store.write(intent: record("i\(number)"))
      }
    }
    print("an intent, synced: \(intents / 100)")
    let statuses = try await clock.measure {
      try await store.append((0..<500).map { .status(MachineStatus(machine: machine("vm-\($0)")), at: noon) })
    }
    print("500 statuses: \(statuses)")
    let restored = try await clock.measure { _ = try await store.restore() }
    print("restore, 10,000 machines of 5 samples: \(restored)")
    let idle = try await clock.measure { for _ in 0..<1_000 { _ = try await store.takeCommands() } }
    print("an idle look for commands: \(idle / 1_000)")
    let size = try FileManager.default.attributesOfItem(atPath: directory.journal)[.size] as? Int
    #expect(try #require(size) > 0)
    print("file after 50,000 samples: \((size ?? 0) / 1024) KiB")
  }
}
