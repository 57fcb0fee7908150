import ArgumentParser
import Autopilot
import FleetModel
import Glibc
import Journal

/// `azlin autopilot recover VM`: one remedy by the operator's hand.
struct AutopilotRecover: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "recover", abstract: "Run one remedy on one machine, after saying what the guards think of it.")

  @Argument(help: "The machine.") var machine: String
  @Option(
    help: ArgumentHelp("\(Ladder.manual.map(\.rawValue).joined(separator: ", ")); none: what the diagnosis calls for."))
  var remedy: String?
  @Flag(help: "Show the ladder and what each guard says; do nothing.") var dryRun = false
  @Flag(name: .shortAndLong, help: "Do not ask; pass over guards that an operator may pass.") var yes = false
  @OptionGroup var output: OutputOptions
  @OptionGroup var global: GlobalOptions

  func run() async throws {
    let site = try Site(global)
    let console = output.console(global)
    let wanted = try remedy.map { try Self.parse($0) }
    let word = try await FleetWord.read(site)
    let found = try Selection.machines(named: [machine], among: word.statuses)
    guard let target = found.first, found.count == 1 else {
      throw ExitStatus(ExitStatus.usage, "'\(machine)' names \(found.count) machines; recover takes one")
    }
    let way = try await RemedyWay.open(site, word, target.machine)
    do {
      if dryRun { try await way.printPlan(console) } else { try await carryOut(wanted, target.machine, way, console) }
    } catch {
      await way.close()
      throw error
    }
    await way.close()
  }

  private static func parse(_ text: String) throws -> Remedy {
    if let remedy = Remedy(rawValue: text) { return remedy }
    let names = Remedy.allCases.map(\.rawValue)
    let nearest =
      NearestName.nearest(to: text, in: names).map { "did you mean \($0)?" }
      ?? "one of \(names.joined(separator: ", "))"
    throw ExitStatus(ExitStatus.usage, "'\(text)' is no remedy; \(nearest)")
  }

  private func carryOut(_ wanted: Remedy?, _ machine: VirtualMachine, _ way: RemedyWay, _ console: Console) async throws
  {
    var overriding: [Guard] = []
    let name = SafeText.line(machine.name)
    if !yes {
      let what = wanted?.title ?? "the remedy its diagnosis calls for"
      guard Console.confirms("\(what) on \(name)?", typing: wanted?.isDestructive == true ? machine.name : nil) else {
        throw ExitStatus(ExitStatus.failed, "not confirmed; nothing was done")
      }
    }
    let begun = SystemClock().now()
    while true {
      do {
        console.note(try await way.submit(.recover(machine.id, remedy: wanted, overriding: overriding)))
        console.note("waiting until a probe from outside confirms it, or its time is over")
        break
      } catch let refusal as CommandRefusal {
        let passable = refusal.holds.map(\.by).filter { !overriding.contains($0) }
        guard !passable.isEmpty, refusal.holds.allSatisfy({ !Self.isFirm($0.by) }) else { throw refusal }
        console.note(refusal.description)
        guard yes || Console.confirms("Pass over \(passable.map(\.rawValue).joined(separator: ", "))?")
        else {
          throw refusal
        }
        overriding += passable
      }
    }
    let record = try await way.outcome(of: machine, since: begun)
    for line in RecoveryText.block(record, .system, showsMachine: true) { console.result(line) }
    guard record.outcome.success == true else { throw ExitStatus(ExitStatus.failed) }
  }

  /// Guards an operator never passes (semantics 6.11).
  static func isFirm(_ guardName: Guard) -> Bool {
    guardName == .oneRemedyPerMachine || guardName == .notPossible || guardName == .thisMachine || guardName == .journal
  }
}

/// Where a remedy is carried out: by the living engine, or by one of this process.
struct RemedyWay {
  private let reader: JournalReader?
  private let engine: RunningEngine?
  private let machine: VirtualMachine

  static func open(_ site: Site, _ word: FleetWord, _ machine: VirtualMachine) async throws -> RemedyWay {
    if word.engine?.isAlive == true, let reader = try site.reader() {
      return RemedyWay(reader: reader, engine: nil, machine: machine)
    }
    let engine = try await site.start(mode: .observing)
    let id = machine.id
    // What is not watched is not probed by itself: there the list's word on its power is all that is known before.
    let snapshot = await engine.snapshot(within: .seconds(60)) { snapshot in
      guard let status = snapshot.machine(id)?.status else { return false }
      return status.lastProbe != nil || (status.watch == .notWatched && status.readings.power.value != nil)
    }
    guard snapshot != nil else {
      await engine.stop()
      throw ExitStatus(
        ExitStatus.unavailable, "'\(SafeText.line(machine.name))' was not probed within a minute")
    }
    return RemedyWay(reader: try site.reader(), engine: engine, machine: machine)
  }

  func close() async { await engine?.stop() }

  func submit(_ command: OperatorCommand) async throws -> String {
    if let engine { return try await engine.service.submit(command) }
    guard let reader else { throw ExitStatus(ExitStatus.unavailable, "no engine is alive") }
    switch try await reader.submit(command) {
    case .done(let text): return text
    case .refused(let refusal): throw refusal
    }
  }

  func printPlan(_ console: Console) async throws {
    guard let engine else {
      throw ExitStatus(
        ExitStatus.unavailable, "an engine is alive: see the plan in its dashboard (r), or stop it to plan here")
    }
    let plan = try await engine.service.recoveryPlan(for: machine.id)
    console.result(
      "Diagnosis: \(plan.diagnosis.rawValue)\(plan.reason.isEmpty ? "" : " (\(SafeText.line(plan.reason)))")")
    for rung in plan.rungs {
      console.result("\(rung.isAutomatic ? "→" : " ") \(rung.remedy.rawValue): \(SafeText.line(rung.effect))")
      for hold in rung.blocked { console.result("    cannot: \(SafeText.line(hold.why))") }
      for hold in rung.holds { console.result("    held: \(hold.by.rawValue) (\(SafeText.line(hold.why)))") }
    }
  }

  /// Waits until the remedy is verified or over.
  func outcome(of machine: VirtualMachine, since begun: Instant) async throws -> RecoveryRecord {
    let id = machine.id
    if let engine {
      let snapshot = await engine.snapshot(within: .minutes(25)) { snapshot in
        snapshot.recoveries.contains { $0.machine == id && $0.startedAt >= begun && $0.outcome.isSettled }
      }
      if let record = snapshot?.recoveries.last(where: { $0.machine == id }) { return record }
    } else if let reader {
      for _ in 0..<(25 * 60) {
        let records = try await reader.recoveries(of: id, since: begun, limit: 1)
        if let record = records.first, record.outcome.isSettled { return record }
        try await Task.sleep(for: .seconds(1))
      }
    }
    throw ExitStatus(
      ExitStatus.failed, "the remedy was not over within 25 minutes; see azlin autopilot status --recovery-log")
  }
}
