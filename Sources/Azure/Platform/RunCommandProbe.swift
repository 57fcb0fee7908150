import Autopilot
import FleetModel
import GuestAccess

/// Measures guests that no way leads to by the same script that is run over SSH, sent by Run Command: a slow and costly
/// errand, so at most once in 30 minutes a machine, and never while anything else is done to it (semantics 2.2).
package actor RunCommandProbe {
  /// What a reading's path says where it came this way.
  package static let path = "platform, Run Command"
  /// Between the beginnings of two scripts on one machine.
  package static let pause = Duration.minutes(30)
  /// A script is given up after it; Azure's own end is 90 minutes later.
  static let deadline = Duration.minutes(5)
  /// Of the whole fleet at a time: a script takes half a minute and half a dozen reads, so that about 2,500 machines have
  /// their turn in half an hour and two thirds of the Resource Manager's reads are left to others.
  private static let atOnce = 50

  private enum Errand {
    case running
    /// To be told with the next probe.
    case ended(Reading<GuestReport>)
    /// Told; why there were no figures, nil: there were.
    case told(Unmeasured?)
  }
  private struct State {
    var beganAt: Instant
    var errand: Errand
  }
  private let control: AzureControlPlane
  private let clock: any EngineClock
  private var states: [MachineID: State] = [:]
  private var running = 0

  init(control: AzureControlPlane) {
    self.control = control
    clock = control.clock
  }

  /// What the last script told, once; between two of them, when the next one is due. Starts one where it is due.
  func reading(
    of machine: VirtualMachine, _ request: ProbeRequest, _ platform: PlatformReport
  ) -> Reading<GuestReport> {
    if machine.system == .windows { return .notApplicable("not checked in a Windows guest") }
    guard machine.abilities.contains(.run) else { return .notApplicable("no Run Command for this machine") }
    let now = clock.now()
    if case .ended(let reading) = states[machine.id]?.errand {
      if case .notMeasured(let why) = reading {
        states[machine.id]?.errand = .told(why)
      } else {
        states[machine.id]?.errand = .told(nil)
      }
      return reading
    }
    if let why = begin(machine, request, platform, at: now) { return .notMeasured(why) }
    return .notMeasured(.notYet)
  }

  /// Sends the script where it is time and nothing speaks against it.
  /// - Returns: why the figures of before do not stand, or none are to come; nil: they do.
  private func begin(
    _ machine: VirtualMachine, _ request: ProbeRequest, _ platform: PlatformReport, at now: Instant
  ) -> Unmeasured? {
    if let state = states[machine.id] {
      if case .running = state.errand { return nil }
      if now - state.beganAt < Self.pause {
        guard case .told(let why?) = state.errand else { return nil }
        return why
      }
    }
    guard platform.power.value == .running else { return .notReported("Run Command needs a running VM") }
    guard let agent = platform.agent.value, agent.isReady, let at = agent.at,
      now - at <= PlatformBoard.agentPatience
    else { return .notReported("Run Command needs a guest agent that is ready") }
    guard platform.provisioning.value.map({ $0.state == "succeeded" }) ?? false else {
      return .notReported("another operation is under way on the VM")
    }
    guard running < Self.atOnce, let path = machine.resourcePath else { return nil }
    running += 1
    states[machine.id] = State(beganAt: now, errand: .running)
    var asked = request
    asked.wantsTwoCPUSamples = true
    let script = ProbeScript.text(asked)
    Task {
      let result = await run(script, machine.id, path)
      running -= 1
      // What was never sent uses up no turn.
      if let result { states[machine.id]?.errand = .ended(result) } else { states[machine.id] = nil }
    }
    return nil
  }

  /// - Returns: nil: nothing was sent.
  private func run(
    _ script: String, _ machine: MachineID, _ path: ResourcePath
  ) async -> Reading<GuestReport>? {
    // The list may be two minutes old: the machine's own word decides.
    guard let view = try? await control.view(path, of: machine), AzureControlPlane.silence(view) == nil,
      view.provisioning == "succeeded", !(await control.isActing(on: machine)),
      await control.scripts.enter(machine, before: view.provisionedAt, at: clock.now())
    else { return nil }
    let answer = await control.run(script, path, until: clock.now() + Self.deadline)
    await control.scripts.leave(machine, at: clock.now())
    do { return .value(try ProbeScript.parse(try answer.get())) } catch let error as AzureError {
      // Somebody else's operation came first.
      return error.kind == .conflict ? nil : .notMeasured(error.unmeasured)
    } catch {
      return .notMeasured(.notReported("Run Command: \(error)"))
    }
  }
}

extension AzureControlPlane {
  /// Whether azlin itself has an operation under way on a machine.
  func isActing(on machine: MachineID) async -> Bool {
    if await desk.isBusy(machine) { return true }
    return await ledger.pending().contains { $0.machine == machine }
  }
}
