import Autopilot
import FleetModel
import GuestAccess

/// The control plane of hosts without Azure: the commands of their inventory, run on the monitor.
package struct HostsControlPlane: ControlPlane, PowerReader, HostKeySource {
  private let inventory: HostsInventory
  private let runner: CommandRunner
  private let shell: (any ScriptRunner)?
  private let clock: any EngineClock

  /// - Parameter shell: the way into a guest for a clean-up; nil: only by the `run` command.
  package init(
    inventory: HostsInventory, runner: CommandRunner, shell: (any ScriptRunner)?, clock: any EngineClock
  ) {
    self.inventory = inventory
    self.runner = runner
    self.shell = shell
    self.clock = clock
  }

  /// The power state as the host's `status` command prints it.
  package func power(of machine: VirtualMachine) async -> Reading<PowerState> {
    await power(of: machine, within: CommandRunner.timeout)
  }

  private func power(of machine: VirtualMachine, within limit: Duration) async -> Reading<PowerState> {
    guard let words = arguments(\.status, machine) else {
      return .notMeasured(.notReported("no status command in the inventory"))
    }
    return PowerWord.reading(await runner.run(words, timeout: limit))
  }

  /// A host's platform tells its power, as its `status` command prints it, and nothing else.
  package func inspect(_ machine: VirtualMachine, _ order: InspectionOrder) async -> PlatformReport {
    let power = await power(of: machine, within: min(order.timeout, CommandRunner.timeout))
    return PlatformReport(askedAt: order.askedAt, finishedAt: clock.now(), power: power)
  }

  package func look(at machine: VirtualMachine, _ order: LookOrder) async -> LookReport {
    guard let words = arguments(\.run, machine) else {
      return LookReport(finishedAt: clock.now(), outcome: .impossible("no run command in the inventory"))
    }
    let outcome = await runner.run(
      words, input: LookScript.text(sshPort: order.sshPort), timeout: min(order.timeout, CommandRunner.timeout))
    return LookReport(finishedAt: clock.now(), outcome: Self.look(outcome))
  }

  package func hostKeys(of machine: VirtualMachine) async -> HostKeyWord {
    guard let words = arguments(\.run, machine) else { return .notTold("no run command in the inventory") }
    let outcome = await runner.run(words, input: HostKeyScript.text)
    guard case .exited(0) = outcome.ending else {
      let words = Self.words(of: outcome)
      return .notTold("the run command \(Self.ending(outcome))" + (words.isEmpty ? "" : ": \(words)"))
    }
    return HostKeyScript.word(outcome.output)
  }

  package func perform(_ order: RemedyOrder) async -> RemedyReport {
    let (outcome, action, detail) = await act(order)
    return RemedyReport(finishedAt: clock.now(), outcome: outcome, action: action, detail: detail)
  }

  package func effect(of remedy: Remedy, on machine: VirtualMachine) -> String? {
    func runs(_ command: KeyPath<HostCommands, HostCommand?>) -> String? {
      text(command, machine).map { "runs here: \($0)" }
    }
    switch remedy {
    case .start: return runs(\.start)
    case .stop: return runs(\.stop)
    case .restart: return runs(\.restart)
    case .powerCycle:
      guard let stop = text(\.stop, machine), let start = text(\.start, machine), text(\.status, machine) != nil else {
        return nil
      }
      return "runs here: \(stop), waits until the status is stopped, then: \(start)"
    case .restartSSH:
      return text(\.run, machine).map { "tests sshd's configuration and restarts the SSH service, through: \($0)" }
    case .restartNetwork:
      return text(\.run, machine)
        .map { "restarts the guest's network service, puts back addresses that do not return, through: \($0)" }
    case .cleanDisk:
      let way = shell == nil ? text(\.run, machine) : "the SSH shell"
      return way.map {
        "deletes old files in /tmp and /var/tmp, package caches and rotated logs on the full disk, through: \($0)"
      }
    case .reapply, .redeploy, .resetSSHConfiguration, .resetNetworkInterface: return nil
    }
  }

  // MARK: Remedies

  typealias Answer = (outcome: RemedyReport.Outcome, action: String, detail: String)

  private func act(_ order: RemedyOrder) async -> Answer {
    guard clock.now() < order.notAfter else { return (.refused("too late: its time was over before it began"), "", "") }
    guard inventory.entry(order.machine.id) != nil else {
      return (.refused("the host is no longer in the inventory"), "", "")
    }
    let conditions = RemedyScript.Conditions(
      bootID: order.bootID, notAfter: order.notAfter, sentAt: clock.now())
    switch order.remedy {
    case .start: return await command(\.start, order)
    case .stop: return await command(\.stop, order)
    case .restart: return await command(\.restart, order)
    case .powerCycle: return await powerCycle(order)
    case .restartSSH: return await script(RemedyScript.restartSSH(conditions), order)
    case .restartNetwork: return await script(RemedyScript.restartNetwork(conditions), order)
    case .cleanDisk:
      let text = RemedyScript.cleanDisk(
        conditions, .init(mount: order.mount, temporaryFileAge: order.temporaryFileAge))
      return await cleanDisk(text, order)
    case .reapply, .redeploy, .resetSSHConfiguration, .resetNetworkInterface:
      return (.refused("\(order.remedy.title) is not possible on a host without Azure"), "", "")
    }
  }

  private func command(_ key: KeyPath<HostCommands, HostCommand?>, _ order: RemedyOrder) async -> Answer {
    guard let words = arguments(key, order.machine) else {
      return (.refused("the inventory has no command for it"), "", "")
    }
    let outcome = await runner.run(words, timeout: min(CommandRunner.timeout, time(left: order)))
    return (Self.verdict(of: outcome), text(key, order.machine) ?? "", Self.words(of: outcome))
  }

  /// Off, seen to be off, on. Once the off was sent the start is owed, whatever became of the waiting (semantics 5.8).
  private func powerCycle(_ order: RemedyOrder) async -> Answer {
    guard arguments(\.status, order.machine) != nil, arguments(\.start, order.machine) != nil else {
      return (.refused("a power cycle needs the commands status, stop and start"), "", "")
    }
    let stop = await command(\.stop, order)
    guard case .done = stop.outcome else { return stop }
    // A start needs its minute too.
    let patience = order.notAfter - CommandRunner.timeout
    var isOff = false
    while !isOff, clock.now() < patience, !Task.isCancelled {
      isOff = await power(of: order.machine).value?.isOff ?? false
      if !isOff { await clock.sleep(until: clock.now() + .seconds(2)) }
    }
    // Not in this task: a cancelled one could not start anything.
    let start = await Task { await command(\.start, order) }.value
    let action = "\(stop.action), then \(start.action)"
    guard isOff else {
      return (.unknown("it was told to stop, but was not seen off; it was told to start again"), action, start.detail)
    }
    return (start.outcome, action, start.detail)
  }

  private func cleanDisk(_ text: String, _ order: RemedyOrder) async -> Answer {
    guard let shell else { return await script(text, order) }
    switch await shell.run(text, on: order.machine, request: order.request, timeout: time(left: order)) {
    case .output(let output): return Self.answer(output, through: "SSH")
    case .unknown(let why): return (.unknown(why), "clean-up over SSH", "")
    case .notReached(let why):
      guard arguments(\.run, order.machine) != nil else { return (.refused("no shell: \(why)"), "", "") }
      return await script(text, order)
    }
  }

  private func script(_ text: String, _ order: RemedyOrder) async -> Answer {
    guard let words = arguments(\.run, order.machine) else {
      return (.refused("no run command in the inventory"), "", "")
    }
    // A remedy's script may take longer than other commands: a service restart waits for the service.
    let outcome = await runner.run(words, input: text, timeout: time(left: order))
    guard case .exited(0) = outcome.ending else {
      let action = self.text(\.run, order.machine) ?? ""
      // What ran half may have taken effect; what never started has not.
      if case .notStarted(let why) = outcome.ending { return (.refused(why), action, "") }
      return (.unknown("the run command \(Self.ending(outcome))"), action, Self.words(of: outcome))
    }
    return Self.answer(outcome.output, through: self.text(\.run, order.machine) ?? "")
  }

  private func time(left order: RemedyOrder) -> Duration {
    max(.seconds(1), min(order.notAfter - clock.now(), order.remedy.deadline))
  }

  // MARK: Words

  private func arguments(_ key: KeyPath<HostCommands, HostCommand?>, _ machine: VirtualMachine) -> [String]? {
    guard let entry = inventory.entry(machine.id), let command = entry.commands[keyPath: key] else { return nil }
    return command.arguments(
      name: entry.machine.name, address: entry.machine.address?.host ?? entry.machine.name, home: runner.home)
  }

  private func text(_ key: KeyPath<HostCommands, HostCommand?>, _ machine: VirtualMachine) -> String? {
    guard let entry = inventory.entry(machine.id), let command = entry.commands[keyPath: key] else { return nil }
    return SafeText.line(
      command.text(name: entry.machine.name, address: entry.machine.address?.host ?? entry.machine.name))
  }

  private static func look(_ outcome: CommandOutcome) -> LookReport.Outcome {
    guard case .exited(0) = outcome.ending else {
      let words = words(of: outcome)
      return .silent("the run command \(ending(outcome))" + (words.isEmpty ? "" : ": \(words)"))
    }
    do {
      return .done(try LookScript.parse(outcome.output))
    } catch {
      return .silent(error.description)
    }
  }

  private static func verdict(of outcome: CommandOutcome) -> RemedyReport.Outcome {
    switch outcome.ending {
    case .exited(0): .done
    case .exited, .signalled: .failed("the command \(ending(outcome))")
    case .timedOut, .cancelled: .unknown("the command \(ending(outcome))")
    case .notStarted(let why): .refused(why)
    }
  }

  private static func answer(_ output: String, through way: String) -> Answer {
    do {
      let answer = try RemedyScript.parse(output)
      switch answer.outcome {
      case .done: return (.done, answer.action, answer.fullDetail)
      case .failed: return (.failed(answer.fullDetail), answer.action, answer.fullDetail)
      case .refused: return (.refused(answer.fullDetail), answer.action, answer.fullDetail)
      }
    } catch {
      return (.unknown(error.description), way, "")
    }
  }

  static func ending(_ outcome: CommandOutcome) -> String {
    switch outcome.ending {
    case .exited(let status): "ended with exit code \(status)"
    case .signalled(let signal): "was ended by signal \(signal)"
    case .timedOut: "did not end in time and was killed"
    case .cancelled: "was broken off"
    case .notStarted(let why): why
    }
  }

  /// The last line a command said, errors first: that is where programs put the reason.
  static func words(of outcome: CommandOutcome) -> String {
    for text in [outcome.errors, outcome.output] {
      if let line = text.split(whereSeparator: \.isNewline).last(where: { !$0.trimmed.isEmpty }) {
        return SafeText.line(String(line.trimmed.prefix(200)))
      }
    }
    return ""
  }
}
