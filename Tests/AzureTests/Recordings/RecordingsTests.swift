import FleetModel
import Foundation
import Testing

/// Recorded traffic with Azure, read by our client and our types.
///
/// What they must hold is in `Expected.json`, written from the recordings' bodies; `AZLIN_RECORDINGS=DIR` reads another
/// folder of the same form instead and prints what is made of it.
@Suite("Recordings", .serialized)
struct RecordingsTests {
  /// One row of the table.
  struct Row: Decodable, Sendable, CustomTestStringConvertible {
    var file: String
    /// The place in the file, from 0.
    var position: Int
    var operation: String
    var kind: String
    var values: [String: String]
    /// Parts of the sentence, where there is one.
    var says: [String]?
    var testDescription: String { "\(file) \(position)" }
  }

  private static let foreign = ProcessInfo.processInfo.environment["AZLIN_RECORDINGS"]

  private static func table() throws -> [Row] {
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Expected.json")
    return try JSONDecoder().decode([Row].self, from: Data(contentsOf: file))
  }

  @Test("Each recorded exchange is held by our types as the table says")
  func held() async throws {
    let recordings = try Recording.folder(Recording.fixtures)
    let rows = try Self.table()
    #expect(rows.count == recordings.map(\.exchanges.count).reduce(0, +), "every exchange has a row")
    let files = Dictionary(uniqueKeysWithValues: recordings.map { ($0.file, $0) })
    for row in rows {
      let recording = try #require(files[row.file])
      let reading = await RecordedReading(recording.exchanges[row.position])
      #expect(reading.operation == row.operation, "\(row.testDescription)")
      #expect("\(reading.kind)" == row.kind, "\(row.testDescription): \(reading.line)")
      var values = reading.values
      let sentence = values.removeValue(forKey: "sentence")
      #expect(values == row.values, "\(row.testDescription)")
      for part in row.says ?? [] {
        #expect(sentence?.contains(part) == true, "\(row.testDescription): \(sentence ?? "no sentence") lacks \(part)")
      }
    }
  }

  /// File, index of the order, and how many requests its recorded course takes: the order, its polls, and the look at
  /// what was changed.
  private static let recordedCourses: [(String, Int, Int)] = [
    ("azure-cli__test_vm_metric_tail", 28, 2), ("azure-cli__test_vm_redeploy", 24, 3),
    ("azure-cli__test_vm_redeploy", 27, 6), ("azure-cli__test_vm_run_command_with_parameters", 23, 3),
    ("azure-cli__test_run_command_v2", 24, 4), ("azure-cli__test_run_command_v2", 36, 3),
    ("azure-cli__test_network_nic", 60, 3), ("azure-cli__test_network_nic", 72, 2),
    ("azure-cli__test_network_public_ip", 8, 4), ("azure-cli__test_vm_extension", 30, 4),
    ("azure-cli__test_vm_extension", 62, 6), ("azure-cli__test_vm_boot_diagnostics", 24, 4),
  ]

  @Test(
    "Recorded orders are seen to their recorded end, with no request that was not recorded", arguments: recordedCourses)
  func courses(_ file: String, _ index: Int, _ requests: Int) async throws {
    let recording = try Recording(URL(filePath: Recording.fixtures).appending(path: file + ".json"))
    let position = try #require(recording.exchanges.firstIndex { $0.index == index })
    #expect(await RecordedCourse.ending(of: position, in: recording) == "ended well, HTTP 200, \(requests) requests")
  }

  @Test("Another folder's recordings are read and printed; what is not understood is told")
  func foreign() async throws {
    let folder = Self.foreign ?? Recording.fixtures
    var counts: [String: Int] = [:]
    var lines: [String] = []
    for recording in try Recording.folder(folder) {
      lines.append("# \(recording.file)")
      for (position, exchange) in recording.exchanges.enumerated() {
        let reading = await RecordedReading(exchange)
        counts["\(reading.kind)", default: 0] += 1
        let ending = await RecordedCourse.ending(of: position, in: recording).map { "  => \($0)" } ?? ""
        lines.append(
          "\(exchange.index) HTTP \(exchange.status) [\(reading.kind)] \(reading.operation): \(reading.line)\(ending)")
        #expect(reading.kind != .broken, "\(recording.file) \(exchange.index): \(reading.line)")
      }
    }
    lines.append(counts.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", "))
    #expect(!counts.isEmpty, "\(folder) holds no recordings")
    if Self.foreign != nil { print(lines.joined(separator: "\n")) }
  }
}
