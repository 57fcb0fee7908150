import Autopilot
import FleetModel
import GuestAccess

/// One remedy from the first look at its machine to its end, or from the operation that another process left.
struct RemedyCourse {
  struct Answer {
    var outcome: RemedyReport.Outcome
    var action = ""
    var detail = ""
    /// Whether Azure took the order, or may have.
    var wasSent = false
  }

  let plane: AzureControlPlane
  let intent: IntentID
  let machine: MachineID
  let remedy: Remedy
  let notAfter: Instant
  /// nil: only what is pending is brought to its end.
  let order: RemedyOrder?

  init(plane: AzureControlPlane, order: RemedyOrder) {
    self.plane = plane
    self.order = order
    intent = order.intent
    machine = order.machine.id
    remedy = order.remedy
    notAfter = order.notAfter
  }

  init(plane: AzureControlPlane, resuming entry: PendingOperation, notAfter: Instant) {
    self.plane = plane
    order = nil
    intent = entry.intent
    machine = entry.machine
    remedy = entry.remedy
    self.notAfter = notAfter
  }

  func run() async -> Answer {
    guard plane.clock.now() < notAfter else {
      return Answer(outcome: .refused("too late: its time was over before it began"))
    }
    guard let path = order?.machine.resourcePath ?? ResourcePath(machine.rawValue) else {
      return Answer(outcome: .refused("the VM's id is no Azure id"))
    }
    if let pending = await plane.ledger.pending().last(where: { $0.machine == machine }) {
      return await resume(pending, path)
    }
    guard let order else { return Answer(outcome: .unknown("its operation is no longer known")) }
    let view: MachineView
    do { view = try await plane.view(path, of: machine) } catch {
      return Answer(outcome: error.outcomeOfReading)
    }
    if let refusal = refusal(view, order) { return Answer(outcome: refusal) }
    return await act(order, path, view)
  }

  /// What the machine's own view forbids; nil: nothing.
  private func refusal(_ view: MachineView, _ order: RemedyOrder) -> RemedyReport.Outcome? {
    let known = order.machine.incarnation
    if !known.isEmpty, !view.incarnation.isEmpty, known.lowercased() != view.incarnation.lowercased() {
      return .refused("another VM has this name now: the evidence belongs to the one before it")
    }
    if view.provisioning == "deleting" { return .refused("the VM is being deleted") }
    if remedy == .restart || remedy == .powerCycle, view.power.isOff {
      return .refused("the VM is \(view.power.rawValue): \(remedy.title) is for running ones; start it instead")
    }
    if RemedyEffect.isScript(remedy), order.machine.system == .windows {
      return .refused("\(remedy.title) is for Linux guests")
    }
    return nil
  }

  private func act(_ order: RemedyOrder, _ path: ResourcePath, _ view: MachineView) async -> Answer {
    switch remedy {
    case .start: return await step("start", ComputeRequests.start(path), path)
    case .stop: return await step("powerOff", ComputeRequests.powerOff(path, skipShutdown: false), path)
    case .restart: return await step("restart", ComputeRequests.restart(path), path)
    case .redeploy: return await step("redeploy", ComputeRequests.redeploy(path), path)
    case .reapply: return await step("reapply", ComputeRequests.reapply(path), path)
    case .powerCycle:
      return await startOwed(
        after: await step("powerOff", ComputeRequests.powerOff(path, skipShutdown: true), path), path)
    case .restartSSH: return await script(RemedyScript.restartSSH(await conditions(order)), path, view)
    case .restartNetwork: return await script(RemedyScript.restartNetwork(await conditions(order)), path, view)
    case .cleanDisk: return await cleanDisk(order, path, view)
    case .resetSSHConfiguration: return await resetSSH(path, view)
    case .resetNetworkInterface: return await NetworkReset(course: self, path: path, card: view.card).run()
    }
  }
}
