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
    let view = try MachineView(try await caller.call(request))
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
    guard machine.abilities.contains(.run), let path = machine.resourcePath else {
      return .impossible("Run Command does not exist for this machine")
    }
    guard machine.system != .windows else { return .impossible("the look is a shell script, and the guest is Windows") }
    let deadline = clock.now() + order.timeout
    do {
      let view = try await view(path, of: machine.id)
      if let why = Self.silence(view) { return .silent(why) }
      // A probe's script ends within its own deadline; Azure takes one at a time.
      while !(await scripts.enter(machine.id, before: view.provisionedAt, at: clock.now())) {
        guard clock.now() < deadline else { return .impossible("another script of azlin's still runs in the guest") }
        await clock.sleep(until: min(clock.now() + .seconds(1), deadline))
      }
      let output = await run(LookScript.text(sshPort: order.sshPort), path, until: deadline)
      await scripts.leave(machine.id, at: clock.now())
      return .done(try LookScript.parse(try output.get()))
    } catch let error as AzureError {
      return .silent(error.sentence)
    } catch {
      return .silent("\(error)")
    }
  }

  /// What a script prints under Run Command.
  func run(_ script: String, _ path: ResourcePath, until deadline: Instant) async -> Result<String, any Error> {
    do {
      var request = ComputeRequests.runCommand(path, script: RunCommandScript.wrapped(script))
      request.notAfter = deadline
      let reply = try await caller.finish(try await caller.begin(request), deadline: deadline)
      return .success(try RunCommandScript.output(reply).text)
    } catch {
      return .failure(error)
    }
  }

  /// Why Run Command would hang until its time-out; nil: it would not.
  static func silence(_ view: MachineView) -> String? {
    if view.power != .running { return "the VM is \(view.power.rawValue), so its guest agent cannot answer" }
    guard !view.isAgentReady else { return nil }
    let words = view.agentWords.isEmpty ? "no word of it" : view.agentWords
    return "the guest agent is not ready (\(words)), and Run Command needs it"
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
