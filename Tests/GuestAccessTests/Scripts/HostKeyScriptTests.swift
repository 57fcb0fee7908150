import Testing

@testable import GuestAccess

@Suite("The question for a guest's own host keys")
struct HostKeyScriptTests {
  @Test("is read with its types and fingerprints")
  func parses() throws {
    let blob = "AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    let keys = try HostKeyScript.parse("Welcome\nazlin-hostkeys 1\nkey=ssh-ed25519 \(blob)\nend\n")
    #expect(keys == [KnownHosts.Key(type: "ssh-ed25519", blob: blob)])
    #expect(try HostKeyScript.parse("azlin-hostkeys 1\nend\n").isEmpty)
  }

  @Test(
    "what is cut short or is no key is no answer",
    arguments: ["", "azlin-hostkeys 1\n", "azlin-hostkeys 1\nkey=ssh-rsa\nend\n", "azlin-hostkeys 1\nkey=a b!\nend\n"])
  func refuses(output: String) {
    #expect(throws: ScriptOutputError.self) { try HostKeyScript.parse(output) }
  }
}
