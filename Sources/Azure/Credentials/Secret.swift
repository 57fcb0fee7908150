import FleetModel

/// A text that nobody may see: it prints as a word, to `dump` too (semantics 9.3).
struct Secret: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  let value: String
  init(_ value: String) { self.value = value }

  /// nil for an empty text and for none.
  init?(_ value: String?) {
    guard let value, !value.isEmpty else { return nil }
    self.value = value
  }

  var description: String { "(secret)" }
  var debugDescription: String { description }
  var customMirror: Mirror { Mirror(self, children: []) }
}

/// Takes secrets out of words that came from elsewhere, before they become an error's text.
enum Scrubbed {
  /// `text` without the given secrets and without anything that looks like a token (`eyJ…`), as one harmless line of at
  /// most 300 characters.
  static func line(_ text: String, secrets: [Secret] = []) -> String {
    var text = text
    for secret in secrets where !secret.value.isEmpty {
      text = text.replacing(secret.value, with: "(secret)")
      text = text.replacing(FormText.encoded(secret.value), with: "(secret)")
    }
    let line = SafeText.line(withoutTokens(text))
    return line.count > 300 ? line.prefix(300) + "…" : line
  }

  /// JSON Web Tokens begin with `{"` in base64url, which is `eyJ`.
  private static func withoutTokens(_ text: String) -> String {
    var result = ""
    var rest = text[...]
    while let start = rest.firstRange(of: "eyJ") {
      let end =
        rest[start.lowerBound...].firstIndex { !($0.isASCII && ($0.isLetter || $0.isNumber || "-_.=".contains($0))) }
        ?? rest.endIndex
      result += rest[..<start.lowerBound]
      let word = rest[start.lowerBound..<end]
      result += word.count < 16 ? String(word) : "(token)"
      rest = rest[end...]
    }
    return result + rest
  }
}
