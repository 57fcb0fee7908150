import FoundationEssentials

/// JSON in and out of the Resource Manager.
enum JSONText {
  /// The JSON of a value whose parts are texts, numbers, flags, lists and objects of such: those always encode.
  static func bytes(_ value: some Encodable) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return (try? encoder.encode(value)).map { Array($0) } ?? []
  }

  /// - Parameter what: names the answer to an operator (`the list of virtual machines`).
  /// - Throws: of kind `unreadable`.
  static func value<Value: Decodable>(
    _ type: Value.Type, _ reply: ARMReply, _ what: String
  ) throws(AzureError) -> Value {
    do { return try JSONDecoder().decode(type, from: Data(reply.body)) } catch {
      throw AzureError(
        kind: .unreadable, status: reply.status,
        sentence:
          "Azure's answer to \(what) could not be understood (HTTP \(reply.status), \(reply.body.count) bytes): "
          + "if it stays so, report request id \(reply.requestID.isEmpty ? "(none)" : reply.requestID)",
        requestID: reply.requestID)
    }
  }
}
