import Autopilot
import FleetModel
import Testing

@testable import Journal

@Suite("Operations under way")
struct OperationTests {
  let directory = TemporaryDirectory()

  private func operation(_ intent: String, _ text: String = "{}") -> KeptOperation {
    KeptOperation(intent: IntentID(intent), machine: MachineID("vm"), operation: text)
  }

  @Test("come back after closing and opening the file, oldest first, until they are forgotten")
  func roundTrip() async throws {
    let clock = HandClock(noon)
    do {
      let store = try JournalStore(path: directory.journal, healing: false, now: { clock.now })
      try await store.keep(operation("b"))
      clock.advance(by: .seconds(1))
      try await store.keep(operation("a", "{\"url\":\"https://management.azure.com/…?t=1&c=\u{e9}\"}"))
    }
    let store = try JournalStore(path: directory.journal, healing: false)
    #expect(
      try await store.operations()
        == [operation("b"), operation("a", "{\"url\":\"https://management.azure.com/…?t=1&c=\u{e9}\"}")])
    try await store.forgetOperation(of: IntentID("b"))
    try await store.keep(operation("a", "{}"))
    #expect(try await store.operations() == [operation("a")])
  }

  @Test("of a process that still lives are left to it, and are handed on when it is killed")
  func owner() async throws {
    let owner = try Companion("operation", directory.journal, "restart-1")
    #expect(owner.line() == "kept")
    let other = try Companion("operations", directory.journal)
    #expect(other.line() == "")
    owner.kill()
    #expect(
      try await JournalStore(path: directory.journal, healing: false).operations().map(\.intent.rawValue) == [
        "restart-1"
      ])
  }
}
