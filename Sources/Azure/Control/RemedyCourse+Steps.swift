import Autopilot
import FleetModel
import HTTPTypes

/// One order to Azure at a time: sent at most once, written down, waited for.
extension RemedyCourse {
  /// Sends an order and sees it to its end.
  /// - Parameter name: of the action, as the ledger keeps it.
  func step(_ name: String, _ request: ARMRequest, _ path: ResourcePath) async -> Answer {
    let sent = await send(name, request, path)
    guard let operation = sent.operation else { return sent.answer }
    return await wait(operation, name, path).answer
  }

  /// Sends an order.
  /// - Returns: the operation to wait for; nil: it ended here, as the answer says.
  func send(
    _ name: String, _ request: ARMRequest, _ path: ResourcePath
  ) async -> (operation: ARMOperation?, answer: Answer) {
    var request = request
    request.notAfter = notAfter
    let action = Self.words(request.method, name, path)
    for attempt in 1...2 {
      do {
        let operation = try await plane.caller.begin(request)
        if !operation.isDone {
          await plane.ledger.save(
            PendingOperation(intent: intent, machine: machine, remedy: remedy, step: name, operation: operation))
        }
        return (operation, Answer(outcome: .done, action: action, wasSent: true))
      } catch {
        // A 5xx may come before an order is taken, or after.
        guard error.kind == .lost || error.kind == .serverFault else {
          return (nil, Answer(outcome: error.outcomeOfSending, action: action))
        }
        let seen = await effectSeen(of: name, path)
        switch seen {
        case .seen: return (nil, await settle(name, path, action))
        case .notSeen where attempt == 1 && Self.isRepeatable(name): continue
        case .notSeen, .nobodyKnows:
          return (nil, Answer(outcome: .unknown(error.sentence), action: action, wasSent: true))
        }
      }
    }
    return (nil, Answer(outcome: .unknown("no answer to \(action) came twice"), action: action, wasSent: true))
  }

  /// Waits for an operation; it stays in the ledger while its end is not known.
  func wait(
    _ operation: ARMOperation, _ name: String, _ path: ResourcePath
  ) async -> (reply: ARMReply?, answer: Answer) {
    let action = Self.words(.post, name, path)
    do {
      let reply = try await plane.caller.finish(operation, deadline: notAfter)
      await plane.ledger.remove(intent)
      return (reply, Answer(outcome: .done, action: action, wasSent: true))
    } catch {
      if error.endsOperation { await plane.ledger.remove(intent) }
      if error.kind == .operationExpired { return (nil, await settle(name, path, action)) }
      return (nil, Answer(outcome: error.outcomeOfWaiting, action: action, wasSent: true))
    }
  }

  /// What another process, or an earlier order, left under way on this machine.
  func resume(_ pending: PendingOperation, _ path: ResourcePath) async -> Answer {
    guard pending.remedy == remedy, isCurrent(pending) else {
      // Not ours: a short look whether it has ended meanwhile.
      do {
        _ = try await plane.caller.finish(pending.operation, deadline: plane.clock.now() + .seconds(10))
        await plane.ledger.remove(pending.intent)
      } catch {
        guard error.endsOperation else {
          return Answer(outcome: .busy("\(pending.remedy.title) is still under way on this VM"))
        }
        await plane.ledger.remove(pending.intent)
      }
      return await run()
    }
    let course = adopting(pending)
    switch pending.step {
    case "runCommand":
      let ended = await course.wait(pending.operation, pending.step, path)
      return ended.reply.map { course.scriptAnswer($0, ended.answer.action) } ?? ended.answer
    case "powerOff" where remedy == .powerCycle:
      return await course.startOwed(after: await course.wait(pending.operation, pending.step, path).answer, path)
    case NetworkReset.step:
      let ended = await course.wait(pending.operation, pending.step, path).answer
      return await NetworkReset(course: course, path: path, card: nil).afterInterruption(ended)
    default: return await course.wait(pending.operation, pending.step, path).answer
    }
  }

  /// Whether an operation under way can stand for this order. One of long ago, whose end nobody saw, is not what is
  /// wanted now; but the start that a power-off owes has no end of time.
  private func isCurrent(_ pending: PendingOperation) -> Bool {
    order == nil || pending.intent == intent || remedy == .powerCycle
      || plane.clock.now() - pending.operation.startedAt < remedy.deadline
  }

  private func adopting(_ pending: PendingOperation) -> RemedyCourse {
    RemedyCourse(plane: plane, resuming: pending, notAfter: notAfter)
  }

  /// The start that a hard power-off owes, whatever became of the waiting (semantics 5.8); none where the power-off
  /// never reached Azure.
  func startOwed(after off: Answer, _ path: ResourcePath) async -> Answer {
    guard off.wasSent else { return off }
    await plane.ledger.remove(intent)
    let start = await step("start", ComputeRequests.start(path), path)
    var answer = start
    answer.action = "\(off.action), then \(start.action)"
    if case .unknown(let why) = off.outcome, case .done = start.outcome {
      answer.outcome = .unknown("it was told to power off, but that was not seen done (\(why)); it was started again")
    }
    if case .failed(let why) = off.outcome, case .done = start.outcome {
      answer.outcome = .failed("the power-off failed: \(why)")
    }
    switch start.outcome {
    // That the start was turned away takes the power-off back not: it stays owed.
    case .busy(let why), .refused(let why):
      answer.outcome = .failed("it was told to power off, and its start was not accepted: \(why)")
      answer.wasSent = true
    default: break
    }
    return answer
  }

  // MARK: Without an answer

  private enum Sight { case seen, notSeen, nobodyKnows }

  /// Whether the machine itself shows that an order arrived.
  private func effectSeen(of name: String, _ path: ResourcePath) async -> Sight {
    guard let view = try? await plane.view(path, of: machine) else { return .nobodyKnows }
    if view.provisioning == "updating" { return .seen }
    switch name {
    case "start": return view.power == .running || view.power == .starting ? .seen : .notSeen
    case "powerOff": return view.power == .stopped || view.power == .stopping ? .seen : .notSeen
    default: return .notSeen
    }
  }

  /// Carried out twice they do what they do once.
  private static func isRepeatable(_ name: String) -> Bool { ["start", "powerOff", "reapply"].contains(name) }

  /// Watches the machine itself until nothing is under way any more: there is no operation to ask.
  private func settle(_ name: String, _ path: ResourcePath, _ action: String) async -> Answer {
    while plane.clock.now() < notAfter, !Task.isCancelled {
      if let view = try? await plane.view(path, of: machine), view.provisioning != "updating" {
        let isThere =
          switch name {
          case "start": view.power == .running
          case "powerOff": view.power.isOff
          default: view.provisioning == "succeeded"
          }
        if view.provisioning == "failed" {
          return Answer(
            outcome: .failed("Azure says that the VM's last operation failed"), action: action, wasSent: true)
        }
        if isThere, name != "runCommand" {
          return Answer(outcome: .done, action: action, detail: "seen at the VM itself", wasSent: true)
        }
        if name == "runCommand" { break }
      }
      await plane.clock.sleep(until: plane.clock.now() + .seconds(10))
    }
    return Answer(
      outcome: .unknown("no word of its end came, and the VM does not show it"), action: action, wasSent: true)
  }

  static func words(_ method: HTTPRequest.Method, _ name: String, _ path: ResourcePath) -> String {
    "\(method.rawValue) …/\(SafeText.line(path.name))/\(name)"
  }
}
