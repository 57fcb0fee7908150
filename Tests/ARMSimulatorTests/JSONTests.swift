import Testing

@testable import ARMSimulator

@Suite("JSON in and out")
struct JSONTests {
  @Test("What is written is read again")
  func roundTrip() {
    let value: JSON = [
      "text": "a \"quote\"\n\tand \u{1} \\ and ü 🙂", "list": [1, 2.5, true, .null, []], "object": ["b": -3, "a": [:]],
    ]
    #expect(JSONReader.value(JSONWriter.bytes(value)) == value)
  }

  @Test("What is no JSON is refused", arguments: ["", "{", "[1,]", "{\"a\":}", "nul", "\"open", "1 2", "{a:1}", "\\"])
  func refused(_ text: String) { #expect(JSONReader.value(Array(text.utf8)) == nil) }

  @Test("Escapes and surrogates")
  func escapes() {
    #expect(JSONReader.value(Array(#""\u00e4\ud83d\ude42\ud83d\n""#.utf8)) == "ä🙂\u{FFFD}\n")
  }

  @Test("A nest that is too deep is refused, not followed")
  func deep() {
    let text = String(repeating: "[", count: 100_000) + String(repeating: "]", count: 100_000)
    #expect(JSONReader.value(Array(text.utf8)) == nil)
  }
}
