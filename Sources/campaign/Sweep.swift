import FaultCampaign
import FleetModel
import Glibc
import Synchronization

/// Many seeds, spread over the processors.
enum Sweep {
  /// - Returns: whether every invariant held and everything came to pass at least once.
  static func run(_ options: Options) async -> Bool {
    let began = ContinuousClock.now
    let jobs = options.jobs ?? max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    let seeds = options.from..<(options.from + options.seeds)
    let next = NumberSource(options.from)
    let shrunk = NumberSource(0)
    let total = await withTaskGroup(of: Tally.self, returning: Tally.self) { group in
      for _ in 0..<jobs {
        group.addTask {
          var tally = Tally()
          while true {
            let seed = next.take()
            guard seeds.contains(seed) else { return tally }
            if options.skipped.contains(seed) { continue }
            tally.add(judge(seed, options, shrunk))
            if options.stopsAtFirst, !tally.violations.isEmpty { next.stop() }
          }
        }
      }
      var total = Tally()
      for await tally in group { total.add(tally) }
      return total
    }
    let seconds = (ContinuousClock.now - began).inSeconds
    Output.line(Report.text(total, seconds: seconds))
    let enough = options.seeds >= 200
    return total.violations.isEmpty && (!enough || total.vacuous.isEmpty)
  }

  private static func judge(_ seed: UInt64, _ options: Options, _ shrunk: NumberSource) -> Tally {
    let plan = PlanMaker.plan(seed: seed, duration: options.duration)
    let judgement = Judgement.of(plan)
    var tally = judgement.tally
    var told: Set<Invariant> = []
    for violation in judgement.violations {
      tally.violations[violation.invariant, default: 0] += 1
      guard told.insert(violation.invariant).inserted else { continue }
      var lines = "BROKEN \(plan.name): \(violation)"
      // Where many are broken, the first few tell enough.
      if options.shrinks, shrunk.take() < 4 {
        let cuts = Shrinking.shrink(plan, violation)
        lines += "\n       swift run -c release campaign --seed \(seed) \(cuts.options) --trace"
      }
      Output.line(lines)
    }
    // A pair is two runs, of which the fleet is small: one for every second seed.
    guard seed.isMultiple(of: 2) else { return tally }
    let pair = Pair(.of(seed: seed / 2))
    tally.add(pair)
    for violation in pair.violations {
      tally.violations[violation.invariant, default: 0] += 1
      Output.line(
        "BROKEN \(pair.plan.base.name): \(violation)\n       swift run -c release campaign --pair \(seed / 2) --trace")
    }
    return tally
  }
}

/// Hands out numbers, each once.
final class NumberSource: Sendable {
  private let next: Atomic<UInt64>
  init(_ first: UInt64) { next = Atomic(first) }
  func take() -> UInt64 { next.wrappingAdd(1, ordering: .relaxed).oldValue }
  /// No more seeds: half of all numbers lie between here and the beginning.
  func stop() { next.store(.max / 2, ordering: .relaxed) }
}
