import Autopilot
import Azure
import FleetModel
import GuestAccess
import HTTPTypes
import Testing

/// A machine's state as the instance view of test_vm_redeploy shows it.
private func view(
  _ power: String? = "running", provisioning: String = "succeeded", agent: Bool = true, vmId: String = "uuid-a"
) -> ARMReply {
  let state = power.map { ",{\"code\":\"PowerState/\($0)\",\"level\":\"Info\"}" } ?? ""
  let status =
    agent
    ? "{\"code\":\"ProvisioningState/succeeded\",\"displayStatus\":\"Ready\",\"message\":\"Guest Agent is running\"}"
    : "{\"code\":\"ProvisioningState/Unavailable\",\"displayStatus\":\"Not Ready\",\"message\":\"no status blob\"}"
  return ARMReply(
    """
    {"id":"\(vmID("a"))","location":"westus2","properties":{"vmId":"\(vmId)","provisioningState":"Succeeded",
     "instanceView":{"vmAgent":{"vmAgentVersion":"2.2.45","statuses":[\(status)]},
      "statuses":[{"code":"ProvisioningState/\(provisioning)"}\(state)]}}}
    """)
}

/// What Run Command answers on Linux, as test_vm_run_command_with_parameters recorded it.
private func printed(_ text: String, exit: Int? = 0) -> ARMReply {
  let all = text + (exit.map { "\nazlin-exit=\($0)\n" } ?? "")
  let escaped = all.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
  return ARMReply(
    """
    {"value":[{"code":"ProvisioningState/succeeded","level":"Info","displayStatus":"Provisioning succeeded",
     "message":"Enable succeeded: \\n[stdout]\\n\(escaped)\\n[stderr]\\n"}]}
    """)
}

private let look = """
  azlin-look 1
  boot=11111111-2222-3333-4444-555555555555
  link=yes
  address=yes
  route=yes
  listening=no
  banner=no
  end

  """
private let repaired =
  "azlin-remedy 1\noutcome=done\naction=systemctl restart ssh.service\ndetail=it greets again\nend\n"

@Suite("Azure's control plane")
struct AzureControlPlaneTests {
  private let clock = SteppedClock()
  private let machine = VirtualMachine(
    id: MachineID(vmID("a")), incarnation: "uuid-a", name: "a", group: "RG-Web", provider: .azure,
    abilities: [.power, .start, .stop, .restart, .run, .redeploy, .reapply])

  private func session(_ arm: ScriptedARM, _ ledger: any OperationLedger = MemoryOperationLedger()) -> AzureSession {
    AzureSession(caller: arm, scope: AzureScope(subscriptions: [subscription]), ledger: ledger, clock: clock)
  }

  private func order(_ remedy: Remedy, _ machine: VirtualMachine? = nil) -> RemedyOrder {
    RemedyOrder(
      intent: IntentID("i-\(remedy.rawValue)"), machine: machine ?? self.machine, remedy: remedy, bootID: nil,
      notAfter: clock.now() + remedy.deadline,
      request: ProbeRequest(
        depth: .full, checks: [], connectivityTimeout: .seconds(5), sshTimeout: .seconds(10)))
  }

  @Test(
    "A power remedy looks at the machine first, is sent once and waited for until its order's end",
    arguments: [
      (Remedy.start, "stopped", ["GET a", "POST start"]), (.restart, "running", ["GET a", "POST restart"]),
      (.stop, "running", ["GET a", "POST powerOff"]), (.redeploy, "running", ["GET a", "POST redeploy"]),
      (.reapply, "running", ["GET a", "POST reapply"]),
      (.powerCycle, "running", ["GET a", "POST powerOff", "POST start"]),
    ])
  func power(_ remedy: Remedy, _ state: String, _ sent: [String]) async {
    let arm = ScriptedARM { $0.method == .get ? view(state) : ARMReply(status: 202) }
    let order = order(remedy)
    let report = await session(arm).control.perform(order)
    #expect(report.outcome == .done)
    #expect(arm.sent == sent)
    #expect(arm.deadlines.allSatisfy { $0 == order.notAfter })
    #expect(arm.requests.filter { $0.method == .post }.allSatisfy { $0.notAfter == order.notAfter })
  }

  @Test("The plug is pulled only for a power cycle")
  func skipShutdown() async {
    let arm = ScriptedARM { $0.method == .get ? view() : ARMReply(status: 202) }
    let control = session(arm).control
    _ = await control.perform(order(.stop))
    _ = await control.perform(order(.powerCycle))
    let offs = arm.requests.filter { $0.target.hasSuffix("/powerOff") }
    #expect(offs.map { $0.query.first { $0.name == "skipShutdown" }?.value } == ["false", "true"])
  }

  @Test("A start is owed once the power-off was taken, whatever became of the waiting")
  func owedStart() async {
    let arm = ScriptedARM {
      $0.method == .get ? view() : ARMReply(status: 202)
    } ending: { operation throws(AzureError) in
      if operation.status?.hasSuffix("powerOff") == true { throw AzureError(.lost) }
      return ARMReply(status: 200)
    }
    let report = await session(arm).control.perform(order(.powerCycle))
    #expect(arm.sent == ["GET a", "POST powerOff", "POST start"])
    guard case .unknown = report.outcome else {
      Issue.record("\(report.outcome)")
      return
    }
  }

  @Test(
    "A power-off whose start is turned away has happened nonetheless: it is no order that never reached Azure",
    arguments: [AzureError.Kind.conflict, .throttled(until: nil), .unreachable, .forbidden(action: nil, scope: nil)])
  func owedStartRefused(_ kind: AzureError.Kind) async {
    let arm = ScriptedARM { request throws(AzureError) in
      if request.target.hasSuffix("/start") { throw AzureError(kind) }
      return request.method == .get ? view() : ARMReply(status: 202)
    }
    let report = await session(arm).control.perform(order(.powerCycle))
    #expect(
      report.outcome == .failed("it was told to power off, and its start was not accepted: Azure said 0 "))
  }

  @Test("No start follows a power-off that Azure refused")
  func refusedOff() async {
    let arm = ScriptedARM { request throws(AzureError) in
      if request.method == .get { return view() }
      throw AzureError(.forbidden(action: nil, scope: nil), 403)
    }
    let report = await session(arm).control.perform(order(.powerCycle))
    #expect(report.outcome == .refused("Azure said 403 "))
    #expect(arm.sent == ["GET a", "POST powerOff"])
  }

  @Test("What Azure answers to an order becomes the remedy's outcome")
  func outcomes() async {
    let cases: [(AzureError.Kind, RemedyReport.Outcome)] = [
      (.throttled(until: nil), .busy("Azure said 0 ")), (.conflict, .busy("Azure said 0 ")),
      (.unreachable, .busy("Azure said 0 ")), (.unauthorized, .refused("Azure said 0 ")),
      (.forbidden(action: nil, scope: nil), .refused("Azure said 0 ")), (.timedOut, .unknown("Azure said 0 ")),
      (.operationFailed, .failed("Azure said 0 ")),
    ]
    for (kind, outcome) in cases {
      let arm = ScriptedARM { request throws(AzureError) in
        if request.method == .get { return view() }
        throw AzureError(kind)
      }
      #expect(await session(arm).control.perform(order(.restart)).outcome == outcome)
    }
  }

  @Test("An operation that fails inside HTTP 200 is a failure, and is over")
  func failedOperation() async {
    let ledger = MemoryOperationLedger()
    let arm = ScriptedARM {
      $0.method == .get ? view("stopped") : ARMReply(status: 202)
    } ending: {
      _ throws(AzureError) in
      throw AzureError(.operationFailed, 200, code: "AllocationFailed")
    }
    let report = await session(arm, ledger).control.perform(order(.start))
    #expect(report.outcome == .failed("Azure said 200 AllocationFailed"))
    #expect(await ledger.pending().isEmpty)
  }

  @Test(
    "After a restart without a clear answer the state is read, and no second restart is sent",
    arguments: [AzureError.Kind.lost, .serverFault])
  func lostRestart(_ kind: AzureError.Kind) async {
    let arm = ScriptedARM { request throws(AzureError) in
      if request.method == .get { return view() }
      throw AzureError(kind)
    }
    let report = await session(arm).control.perform(order(.restart))
    #expect(arm.sent == ["GET a", "POST restart", "GET a"])
    #expect(report.outcome == .unknown("Azure said 0 "))
  }

  @Test(
    "A start without a clear answer is sent again only where the machine shows that the first did not arrive",
    arguments: [AzureError.Kind.lost, .serverFault])
  func lostStart(_ kind: AzureError.Kind) async {
    let arm = ScriptedARM { request throws(AzureError) in
      if request.method == .get { return view("stopped") }
      throw AzureError(kind)
    }
    _ = await session(arm).control.perform(order(.start))
    #expect(arm.sent == ["GET a", "POST start", "GET a", "POST start", "GET a"])
  }

  @Test(
    "What the machine's own view forbids is refused before anything is sent",
    arguments: [
      (Remedy.restart, view("deallocated")), (.powerCycle, view("stopped")), (.restart, view(vmId: "uuid-b")),
      (.start, view("stopped", provisioning: "deleting")), (.restartSSH, view(agent: false)),
    ])
  func refused(_ remedy: Remedy, _ reply: ARMReply) async {
    let arm = ScriptedARM { _ in reply }
    let report = await session(arm).control.perform(order(remedy))
    guard case .refused = report.outcome else {
      Issue.record("\(report.outcome)")
      return
    }
    #expect(arm.sent == ["GET a"])
  }

  @Test("An order whose time is over reaches nobody")
  func tooLate() async {
    let arm = ScriptedARM { _ in view() }
    let order = order(.restart)
    clock.advance(.minutes(11))
    _ = await session(arm).control.perform(order)
    #expect(arm.requests.isEmpty)
  }

  @Test("A script remedy goes through Run Command and its own words become the report")
  func script() async {
    let arm = ScriptedARM {
      $0.method == .get ? view() : ARMReply(status: 202)
    } ending: { _ in
      printed(repaired)
    }
    let report = await session(arm).control.perform(order(.restartSSH))
    #expect(arm.sent == ["GET a", "POST runCommand"])
    #expect(report.outcome == .done)
    #expect(report.action == "systemctl restart ssh.service")
    #expect(report.detail == "it greets again")
  }

  @Test("The look is read out of Run Command's answer")
  func looks() async {
    let arm = ScriptedARM {
      $0.method == .get ? view() : ARMReply(status: 202)
    } ending: { _ in
      printed(look)
    }
    let report = await session(arm).control.look(at: machine, LookOrder(sshPort: 22, timeout: .minutes(2)))
    guard case .done(let findings) = report.outcome else {
      Issue.record("\(report.outcome)")
      return
    }
    #expect(findings.linkUp == true)
    #expect(findings.sshListening == false)
    #expect(arm.deadlines == [clock.now() + .minutes(2)])
  }

  @Test(
    "An agent that cannot answer is silent, and is not sent a script",
    arguments: [(view(agent: false), "the guest agent is not ready"), (view("stopped"), "the VM is stopped")])
  func silent(_ reply: ARMReply, _ words: String) async {
    let arm = ScriptedARM { _ in reply }
    let report = await session(arm).control.look(at: machine, LookOrder(sshPort: 22, timeout: .minutes(2)))
    guard case .silent(let why) = report.outcome else {
      Issue.record("\(report.outcome)")
      return
    }
    #expect(why.hasPrefix(words))
    #expect(arm.requests.count == 1)
  }

  @Test("An output cut short by Run Command's limit is told as such")
  func cutShort() async {
    let arm = ScriptedARM {
      $0.method == .get ? view() : ARMReply(status: 202)
    } ending: { _ in
      printed(String(repeating: "x", count: 4096), exit: nil)
    }
    let report = await session(arm).control.look(at: machine, LookOrder(sshPort: 22, timeout: .minutes(2)))
    #expect(
      report.outcome == .silent("the script's end was not in the last 4,096 bytes that Run Command keeps"))
  }

  @Test("The existing VMAccess extension is used again, whatever it is called")
  func resetSSH() async {
    let arm = ScriptedARM { request in
      if request.target.hasSuffix("/extensions") {
        return ARMReply(
          """
          {"value":[{"name":"enablevmaccess","properties":{"publisher":"Microsoft.OSTCExtensions",
           "type":"VMAccessForLinux"}}]}
          """)
      }
      return request.method == .get ? view() : ARMReply(status: 201)
    }
    #expect(await session(arm).control.perform(order(.resetSSHConfiguration)).outcome == .done)
    #expect(arm.sent == ["GET a", "GET extensions", "PUT enablevmaccess"])
  }

  @Test("A confirmation says the REST action and what is lost; what cannot be done has no text")
  func effects() throws {
    let control = session(ScriptedARM { _ in view() }).control
    let redeploy = try #require(control.effect(of: .redeploy, on: machine))
    #expect(redeploy.contains("RG-Web/a/redeploy") || redeploy.contains("rg-web/a/redeploy"))
    #expect(redeploy.contains("temporary disk is LOST"))
    var arc = machine
    arc.abilities = []
    #expect(Remedy.allCases.allSatisfy { control.effect(of: $0, on: arc) == nil })
    #expect(Remedy.allCases.allSatisfy { control.effect(of: $0, on: machine) != nil })
  }
}
