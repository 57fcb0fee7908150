import Autopilot
import Azure
import FleetModel
import Foundation
import Testing

private let running = ARMReply(
  """
  {"id":"\(vmID("a"))","location":"westus2","properties":{"instanceView":{"statuses":[
   {"code":"ProvisioningState/succeeded"},{"code":"PowerState/running"}]}}}
  """)

@Suite("Operations that outlive a process")
struct ResumeTests {
  private let clock = SteppedClock()
  private let machine = VirtualMachine(
    id: MachineID(vmID("a")), name: "a", group: "RG-Web", provider: .azure,
    abilities: [.power, .start, .stop, .restart, .run])

  private func control(_ arm: ScriptedARM, _ ledger: any OperationLedger) -> AzureControlPlane {
    AzureSession(caller: arm, scope: AzureScope(subscriptions: [subscription]), ledger: ledger, clock: clock).control
  }

  private func order(_ remedy: Remedy, intent: String = "second") -> RemedyOrder {
    RemedyOrder(
      intent: IntentID(intent), machine: machine, remedy: remedy, bootID: nil, notAfter: clock.now() + .minutes(10),
      request: ProbeRequest(depth: .full, checks: [], connectivityTimeout: .seconds(5), sshTimeout: .seconds(5)))
  }

  private func pending(_ remedy: Remedy, _ step: String) -> PendingOperation {
    PendingOperation(
      intent: IntentID("first"), machine: machine.id, remedy: remedy, step: step,
      operation: ARMOperation(
        status: "https://management.azure.com/op?p=1&s=2", startedAt: clock.now(), nextPoll: clock.now()))
  }

  @Test("While an operation runs it is in the ledger, and after its end it is not")
  func written() async {
    let ledger = MemoryOperationLedger()
    let lost = ScriptedARM {
      $0.method == .get ? running : ARMReply(status: 202)
    } ending: { _ throws(AzureError) in
      throw AzureError(.lost)
    }
    _ = await control(lost, ledger).perform(order(.restart))
    #expect(await ledger.pending().map(\.step) == ["restart"])
    #expect(await ledger.pending().first?.machine == machine.id)
    let well = ScriptedARM { _ in running }
    _ = await control(well, ledger).perform(order(.restart))
    #expect(well.requests.isEmpty, "the pending operation is waited for")
    #expect(await ledger.pending().isEmpty)
  }

  @Test("A new process waits for the restart that the old one began, and sends none")
  func resumed() async {
    let ledger = MemoryOperationLedger([pending(.restart, "restart")])
    let arm = ScriptedARM { _ in running }
    let reports = await control(arm, ledger).resume()
    #expect(reports[IntentID("first")]?.outcome == .done)
    #expect(arm.requests.isEmpty)
    #expect(arm.finished.map(\.status) == ["https://management.azure.com/op?p=1&s=2"])
    #expect(await ledger.pending().isEmpty)
  }

  @Test("A new process pays the start that a power cycle owes")
  func owed() async {
    let ledger = MemoryOperationLedger([pending(.powerCycle, "powerOff")])
    let arm = ScriptedARM { _ in ARMReply(status: 202) }
    let reports = await control(arm, ledger).resume()
    #expect(arm.sent == ["POST start"])
    #expect(reports[IntentID("first")]?.outcome == .done)
  }

  @Test("Another remedy is told to wait while an operation is under way, and goes on once it has ended")
  func other() async {
    let ledger = MemoryOperationLedger([pending(.restart, "restart")])
    let busy = ScriptedARM { _ in
      running
    } ending: { _ throws(AzureError) in
      throw AzureError(.timedOut)
    }
    guard case .busy = await control(busy, ledger).perform(order(.stop)).outcome else {
      Issue.record("a stop must not overtake a restart")
      return
    }
    #expect(busy.requests.isEmpty)
    let ended = ScriptedARM { $0.method == .get ? running : ARMReply(status: 202) }
    #expect(await control(ended, ledger).perform(order(.stop)).outcome == .done)
    #expect(ended.sent == ["GET a", "POST powerOff"])
  }

  @Test("An operation of long ago, whose end nobody saw, does not stand for a new order")
  func stale() async {
    let ledger = MemoryOperationLedger([pending(.restart, "restart")])
    clock.advance(.hours(3))
    let arm = ScriptedARM { $0.method == .get ? running : ARMReply(status: 202) }
    #expect(await control(arm, ledger).perform(order(.restart)).outcome == .done)
    #expect(arm.sent == ["GET a", "POST restart"])
    #expect(await ledger.pending().isEmpty)
  }

  @Test("Where the operation's URL has expired the machine itself says how it ended")
  func expired() async {
    let ledger = MemoryOperationLedger([pending(.start, "start")])
    let arm = ScriptedARM { _ in
      running
    } ending: { _ throws(AzureError) in
      throw AzureError(.operationExpired, 404)
    }
    let report = await control(arm, ledger).perform(order(.start))
    #expect(report.outcome == .done)
    #expect(report.detail == "seen at the VM itself")
    #expect(arm.sent == ["GET a"])
  }

  @Test("The same remedy asked for twice at once is sent once, and another one meanwhile is told to wait")
  func joined() async {
    let arm = GatedARM(running)
    let control = AzureSession(
      caller: arm, scope: AzureScope(subscriptions: [subscription]), ledger: MemoryOperationLedger(), clock: clock
    ).control
    let orders = [order(.restart, intent: "1"), order(.restart, intent: "2")]
    let one = Task.immediate { await control.perform(orders[0]) }
    await arm.isWaitedFor()
    let two = Task.immediate { await control.perform(orders[1]) }
    #expect(
      await control.perform(order(.stop, intent: "3")).outcome == .busy("restart is still under way on this VM"))
    arm.release()
    #expect(await one.value.outcome == .done)
    #expect(await two.value.outcome == .done)
    #expect(arm.posts == 1)
  }

  @Test("An operation is kept as text for the next process; what a newer azlin wrote is none of ours")
  func text() throws {
    let entry = pending(.powerCycle, "powerOff")
    #expect(PendingOperationText.operation(of: try PendingOperationText.text(of: entry)) == entry)
    #expect(PendingOperationText.operation(of: "{\"half") == nil)
  }
}
