import FleetModel
import Testing

@testable import Hosts

@Suite("The inventory file")
struct InventoryFileTests {
  private func parse(_ text: String) throws(InventoryError) -> [HostEntry] {
    try InventoryFile.parse(text, file: "inventory.yaml", home: "/home/ops")
  }

  @Test("The manual's example gives the host it describes")
  func example() throws {
    let hosts = try parse(
      """
      hosts:
        - name: web-1
          address: 10.0.0.4        # or a Host of ~/.ssh/config
          port: 22
          user: ops
          identity: ~/.ssh/id_ed25519
          group: web               # plays the resource group
          subnet: 10.0.0.0/24      # optional: who fails together
          tags: {env: prod}
          commands:
            status: virsh-state {name}
            start: virsh start {name}
            stop: virsh shutdown {name}
            restart: virsh reset {name}
            run: guest-shell {name}
      """)
    let machine = try #require(hosts.first?.machine)
    #expect(hosts.count == 1)
    #expect(machine.id == MachineID("hosts/web/web-1"))
    #expect(machine.qualifiedName == "web/web-1")
    #expect(
      machine.address
        == GuestAddress(host: "10.0.0.4", port: 22, user: "ops", identity: "/home/ops/.ssh/id_ed25519"))
    #expect(machine.subnet == "10.0.0.0/24")
    #expect(machine.tags == ["env": "prod"])
    #expect(machine.abilities == [.power, .start, .stop, .restart, .run])
    #expect(hosts.first?.commands.start?.words == ["virsh", "start", "{name}"])
  }

  @Test("A name is enough: it is the address too, and nothing can be done from outside")
  func defaults() throws {
    let hosts = try parse("hosts:\n  - name: web-1\n  - {name: web-1, group: other}\n")
    #expect(hosts.map(\.machine.address) == [GuestAddress(host: "web-1"), GuestAddress(host: "web-1")])
    #expect(hosts.map(\.machine.abilities) == [[], []])
    #expect(hosts.map(\.machine.id.rawValue) == ["hosts//web-1", "hosts/other/web-1"])
  }

  @Test("A command may be a list of words", arguments: ["[a, b c, '{name}']"])
  func list(value: String) throws {
    let hosts = try parse("hosts:\n- name: x\n  commands:\n    start: \(value)\n")
    #expect(hosts.first?.commands.start?.words == ["a", "b c", "{name}"])
  }

  @Test("No hosts are no error", arguments: ["", "# nothing yet\n", "hosts:\n", "hosts: []\n", "---\n"])
  func empty(text: String) throws {
    #expect(try parse(text).isEmpty)
  }

  @Test(
    "Every fault is named with line, column and what to write instead",
    arguments: [
      (
        "hosts:\n  - nam: x\n",
        ["2:5: unknown key 'nam' in a host; did you mean 'name'?", "2:5: the host has no 'name'"]
      ),
      ("host:\n", ["1:1: unknown key 'host' in the file; did you mean 'hosts'?"]),
      ("hosts:\n  - name: x\n    adress: y\n", ["3:5: unknown key 'adress' in a host; did you mean 'address'?"]),
      ("hosts:\n  - name: x\n    zzzzzzzz: y\n", ["3:5: unknown key 'zzzzzzzz' in a host; known are name, address,"]),
      ("hosts:\n  - name: x\n    port: ssh\n", ["3:11: 'port' is 'ssh', not a whole number from 1 to 65535"]),
      ("hosts:\n  - name: x\n    port: 70000\n", ["3:11: 'port' is '70000'"]),
      ("hosts:\n  - name: x\n  - name: X\n", ["3:5: host 'X' stands already at inventory.yaml:2:5"]),
      ("hosts:\n  - name: x\n    name: y\n", ["2:5: the key 'name' stands more than once"]),
      ("hosts:\n  - name: -x\n", ["2:11: 'name' begins with a dash"]),
      ("hosts:\n  - name: a b\n", ["2:11: 'name' holds a blank"]),
      ("hosts:\n  - name: \"a\\e[31m\"\n", ["2:11: 'name' holds a control character"]),
      ("hosts:\n  - name: x\n    user: -oProxyCommand=sh\n", ["3:11: 'user' begins with a dash"]),
      ("hosts:\n  - name: x\n    commands: {run: 'a \"b'}\n", ["3:21: 'run': the command has no closing \""]),
      ("hosts:\n  - name: x\n    commands: {run: ''}\n", ["3:21: 'run': the command is empty"]),
      ("hosts:\n  - name: x\n    commands: {run: 'a {nme}'}\n", ["3:21: 'run': unknown placeholder {nme}"]),
      ("hosts:\n  - name: x\n    commands: {reboot: a}\n", ["3:16: unknown key 'reboot' in 'commands';"]),
      ("hosts:\n  - name: x\n    tags: prod\n", ["3:11: 'tags' must have 'key: value' lines"]),
      ("hosts:\n  name: x\n", ["2:3: 'hosts' must be a list"]),
      ("hosts:\n  - x\n", ["2:5: a host must have 'key: value' lines"]),
      ("hosts:\n  - name: [x]\n", ["2:11: 'name' must be one value"]),
      ("hosts: [\n", ["2:1: "]),
      ("hosts:\n\t- name: x\n", ["2:1: "]),
    ])
  func faults(text: String, sentences: [String]) {
    let error = #expect(throws: InventoryError.self) { try parse(text) }
    #expect(error?.problems.count == sentences.count)
    for (problem, sentence) in zip(error?.problems ?? [], sentences) {
      #expect(problem.hasPrefix("inventory.yaml:" + sentence))
    }
  }

  @Test("All faults of a file are reported at once, and no host is taken")
  func allFaults() {
    let error = #expect(throws: InventoryError.self) {
      try parse("hosts:\n  - name: ok\n  - name: a b\n  - name: c\n    port: 0\n    oops: 1\n")
    }
    #expect(error?.problems.count == 3)
  }
}
