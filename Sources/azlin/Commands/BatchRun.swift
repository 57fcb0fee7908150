import Autopilot
import FleetConfiguration
import FleetModel
import Glibc
import Hosts
import Terminal

/// One batch from its selection to its summary: each machine's outcome in a line, and status 1 where one failed.
struct BatchRun {
  private let options: BatchOptions
  private let autopilot: BatchAutopilot?
  private let console: Console

  init(_ options: BatchOptions, autopilot: BatchAutopilot?) {
    self.options = options
    self.autopilot = autopilot
    console = options.output.console(options.global)
  }

  /// Does one power action on each machine, then what was asked for afterwards.
  /// - Parameters:
  ///   - asks: a person has to agree, by a terminal or `--yes`.
  ///   - skip: why a machine is left as it is; nil: it is not.
  func power(_ remedy: Remedy, asks: Bool, skip: (MachineStatus) -> String?) async throws {
    let command = try options.command()
    let site = try Site(options.global)
    let word = try await FleetWord.read(site)
    let all = try options.machines(in: word)
    var wanted: [MachineStatus] = []
    for status in all {
      if let why = skip(status) { console.result("- \(name(status)): \(why)") } else { wanted.append(status) }
    }
    console.note("\(remedy.title): \(wanted.count) of \(all.count) machines")
    if asks, !wanted.isEmpty, !Console.confirms("\(remedy.title) \(wanted.count) machines?") {
      throw ExitStatus(isatty(STDIN_FILENO) == 1 ? ExitStatus.failed : ExitStatus.usage, "nothing was done")
    }
    var failed = await act(remedy, wanted, site, word)
    failed += try await afterwards(all, command, site)
    try end(failed)
  }

  /// Carries out the quoted command only.
  func commandOnly() async throws {
    let command = try options.command()
    let site = try Site(options.global)
    let all = try options.machines(in: try await FleetWord.read(site))
    try end(try await afterwards(all, command, site))
  }

  private func name(_ status: MachineStatus) -> String { SafeText.line(status.machine.name) }

  private func end(_ failed: [String]) throws {
    guard !failed.isEmpty else { return }
    throw ExitStatus(ExitStatus.failed, "\(failed.count) failed: \(failed.joined(separator: ", "))")
  }

  // MARK: Power

  private func act(
    _ remedy: Remedy, _ machines: [MachineStatus], _ site: Site, _ word: FleetWord
  ) async -> [String] {
    guard let first = machines.first else { return [] }
    let way: RemedyWay
    do { way = try await RemedyWay.open(site, word, first.machine) } catch {
      Console.error("\(error)")
      return machines.map(name)
    }
    let failed = await each(machines) { status in
      do {
        let begun = SystemClock().now()
        try await order(remedy, status.machine, way)
        let record = try await way.outcome(of: status.machine, since: begun)
        let isDone = record.outcome.success == true
        console.result("\(isDone ? "✓" : "✗") \(name(status)): \(remedy.title) – \(RecoveryText.result(record))")
        return isDone
      } catch {
        console.result("✗ \(name(status)): \(SafeText.line("\(error)"))")
        return false
      }
    }
    await way.close()
    return failed
  }

  /// Gives the order, naming the guards that an operator may pass: whoever says it of many machines means it.
  private func order(_ remedy: Remedy, _ machine: VirtualMachine, _ way: RemedyWay) async throws {
    var overriding: [Guard] = []
    while true {
      do {
        _ = try await way.submit(.recover(machine.id, remedy: remedy, overriding: overriding))
        return
      } catch let refusal as CommandRefusal {
        let passable = refusal.holds.map(\.by).filter { !overriding.contains($0) }
        guard !passable.isEmpty, refusal.holds.allSatisfy({ !AutopilotRecover.isFirm($0.by) }) else { throw refusal }
        console.note("\(SafeText.line(machine.name)): passing over \(passable.map(\.rawValue).joined(separator: ", "))")
        overriding += passable
      }
    }
  }

  // MARK: Afterwards

  private func afterwards(_ machines: [MachineStatus], _ command: [String]?, _ site: Site) async throws -> [String] {
    if let autopilot { for status in machines { try await set(autopilot, status.machine, site) } }
    guard let command else { return [] }
    var environment = ProcessEnvironment.current()
    environment["AZLIN_CONFIG_DIR"] = site.directory.path
    let runner = CommandRunner(inheriting: environment, workingDirectory: try Self.link("/proc/self/cwd"))
    let program = try Self.link("/proc/self/exe")
    return await each(machines) { status in
      let words = [program] + command + [status.machine.qualifiedName] + options.global.inherited
      let outcome = await runner.run(words, timeout: .minutes(30))
      console.result("# \(name(status))")
      for line in (outcome.output + outcome.errors).split(whereSeparator: \.isNewline) {
        console.result(SafeText.line(String(line)))
      }
      return outcome.ending == .exited(0)
    }
  }

  private func set(_ autopilot: BatchAutopilot, _ machine: VirtualMachine, _ site: Site) async throws {
    switch autopilot {
    case .enable: _ = try await site.policies.enable(machine, [])
    case .disable: _ = try await site.policies.disable(machine, keepConfiguration: true)
    }
    console.result("✓ \(SafeText.line(machine.name)): autopilot \(autopilot.rawValue)d")
  }

  /// Where a link of this very process leads: its program, its directory.
  private static func link(_ path: String) throws -> String {
    var bytes = [UInt8](repeating: 0, count: Int(PATH_MAX))
    let count = readlink(path, &bytes, bytes.count)
    guard count > 0 else { throw ExitStatus(ExitStatus.failed, "\(path) cannot be read") }
    return String(decoding: bytes[..<count], as: UTF8.self)
  }

  /// At most `--max-workers` machines at once.
  /// - Returns: the names of those that failed.
  private func each(
    _ machines: [MachineStatus], _ body: @escaping @Sendable (MachineStatus) async -> Bool
  ) async -> [String] {
    await withTaskGroup(of: (String, Bool).self) { group in
      var failed: [String] = []
      var waiting = machines[...]
      func next() {
        guard let status = waiting.popFirst() else { return }
        group.addTask { (name(status), await body(status)) }
      }
      for _ in 0..<options.maxWorkers { next() }
      while let (name, isDone) = await group.next() {
        if !isDone { failed.append(name) }
        next()
      }
      return failed
    }
  }
}
