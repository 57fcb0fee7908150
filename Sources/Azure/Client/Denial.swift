/// Who lacks what, out of the text of a 403.
struct Denial {
  var action: String?
  var scope: String?

  /// `… perform action 'Microsoft.Compute/…' over scope '/subscriptions/…' …`
  init(_ message: String) {
    action = Self.quoted(message, after: "perform action ")
    scope = Self.quoted(message, after: "over scope ")
  }

  private static func quoted(_ message: String, after words: String) -> String? {
    guard let start = message.firstRange(of: words)?.upperBound, start < message.endIndex, message[start] == "'" else {
      return nil
    }
    let text = message[message.index(after: start)...].prefix { $0 != "'" }
    return text.isEmpty ? nil : String(text)
  }
}
