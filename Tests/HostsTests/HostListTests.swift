import FleetModel
import Testing

@testable import Hosts

@Suite("The --hosts argument")
struct HostListTests {
  @Test(
    "Every form of an entry is understood",
    arguments: [
      ("web-1", GuestAddress(host: "web-1")),
      ("10.0.0.4:2222", GuestAddress(host: "10.0.0.4", port: 2222)),
      ("ops@10.0.0.4", GuestAddress(host: "10.0.0.4", user: "ops")),
      ("ops@web-1:22", GuestAddress(host: "web-1", port: 22, user: "ops")),
      ("ops@corp@web-1", GuestAddress(host: "web-1", user: "ops@corp")),
      ("[2001:db8::1]:22", GuestAddress(host: "2001:db8::1", port: 22)),
      ("ops@[fe80::1%eth0]", GuestAddress(host: "fe80::1%eth0", user: "ops")),
      ("2001:db8::1", GuestAddress(host: "2001:db8::1")),
      (" web-1 ", GuestAddress(host: "web-1")),
    ])
  func forms(text: String, address: GuestAddress) throws {
    let hosts = try HostList.parse(text)
    #expect(hosts.map(\.machine.address) == [address])
    #expect(hosts.first?.machine.name == address.host)
    #expect(hosts.first?.machine.provider == .hosts)
    #expect(hosts.first?.machine.abilities == [])
  }

  @Test("Hosts that would have the same name are told apart by port, then by user")
  func names() throws {
    let hosts = try HostList.parse("a@h:1,b@h:2,c@h:2,other")
    #expect(hosts.map(\.machine.name) == ["h:1", "b@h:2", "c@h:2", "other"])
    #expect(Set(hosts.map(\.machine.id)).count == 4)
  }

  @Test(
    "A list that cannot be read names each faulty entry",
    arguments: [
      ("", "empty"), ("a,,b", "empty"), ("web:0", "port"), ("web:99999", "port"), ("web:+22", "port"),
      ("web:", "port"), ("@web", "user is empty"), ("ops@", "host is empty"), ("[::1", "bracket"),
      ("[::1]x", "after the bracket"), ("-oProxyCommand=sh", "dash"), ("-x@web", "dash"), ("a b", "blank"),
      ("web/1", "slash"), ("web,web", "twice"), ("w\u{202e}eb", "cannot be shown"),
    ])
  func faults(text: String, word: String) {
    let error = #expect(throws: InventoryError.self) { try HostList.parse(text) }
    #expect(error?.description.contains(word) == true)
    #expect(error?.description.contains("\u{202e}") == false)
  }

  @Test("Two faults are two sentences")
  func allFaults() {
    let error = #expect(throws: InventoryError.self) { try HostList.parse("web:0,ok,-x") }
    #expect(error?.problems.count == 2)
  }
}
