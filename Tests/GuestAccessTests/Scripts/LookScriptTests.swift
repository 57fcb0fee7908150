import FleetModel
import Foundation
import Testing

@testable import GuestAccess

@Suite("The look")
struct LookScriptTests {
  private static let boot = ProbeReportParserTests.boot

  @Test("Facts the guest tells are read, others stay unknown")
  func facts() throws {
    let findings = try LookScript.parse(
      "azlin-look 1\nboot=\(Self.boot)\nlink=yes\naddress=no\nlistening=no\nconfiguration=no\n"
        + "complaint=/etc/ssh/sshd_config: line 3: Bad configuration option: \u{1b}[31mfoo\nend\n")
    #expect(findings.bootID == Self.boot)
    #expect(findings.linkUp == true)
    #expect(findings.hasAddress == false)
    #expect(findings.hasDefaultRoute == nil)
    #expect(findings.sshListening == false)
    #expect(findings.sshConfigurationValid == false)
    #expect(
      findings.sshConfigurationError == "/etc/ssh/sshd_config: line 3: Bad configuration option: ^[[31mfoo")
  }

  @Test(
    "Anything else is an error",
    arguments: ["link=maybe", "boot=1", "link=yes\nlink=yes", "shadow=root:x", "link"])
  func faults(line: String) {
    #expect(throws: ScriptOutputError.self) {
      try LookScript.parse("azlin-look 1\n" + (line.hasPrefix("boot") ? "" : "boot=\(Self.boot)\n") + "\(line)\nend\n")
    }
  }

  /// A guest's network in two namespaces: `eth0` here, its gateway at the other end, both ours.
  private static let network = #"""
    mount -t sysfs sysfs /sys
    ip link set lo up
    unshare -n sleep 1000 &
    far=$!
    for i in $(seq 100); do
      [ "$(readlink /proc/$far/ns/net)" != "$(readlink /proc/self/ns/net)" ] && break
      sleep 0.05
    done
    ip link add eth0 type veth peer name far netns $far
    nsenter -t $far -n ip addr add 10.99.0.1/30 dev far
    nsenter -t $far -n ip link set far up
    ip link add docker0 type bridge
    ip addr add 172.30.0.1/24 dev docker0
    ip link set docker0 up
    look() { SHELL <look.sh | grep -v -e boot= -e configuration= -e complaint= | tr '\n' ' '; echo; }
    """#

  @Test(
    "Link, address, route and gateway are told apart, and a container bridge is no network",
    .enabled(if: PrivateNamespace.isAvailable, Comment(rawValue: PrivateNamespace.reason)),
    arguments: ScriptShell.available)
  func network(shell: ScriptShell) async throws {
    let scenario =
      (Self.network + #"""

        look
        ip link set eth0 up
        for i in $(seq 100); do [ "$(cat /sys/class/net/eth0/operstate)" = up ] && break; sleep 0.05; done
        look
        ip addr add 10.99.0.2/30 dev eth0
        look
        ip route add default via 10.99.0.1
        ping -c 1 -W 1 10.99.0.1 >/dev/null 2>&1 || busybox ping -c 1 -W 1 10.99.0.1 >/dev/null || true
        look
        nsenter -t $far -n ip link set far down
        for i in $(seq 100); do [ "$(cat /sys/class/net/eth0/operstate)" != up ] && break; sleep 0.05; done
        look
        kill $far
        """#).replacing("SHELL", with: shell.words.joined(separator: " "))
    let output = try await PrivateNamespace.run(
      scenario, files: ["look.sh": LookScript.text(sshPort: 2222)], network: true)
    let lines = output.split(separator: "\n").map(String.init)
    #expect(lines[0] == "azlin-look 1 link=no address=no route=no listening=no banner=no end ")
    #expect(lines[1] == "azlin-look 1 link=yes address=no route=no listening=no banner=no end ")
    #expect(lines[2] == "azlin-look 1 link=yes address=yes route=no listening=no banner=no end ")
    #expect(lines[3] == "azlin-look 1 link=yes address=yes route=yes gateway=yes listening=no banner=no end ")
    #expect(lines[4].hasPrefix("azlin-look 1 link=no address=yes route=yes "))
  }

  @Test(
    "A listening port is not yet a server that greets",
    .enabled(if: PrivateNamespace.isAvailable, Comment(rawValue: PrivateNamespace.reason)),
    arguments: ScriptShell.available)
  func banner(shell: ScriptShell) async throws {
    let scenario = #"""
      ip link set lo up
      look() { SHELL <look.sh | grep -e listening= -e banner= | tr '\n' ' '; echo; }
      serve() {
        python3 -c '
      import socket, sys
      s = socket.create_server((sys.argv[1], 2222), family=socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET)
      open("up", "w").close()
      while True:
          c, _ = s.accept()
          if sys.argv[2]:
              c.sendall(sys.argv[2].encode())
              c.close()
          else:
              keep = c
      ' "$1" "$2" &
        server=$!
        for i in $(seq 100); do [ -e up ] && break; sleep 0.05; done
        rm up
        look
        kill $server
        wait $server 2>/dev/null || true
      }
      look
      serve 0.0.0.0 $'SSH-2.0-OpenSSH_9.2\r\n'
      serve 127.0.0.5 $'SSH-2.0-dropbear\r\n'
      serve 127.0.0.1 $'HTTP/1.1 400 Bad\r\n'
      serve 127.0.0.1 ''
      serve :: $'SSH-2.0-x\r\n'
      """#.replacing("SHELL", with: shell.words.joined(separator: " "))
    let output = try await PrivateNamespace.run(
      scenario, files: ["look.sh": LookScript.text(sshPort: 2222)], network: true)
    #expect(
      output.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) } == [
        "listening=no banner=no", "listening=yes banner=yes", "listening=yes banner=yes", "listening=yes banner=no",
        "listening=yes banner=no", "listening=yes banner=yes",
      ])
  }
}
