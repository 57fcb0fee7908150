import Autopilot
import FleetModel
import GuestAccess

/// The control plane of Azure's virtual machines.
package struct AzureControlPlane: ControlPlane, PowerReader {
  let caller: any ARMCaller
  let inventory: AzureInventory
  let ledger: any OperationLedger
  let shell: (any ScriptRunner)?
  let clock: any EngineClock
  let desk: OperationDesk
  let scripts = ScriptDesk()
  let views = ViewShelf()

  /// - Parameter shell: the way into a guest for a clean-up; nil: only Run Command.
  package init(
    caller: any ARMCaller, inventory: AzureInventory, ledger: any OperationLedger, shell: (any ScriptRunner)? = nil,
    clock: any EngineClock
  ) {
    self.caller = caller
    self.inventory = inventory
    self.ledger = ledger
    self.shell = shell
    self.clock = clock
    desk = OperationDesk(clock: clock)
  }

  // MARK: Power

  /// The power state by the fleet's list while it is fresh; by the machine's own view where the list leaves doubt.
  package func power(of machine: VirtualMachine) async -> Reading<PowerState> {
    guard let path = machine.resourcePath else { return .notMeasured(.notReported("the VM's id is no Azure id")) }
    var advice = await inventory.powerAdvice(for: machine.id)
    if advice == .refresh {
      do { _ = try await inventory.list() } catch { return .notMeasured(.monitor(error.sentence)) }
      advice = await inventory.powerAdvice(for: machine.id)
    }
    if case .word(let state) = advice { return .value(state) }
    do {
      return .value(try await view(path, of: machine.id).power)
    } catch {
      if error.kind == .notFound { return .notMeasured(.notReported(error.sentence)) }
      return .notMeasured(.monitor(error.sentence))
    }
  }

  /// The machine's own view now; its power word is kept.
  /// - Parameter deadline: no try is begun after it; nil: the client's own patience.
  func view(
    _ path: ResourcePath, of machine: MachineID, until deadline: Instant? = nil
  ) async throws(AzureError) -> MachineView {
    let asked = clock.now()
    var request = ComputeRequests.view(path)
    request.notAfter = deadline
    let reply = try await caller.call(request)
    let view = try MachineView(reply, await caller.platformClock())
    await inventory.record(view.power, of: machine, at: asked)
    await views.keep(view, of: machine, at: asked)
    return view
  }

  // MARK: Look

  package func look(at machine: VirtualMachine, _ order: LookOrder) async -> LookReport {
    let outcome = await findings(machine, order)
    return LookReport(finishedAt: clock.now(), outcome: outcome)
  }

  private func findings(_ machine: VirtualMachine, _ order: LookOrder) async -> LookReport.Outcome {
    switch await ask(machine, LookScript.text(sshPort: order.sshPort), until: clock.now() + order.timeout) {
    case .impossible(let why): return .impossible(why)
    case .silent(let why): return .silent(why)
    case .printed(let text):
      do { return .done(try LookScript.parse(text)) } catch { return .silent(error.description) }
    }
  }

  // MARK: Remedies

  package func perform(_ order: RemedyOrder) async -> RemedyReport {
    await desk.run(order.remedy, on: order.machine.id) {
      let answer = await RemedyCourse(plane: self, order: order).run()
      return RemedyReport(
        finishedAt: clock.now(), outcome: answer.outcome, action: answer.action, detail: answer.detail)
    }
  }

  /// Waits for what another process left under way, and pays a start that it owed. Call it once, at the start; it
  /// returns when all of them have ended, or `patience` is over.
  /// - Returns: what came of each, for the log.
  package func resume(patience: Duration = .minutes(90)) async -> [IntentID: RemedyReport] {
    let pending = await ledger.pending()
    let deadline = clock.now() + patience
    return await withTaskGroup(of: (IntentID, RemedyReport).self) { group in
      for entry in pending {
        group.addTask {
          let report = await desk.run(entry.remedy, on: entry.machine) {
            let answer = await RemedyCourse(plane: self, resuming: entry, notAfter: deadline).run()
            return RemedyReport(
              finishedAt: clock.now(), outcome: answer.outcome, action: answer.action, detail: answer.detail)
          }
          return (entry.intent, report)
        }
      }
      return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
    }
  }

  package func effect(of remedy: Remedy, on machine: VirtualMachine) -> String? {
    RemedyEffect.text(remedy, machine, shell: shell != nil)
  }
}
