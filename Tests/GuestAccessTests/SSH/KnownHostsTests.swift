import Testing

@testable import GuestAccess

@Suite("known_hosts")
struct KnownHostsTests {
  private let key = "AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

  private func found(_ line: String, _ name: String) -> Bool {
    !KnownHosts("# comment\n\n\(line) ssh-ed25519 \(key) who@where\n").keys(for: name).isEmpty
  }

  @Test("finds plain names, lists, ports and patterns")
  func names() {
    #expect(found("web-1", "web-1"))
    #expect(found("a,web-1,10.0.0.4", "10.0.0.4"))
    #expect(found("[web-1]:2222", "[web-1]:2222"))
    #expect(!found("[web-1]:2222", "web-1"))
    #expect(!found("web-1", "[web-1]:2222"))
    #expect(found("*.example.com", "db.example.com"))
    #expect(found("web-?", "web-7"))
    #expect(!found("web-?", "web-77"))
    #expect(!found("*.example.com,!db.example.com", "db.example.com"))
    #expect(found("Web-1", "web-1"))
  }

  @Test("finds names that OpenSSH has hashed")
  func hashed() {
    // ssh-keygen -H of OpenSSH 9.2 for the name "[127.0.0.1]:22201".
    let salt: [UInt8] = Array(1...20)
    let line = KnownHosts.hashedName("[127.0.0.1]:22201", salt: salt) ?? ""
    #expect(line.hasPrefix("|1|AQIDBAUGBwgJCgsMDQ4PEBESExQ=|"))
    #expect(found(line, "[127.0.0.1]:22201"))
    #expect(!found(line, "127.0.0.1"))
  }

  @Test("are read as ssh-keygen writes and finds them", .enabled(if: TestSSHServer.isAvailable, "needs openssh"))
  func againstOpenSSH() async throws {
    let server = try await TestSSHServer()
    let name = server.read("host.pub").split(separator: " ")
    let offered = KnownHosts.Key(type: String(name[0]), blob: String(name[1]))
    let lines = (0..<20).map { KnownHosts.entry(for: "[host-\($0)]:2222", offered, hashed: $0 % 2 == 0) }
    try server.write(lines.joined(separator: "\n") + "\n", to: "ours")
    for index in 0..<20 {
      let output = try await TestSSHServer.run(
        "/usr/bin/ssh-keygen", ["-l", "-F", "[host-\(index)]:2222", "-f", server.directory + "/ours"])
      #expect(output.contains(offered.fingerprint ?? "none"))
    }
    try await TestSSHServer.run("/usr/bin/ssh-keygen", ["-q", "-H", "-f", server.directory + "/ours"])
    let hashed = KnownHosts(server.read("ours"))
    for index in 0..<20 { #expect(hashed.keys(for: "[host-\(index)]:2222") == [offered]) }
  }

  @Test("reads lines that were added as if it had read the whole file, in its order")
  func appended() {
    let lines = [
      "web-1 ssh-ed25519 one", "*.example.com,web-* ssh-rsa two", "WEB-1,10.0.0.4 ecdsa-sha2-nistp256 three",
      "!web-1,* ssh-ed25519 never", "web-1,web-1 ssh-ed25519 four",
    ]
    let whole = KnownHosts(lines.joined(separator: "\n"))
    var parts = KnownHosts("")
    for line in lines { parts.append(line + "\n") }
    for name in ["web-1", "10.0.0.4", "a.example.com", "other"] {
      #expect(parts.keys(for: name) == whole.keys(for: name))
    }
    #expect(whole.keys(for: "web-1").map(\.blob) == ["one", "two", "three", "four"])
    #expect(whole.keys(for: "10.0.0.4").map(\.blob) == ["three", "never"])
  }

  @Test("keeps markers apart from keys, and skips what it does not know")
  func markers() {
    let hosts = KnownHosts(
      """
      @revoked bad ssh-ed25519 \(key)
      @cert-authority *.example.com ssh-rsa AAAA
      @future web-1 ssh-ed25519 \(key)
      only-two fields
      """)
    #expect(hosts.keys(for: "bad").map(\.marker) == [.revoked])
    #expect(hosts.keys(for: "x.example.com").map(\.marker) == [.certificateAuthority])
    #expect(hosts.keys(for: "web-1").isEmpty)
    #expect(hosts.keys(for: "only-two").isEmpty)
  }

  @Test("is not slow on hostile patterns")
  func slow() {
    let pattern = String(repeating: "*a", count: 200)
    #expect(!found(pattern, String(repeating: "a", count: 199) + "b"))
  }
}
