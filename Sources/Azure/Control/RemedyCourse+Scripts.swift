import Autopilot
import FleetModel
import GuestAccess

/// Remedies inside the guest: by Run Command, over a shell, by VMAccess.
extension RemedyCourse {
  /// Guests have the platform's time, not ours.
  func conditions(_ order: RemedyOrder) async -> RemedyScript.Conditions {
    let platform = await plane.caller.platformClock()
    return RemedyScript.Conditions(
      bootID: order.bootID, notAfter: platform.theirs(order.notAfter), sentAt: platform.theirs(plane.clock.now()))
  }

  func script(_ text: String, _ path: ResourcePath, _ view: MachineView) async -> Answer {
    if let why = AzureControlPlane.silence(view) { return Answer(outcome: .refused(why)) }
    let sent = await send("runCommand", ComputeRequests.runCommand(path, script: RunCommandScript.wrapped(text)), path)
    guard let operation = sent.operation else { return sent.answer }
    let ended = await wait(operation, "runCommand", path)
    return ended.reply.map { scriptAnswer($0, ended.answer.action) } ?? ended.answer
  }

  /// What the script said of itself.
  func scriptAnswer(_ reply: ARMReply, _ action: String) -> Answer {
    do {
      return Self.answer(try RemedyScript.parse(try RunCommandScript.output(reply).text))
    } catch {
      return Answer(outcome: .unknown("\(error)"), action: action, wasSent: true)
    }
  }

  func cleanDisk(_ order: RemedyOrder, _ path: ResourcePath, _ view: MachineView) async -> Answer {
    let text = RemedyScript.cleanDisk(
      await conditions(order), .init(mount: order.mount, temporaryFileAge: order.temporaryFileAge))
    guard let shell = plane.shell else {
      return await script(text, path, view)
    }
    let left = max(.seconds(1), min(notAfter - plane.clock.now(), remedy.deadline))
    switch await shell.run(text, on: order.machine, request: order.request, timeout: left) {
    case .output(let output):
      do { return Self.answer(try RemedyScript.parse(output)) } catch {
        return Answer(outcome: .unknown(error.description), action: "clean-up over SSH")
      }
    case .unknown(let why): return Answer(outcome: .unknown(why), action: "clean-up over SSH")
    case .notReached: return await script(text, path, view)
    }
  }

  func resetSSH(_ path: ResourcePath, _ view: MachineView) async -> Answer {
    if let why = AzureControlPlane.silence(view) { return Answer(outcome: .refused(why)) }
    let name: String
    do { name = try await existingVMAccess(path) ?? "VMAccessForLinux" } catch {
      return Answer(outcome: error.outcomeOfReading)
    }
    let request = ComputeRequests.resetSSH(
      path, name: name, location: view.location, tag: intent.rawValue + "-\(plane.clock.now().milliseconds)")
    return await step("extensions/\(SafeText.line(name))", request, path)
  }

  private func existingVMAccess(_ path: ResourcePath) async throws(AzureError) -> String? {
    let reply = try await plane.caller.call(ComputeRequests.extensions(path))
    let listed = try JSONText.value(ListedExtensions.self, reply, "the list of extensions")
    return listed.value?.first {
      $0.properties?.type?.lowercased() == "vmaccessforlinux"
        && $0.properties?.publisher?.lowercased() == "microsoft.ostcextensions"
    }?.name
  }

  private static func answer(_ answer: RemedyAnswer) -> Answer {
    let outcome: RemedyReport.Outcome =
      switch answer.outcome {
      case .done: .done
      case .failed: .failed(answer.fullDetail)
      case .refused: .refused(answer.fullDetail)
      }
    return Answer(outcome: outcome, action: answer.action, detail: answer.fullDetail, wasSent: true)
  }
}
