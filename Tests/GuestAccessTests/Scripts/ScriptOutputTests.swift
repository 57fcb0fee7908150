import Testing

@testable import GuestAccess

@Suite("Output of guest scripts")
struct ScriptOutputTests {
  private func read(_ text: String) throws(ScriptOutputError) -> ScriptOutput {
    try ScriptOutput(text, name: "azlin-x", version: 1, keys: ["a", "b"], lists: ["l"])
  }

  @Test("What stands between the markers is read; greetings before and words after are not")
  func markers() throws {
    let output = try read("Welcome!\na=9\nazlin-x 1\na=1\nl=x\nl=y=z\nend\na=2\nbye\n")
    #expect(output.entry("a")?.value == "1")
    #expect(output.list("l").map(\.value) == ["x", "y=z"])
    #expect(output.entry("b") == nil)
    #expect(output.entry("a")?.line == 4)
  }

  @Test(
    "What is not exactly as the script prints it is an error that names the line",
    arguments: [
      ("", 1, ScriptOutputError.Problem.missingBegin(saw: "")),
      ("This account is currently not available.\n", 1, .missingBegin(saw: "This account is currently not available.")),
      ("azlin-x 2\nend\n", 1, .unknownVersion("2", understood: 1)),
      ("azlin-x one\nend\n", 1, .unknownVersion("one", understood: 1)),
      ("azlin-x 1\na=1\n", 2, .missingEnd),
      ("azlin-x 1\na=1\nen", 3, .malformed("en")),
      ("azlin-x 1\na=1\na=2\nend\n", 3, .duplicateKey("a")),
      ("azlin-x 1\nc=1\nend\n", 2, .unknownKey("c")),
      ("azlin-x 1\nhello\nend\n", 2, .malformed("hello")),
      ("azlin-x 1\na=1\nazlin-x 1\nend\n", 3, .secondBegin),
      ("azlin-x 1\r\nend\r\n", 1, .unknownVersion("1\r", understood: 1)),
    ])
  func faults(text: String, line: Int, problem: ScriptOutputError.Problem) {
    #expect(throws: ScriptOutputError("azlin-x", line, problem)) { try read(text) }
  }

  @Test("An error shows what a guest said without its control characters")
  func hostileErrors() {
    let error = #expect(throws: ScriptOutputError.self) { try read("\u{1b}]0;pwned\u{07}\n") }
    #expect(error?.description.contains("\u{1b}") == false)
    #expect(error?.description.contains("^[") == true)
  }

  @Test(
    "The kernel's octal escapes are undone, anything else stays",
    arguments: [
      (#"/a\040b"#, "/a b"), (#"/a\134040b"#, #"/a\040b"#), (#"/new\012line"#, "/new\nline"), (#"/x\9"#, #"/x\9"#),
      (#"/x\04"#, #"/x\04"#), (#"/x\777"#, #"/x\777"#), ("/plain", "/plain"),
    ])
  func escapes(text: String, plain: String) {
    #expect(ScriptOutput.unescaped(text[...]) == plain)
  }
}
