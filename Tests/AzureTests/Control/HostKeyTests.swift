import Autopilot
import Azure
import FleetModel
import GuestAccess
import Testing

@Suite("The host keys that a guest names by Run Command")
struct HostKeyTests {
  private static let key = "AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
  private let clock = SteppedClock()
  private let machine = VirtualMachine(
    id: MachineID(vmID("a")), name: "a", group: "RG-Web", provider: .azure, abilities: [.power, .run])

  /// - Parameter printed: on standard output, as a JSON string has it.
  private func ask(
    _ machine: VirtualMachine? = nil, power: String = "running", agent: String = "Ready", printed: String = "",
    refusal: AzureError? = nil
  ) async -> (word: HostKeyWord, arm: ScriptedARM) {
    let arm = ScriptedARM { request throws(AzureError) in
      if request.method == .get {
        return ARMReply(
          """
          {"properties":{"instanceView":{"vmAgent":{"statuses":[{"code":"ProvisioningState/succeeded",
           "displayStatus":"\(agent)","message":"words"}]},"statuses":[{"code":"PowerState/\(power)"}]}}}
          """)
      }
      if let refusal { throw refusal }
      return ARMReply(status: 202)
    } ending: { _ in
      ARMReply(#"{"value":[{"message":"Enable succeeded: \n[stdout]\n"# + printed + #"\n[stderr]\n"}]}"#)
    }
    let session = AzureSession(caller: arm, scope: AzureScope(subscriptions: [subscription]), clock: clock)
    return (await session.control.hostKeys(of: machine ?? self.machine), arm)
  }

  private func answer(_ lines: String) -> String { #"azlin-hostkeys 1\n\#(lines)end\n\nazlin-exit=0\n"# }

  @Test("are asked for once, by a script that only reads, and are those it prints")
  func told() async throws {
    let (word, arm) = await ask(printed: answer(#"key=ssh-ed25519 \#(Self.key)\n"#))
    #expect(word == .told([KnownHosts.Key(type: "ssh-ed25519", blob: Self.key)]))
    #expect(arm.sent == ["GET a", "POST runCommand"])
    #expect(arm.deadlines == [clock.now() + .minutes(2)])
    let body = String(decoding: try #require(arm.requests.last?.body), as: UTF8.self)
    #expect(body.contains("ssh-keygen -y"))
  }

  @Test("are not told, and it is said why, where nothing is sent: off, no agent, no right, no shell")
  func unasked() async {
    var forbidden = machine
    forbidden.abilities = .power
    var windows = machine
    windows.system = .windows
    let cases: [(word: HostKeyWord, arm: ScriptedARM, why: String)] = [
      (await ask(power: "deallocated"), "the VM is deallocated"), (await ask(agent: "Not Ready"), "agent is not ready"),
      (await ask(forbidden), "role of this login"), (await ask(windows), "Windows"),
    ].map { ($0.0.word, $0.0.arm, $0.1) }
    for (word, arm, why) in cases {
      guard case .notTold(let said) = word else {
        Issue.record("\(word)")
        continue
      }
      #expect(said.contains(why))
      #expect(!arm.sent.contains("POST runCommand"))
    }
  }

  @Test("are not told by an answer that is cut, empty or refused")
  func unclear() async {
    for printed in ["nonsense", #"azlin-hostkeys 1\n\nazlin-exit=0\n"#, answer(""), answer(#"key=ssh-ed25519 ?\n"#)] {
      guard case .notTold(let why) = await ask(printed: printed).word else {
        Issue.record("told by \(printed)")
        continue
      }
      #expect(!why.isEmpty)
    }
    let refused = await ask(refusal: AzureError(.forbidden(action: nil, scope: nil), 403)).word
    #expect(refused == .notTold("Azure said 403 "))
  }
}
