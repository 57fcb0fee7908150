import Testing

@testable import Hosts

@Suite("Commands of the inventory")
struct HostCommandTests {
  @Test(
    "A line is split into words as documented, and by nothing else",
    arguments: [
      ("virsh start {name}", ["virsh", "start", "{name}"]),
      ("  a \t b  ", ["a", "b"]),
      ("a 'b c' d", ["a", "b c", "d"]),
      (#"a "b \"c\" \\ \d" e"#, ["a", #"b "c" \ \d"#, "e"]),
      (#"a b\ c '' "" d"#, ["a", "b c", "", "", "d"]),
      (#"a'b'"c"d"#, ["abcd"]),
      ("a $HOME `x` $(y) * ; | > f & #z ~", ["a", "$HOME", "`x`", "$(y)", "*", ";", "|", ">", "f", "&", "#z", "~"]),
      (#"'\'"#, [#"\"#]),
    ])
  func words(line: String, words: [String]) throws {
    #expect(try HostCommand(line).words == words)
  }

  @Test(
    "A line that cannot be split is an error",
    arguments: [
      ("", "empty"), ("  ", "empty"), ("''", "empty"), ("a 'b", "closing '"), ("a \\", "backslash"), ("a {id}", "{id}"),
    ])
  func faults(line: String, word: String) {
    let error = #expect(throws: HostCommand.Problem.self) { try HostCommand(line) }
    #expect(error?.description.contains(word) == true)
  }

  @Test("A value fills its place and never becomes another word or another placeholder")
  func filling() throws {
    let command = try HostCommand("~/bin/vm --at={address} {name} {} {1} x{name}y{name}")
    #expect(
      command.arguments(name: "{address} two", address: "10.0.0.4", home: "/home/ops") == [
        "/home/ops/bin/vm", "--at=10.0.0.4", "{address} two", "{}", "{1}", "x{address} twoy{address} two",
      ])
    #expect(try HostCommand("a ''").text(name: "n", address: "b") == "a ''")
  }
}
