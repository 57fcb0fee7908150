import FleetModel
import FoundationEssentials

/// Where operations under way are kept, so that another process can wait for them instead of starting them again.
package protocol OperationLedger: Sendable {
  /// Keeps an operation; one of the same intent is replaced.
  func save(_ entry: PendingOperation) async
  /// All that were saved and not removed, oldest first.
  func pending() async -> [PendingOperation]
  func remove(_ intent: IntentID) async
}

/// One operation under way.
package struct PendingOperation: Hashable, Sendable, Codable {
  package var intent: IntentID
  package var machine: MachineID
  package var remedy: Remedy
  /// What was sent (`powerOff`): a remedy of several steps goes on after it.
  package var step: String
  package var operation: ARMOperation
  package init(intent: IntentID, machine: MachineID, remedy: Remedy, step: String, operation: ARMOperation) {
    self.intent = intent
    self.machine = machine
    self.remedy = remedy
    self.step = step
    self.operation = operation
  }
}

/// A ledger that lives as long as its process: for reads without actions, and tests.
package actor MemoryOperationLedger: OperationLedger {
  private var entries: [PendingOperation] = []
  package init(_ entries: [PendingOperation] = []) { self.entries = entries }
  package func save(_ entry: PendingOperation) {
    entries.removeAll { $0.intent == entry.intent }
    entries.append(entry)
  }
  package func pending() -> [PendingOperation] { entries }
  package func remove(_ intent: IntentID) { entries.removeAll { $0.intent == intent } }
}

/// An operation under way as text, for a store that keeps it.
package enum PendingOperationText {
  package static func text(of entry: PendingOperation) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.withoutEscapingSlashes]
    return String(decoding: try encoder.encode(entry), as: UTF8.self)
  }

  /// nil where a newer azlin wrote it.
  package static func operation(of text: String) -> PendingOperation? {
    try? JSONDecoder().decode(PendingOperation.self, from: Data(text.utf8))
  }
}
