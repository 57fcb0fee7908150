import FleetModel

/// A script as Run Command v1 is to run it, and what it printed: v1 tells no exit code, so the script does.
enum RunCommandScript {
  private static let marker = "azlin-exit="
  /// Run Command keeps the last 4,096 bytes of what a script prints (Azure's limits of Run Command).
  static let outputLimit = 4096

  /// The script in a shell of its own, its exit code printed after it.
  static func wrapped(_ script: String) -> String {
    "(\n\(script)\n)\necho \"\n\(marker)$?\""
  }

  /// What came of it.
  struct Output: Hashable {
    var text: String
    var exitCode: Int
  }

  struct Fault: Error, Hashable, CustomStringConvertible { var description: String }

  /// What a script printed.
  struct Streams: Hashable {
    var output: String
    var errors: String
  }

  /// Reads the answer, in the operation's body or at its result's place.
  static func streams(_ reply: ARMReply) throws(Fault) -> Streams {
    guard let result = try? JSONText.value(Result.self, reply, "the command"),
      let entries = result.value ?? result.output?.value ?? result.properties?.output?.value
    else { throw Fault(description: "Run Command gave no output that could be understood") }
    return streams(entries)
  }

  /// Reads the answer to a script that was `wrapped`.
  static func output(_ reply: ARMReply) throws(Fault) -> Output {
    let printed = try streams(reply).output
    guard let range = last(marker, in: printed) else {
      throw Fault(
        description: printed.utf8.count >= outputLimit - 512
          ? "the script's end was not in the last 4,096 bytes that Run Command keeps"
          : "the script did not run to its end under Run Command")
    }
    let digits = printed[range.upperBound...].prefix { $0.isNumber }
    guard let code = Int(digits) else { throw Fault(description: "Run Command gave no exit code") }
    return Output(text: String(printed[..<range.lowerBound]), exitCode: code)
  }

  private static func streams(_ entries: [Entry]) -> Streams {
    // Windows has an entry for each stream; Linux one entry with both.
    func entry(_ stream: String) -> String? {
      entries.first { $0.code?.lowercased().contains("/\(stream)/") == true }.map { $0.message ?? "" }
    }
    if let output = entry("stdout") { return Streams(output: output, errors: entry("stderr") ?? "") }
    let message = entries.compactMap(\.message).joined(separator: "\n")
    guard let start = message.firstRange(of: "[stdout]\n") else { return Streams(output: message, errors: "") }
    let rest = message[start.upperBound...]
    guard let mark = last("\n[stderr]\n", in: rest) ?? last("[stderr]", in: rest) else {
      return Streams(output: String(rest), errors: "")
    }
    return Streams(output: String(rest[..<mark.lowerBound]), errors: String(rest[mark.upperBound...]))
  }

  private static func last(_ text: String, in whole: some StringProtocol) -> Range<String.Index>? {
    var found: Range<String.Index>?
    var from = whole.startIndex
    while let next = whole[from...].firstRange(of: text) {
      found = next
      from = next.upperBound
    }
    return found
  }

  private struct Entry: Decodable {
    var code: String?
    var message: String?
  }
  private struct Result: Decodable {
    struct Holder: Decodable { var value: [Entry]? }
    struct Properties: Decodable { var output: Holder? }
    var value: [Entry]?
    var output: Holder?
    var properties: Properties?
  }
}
