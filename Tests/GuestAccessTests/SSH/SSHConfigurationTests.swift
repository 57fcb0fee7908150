import Testing

@testable import GuestAccess

@Suite("The operator's ssh_config")
struct SSHConfigurationTests {
  private func read(_ lines: String...) throws -> SSHConfiguration {
    try SSHConfiguration(
      output: (["user ops", "hostname 10.0.0.4", "port 22"] + lines).joined(separator: "\n"), home: "/home/me",
      localUser: "me", agent: "/run/agent")
  }

  @Test("gives host, user, port and the files with their tokens replaced")
  func files() throws {
    let configuration = try read(
      "identityfile ~/.ssh/id_%r", "identityfile /keys/%h_%p", "userknownhostsfile ~/.ssh/kh \"/a b/kh\"",
      "hashknownhosts yes", "addressfamily inet6")
    #expect(configuration.hostName == "10.0.0.4" && configuration.user == "ops" && configuration.port == 22)
    #expect(configuration.identityFiles == ["/home/me/.ssh/id_ops", "/keys/10.0.0.4_22"])
    #expect(configuration.userKnownHosts == ["/home/me/.ssh/kh", "/a b/kh"])
    #expect(configuration.hashesKnownHosts && configuration.families == .v6)
    #expect(configuration.agentSocket == "/run/agent")
  }

  @Test("never turns host keys off", arguments: ["ask", "no", "off", "accept-new", "false"])
  func strict(value: String) throws {
    #expect(try read("stricthostkeychecking \(value)").newHostKeys == .accepted)
  }

  @Test("refuses new host keys where it says yes", arguments: ["yes", "true"])
  func strictest(value: String) throws {
    #expect(try read("stricthostkeychecking \(value)").newHostKeys == .refused)
  }

  @Test("sends jump hosts, proxies, certificates and hardware keys to the system's ssh")
  func system() throws {
    #expect(try read("proxyjump gate").isIndirect)
    #expect(try read("proxyjump gate").jumpHosts == "gate")
    #expect(try read("proxycommand nc %h %p").isIndirect)
    #expect(try read("proxycommand none", "proxyjump none").needsSystemSSH == nil)
    #expect(try read("certificatefile ~/.ssh/cert").needsSystemSSH != nil)
    #expect(try !read("certificatefile ~/.ssh/cert").isIndirect)
    #expect(try read("pkcs11provider /lib/x.so").needsSystemSSH != nil)
  }

  @Test("names the agent, another one, or none")
  func agent() throws {
    #expect(try read("identityagent none").agentSocket == nil)
    #expect(try read("identityagent ~/agent").agentSocket == "/home/me/agent")
    #expect(try read("identityagent SSH_AUTH_SOCK").agentSocket == "/run/agent")
  }

  @Test("files host keys under the alias, or with the port")
  func names() throws {
    var configuration = try read()
    #expect(configuration.knownHostsName == "10.0.0.4")
    configuration.port = 2222
    #expect(configuration.knownHostsName == "[10.0.0.4]:2222")
    configuration.hostKeyAlias = "Web"
    #expect(configuration.knownHostsName == "web")
  }

  @Test("that names no host is an error that says what to try")
  func empty() {
    #expect(throws: MonitorFailure.self) {
      try SSHConfiguration(output: "usage: ssh", home: "/", localUser: "me", agent: nil)
    }
  }

  @Test(
    "never gets names that ssh would take for options or a shell for commands",
    arguments: ["-oProxyCommand=x", "a;b", "a b", "$(x)", "", "a\nb", "`x`", "a'b"])
  func hostile(name: String) {
    #expect(SSHConfigurationReader.problem(with: SSHTarget(host: name)) != nil)
    #expect(SSHConfigurationReader.problem(with: SSHTarget(host: "ok", user: name)) != nil)
  }

  @Test("takes ordinary names", arguments: ["web-1", "10.0.0.4", "fe80::1%eth0", "a.b_c", "名前"])
  func ordinary(name: String) {
    #expect(SSHConfigurationReader.problem(with: SSHTarget(host: name)) == nil)
  }
}
