import Autopilot
import FleetModel
import GuestAccess

// Read-only scripts in a guest, by Run Command.
extension AzureControlPlane: HostKeySource {
  /// What came of a question.
  enum GuestWord {
    case printed(String)
    /// This machine cannot be asked.
    case impossible(String)
    /// It was asked, or could have been, but said nothing.
    case silent(String)
  }

  /// A person waits for it; recorded scripts took 16 to 81 s.
  static let hostKeyPatience = Duration.minutes(2)

  package func hostKeys(of machine: VirtualMachine) async -> HostKeyWord {
    switch await ask(machine, HostKeyScript.text, until: clock.now() + Self.hostKeyPatience) {
    case .impossible(let why), .silent(let why): return .notTold(why)
    case .printed(let text): return HostKeyScript.word(text)
    }
  }

  /// Runs a script that changes nothing, where its guest can answer.
  func ask(_ machine: VirtualMachine, _ script: String, until deadline: Instant) async -> GuestWord {
    guard machine.abilities.contains(.run), let path = machine.resourcePath else {
      return .impossible(
        "Run Command is not possible: the machine has none, or the role of this login does not allow it")
    }
    guard machine.system != .windows else { return .impossible("it is a shell script, and the guest is Windows") }
    do {
      let view = try await view(path, of: machine.id)
      if let why = Self.silence(view) { return .silent(why) }
      // A probe's script ends within its own deadline; Azure takes one at a time.
      while !(await scripts.enter(machine.id, before: view.provisionedAt, at: clock.now())) {
        guard clock.now() < deadline else { return .impossible("another script of azlin's still runs in the guest") }
        await clock.sleep(until: min(clock.now() + .seconds(1), deadline))
      }
    } catch {
      return .silent(error.sentence)
    }
    let output = await run(script, path, until: deadline)
    await scripts.leave(machine.id, at: clock.now())
    do { return .printed(try output.get()) } catch let error as AzureError {
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
}
