import Testing

@testable import azlin_bench

@Suite("What a program writes to its terminal")
struct OutputScannerTests {
  @Test("is kept as plain text, colours joined and cursor moves apart")
  func plainText() {
    var scanner = OutputScanner()
    _ = scanner.feed("\u{1B}[31mP\u{1B}[0mID\u{1B}[5;1Huser\u{1B}(B\u{1B}]0;title\u{7}!".utf8)
    #expect(String(decoding: scanner.text, as: UTF8.self) == "PID user!")
  }

  @Test("is counted and found though it comes in pieces")
  func pieces() {
    var scanner = OutputScanner()
    for byte in "\u{1B}[1;31mvm-prod\u{1B}[m".utf8 { _ = scanner.feed([byte]) }
    #expect(scanner.contains("vm-prod"))
    #expect(!scanner.contains("31"))
    #expect(scanner.count == 17)
  }

  @Test("says which form of the cursor keys it wants")
  func cursorKeys() {
    var scanner = OutputScanner()
    #expect(!scanner.wantsApplicationCursorKeys)
    _ = scanner.feed("\u{1B}[?12;1h".utf8)
    #expect(scanner.wantsApplicationCursorKeys)
    _ = scanner.feed("\u{1B}[?1l\u{1B}[?1049h".utf8)
    #expect(!scanner.wantsApplicationCursorKeys)
  }

  @Test(
    "is answered where it asks",
    arguments: [
      ("\u{1B}[c", "\u{1B}[?62;22c"), ("\u{1B}[6n", "\u{1B}[1;1R"), ("\u{1B}[?2026$p", "\u{1B}[?2026;0$y"),
      ("\u{1B}]11;?\u{1B}\\", "\u{1B}]11;rgb:1818/1818/1818\u{1B}\\"), ("\u{1B}[2J", ""),
    ])
  func answers(question: String, answer: String) {
    var scanner = OutputScanner()
    #expect(String(decoding: scanner.feed(question.utf8), as: UTF8.self) == answer)
  }
}
