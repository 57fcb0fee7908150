import FleetModel

/// Two plans that differ in one thing, which can only make azlin milder: a witness more that says "well" or "unknown", or
/// a toggle that is stricter.
///
/// Compared is what can be: the harshest rung that reached each machine. Runs of two plans drift apart in time, so each
/// has one fault that lasts until the end, on a fleet that is otherwise well, with a remedy that helps, or fails, or lies
/// throughout: then both ladders are climbed as far as they go. A fleet begins with two machines: the first witness that
/// the path is there lifts a hold of a fleet of one by design (semantics 6.3), and so does the first named canary.
package struct PairPlan: Sendable {
  package var base: CampaignPlan
  package var other: CampaignPlan
  /// What the other has that the base has not, in words.
  package var change: String

  package static func of(seed: UInt64) -> PairPlan {
    var maker = Maker(seed: seed)
    return maker.make()
  }

  /// What can be changed, in words.
  package static let changes: [String] = ExtraWitness.allCases.map(\.rawValue) + Toggle.allCases.map(\.rawValue)

  /// Something an operator forbids, or allows less of.
  enum Toggle: String, CaseIterable {
    case observe = "mode observe"
    case healingOff = "self_healing.enabled false"
    case unwatched = "not watched"
    case noRestart = "auto_restart false"
    case noCleanUp = "auto_cleanup false"
    case noNetworkReset = "network_reset false"
    case noConfigReset = "allow.config_reset false"
    case noRestartForSSH = "allow.restart_for_ssh false"
    case noRedeploy = "allow.redeploy false"
    case neverStarts = "start_stopped never"
    case startsUnexpected = "start_stopped unexpected"
    case noEvictedStart = "allow.start_evicted false"
    case fewerAttempts = "max_attempts 1"
    case laterPower = "power_after 30 min"
    case window = "only_in_window, closed"
    case shielded = "tag azlin:heal=off"
    case noPower = "no power budget"

    func apply(to plan: inout CampaignPlan, _ place: Int) {
      func change(_ change: (inout Policy) -> Void) { change(&plan.policies[place]) }
      switch self {
      case .observe: change { $0.healing.mode = .observe }
      case .healingOff: change { $0.healing.enabled = false }
      case .unwatched: change { $0.monitoring.enabled = false }
      case .noRestart: change { $0.healing.autoRestart = false }
      case .noCleanUp: change { $0.healing.autoCleanup = false }
      case .noNetworkReset: change { $0.healing.networkReset = false }
      case .noConfigReset: change { $0.healing.allowConfigReset = false }
      case .noRestartForSSH: change { $0.healing.allowRestartForSSH = false }
      case .noRedeploy: change { $0.healing.allowRedeploy = false }
      case .neverStarts: change { $0.healing.startStopped = .never }
      case .startsUnexpected: change { $0.healing.startStopped = .unexpected }
      case .noEvictedStart: change { $0.healing.startEvicted = false }
      case .fewerAttempts: change { $0.healing.maxAttempts = 1 }
      case .laterPower: change { $0.healing.powerAfter = .minutes(30) }
      case .window:
        let minute = Int(plan.startAt.milliseconds / 60_000 % 1440)
        change {
          $0.healing.onlyInWindow = true
          ($0.maintenance.windowStart, $0.maintenance.windowEnd) = ((minute + 1200) % 1440, (minute + 1260) % 1440)
        }
      case .shielded: plan.shielded.insert(place)
      case .noPower:
        for other in plan.policies.indices {
          plan.policies[other].fleet.budgets.powerHourlyMinimum = 0
          plan.policies[other].fleet.budgets.powerDailyMinimum = 0
        }
      }
    }
  }
}

extension PairPlan {
  private struct Maker {
    private var dice: Dice
    private let seed: UInt64

    init(seed: UInt64) {
      self.seed = seed
      dice = Dice(seed, 6)
    }

    mutating func make() -> PairPlan {
      let number = Int(seed % UInt64(PairPlan.changes.count))
      let witness = number < ExtraWitness.allCases.count ? ExtraWitness.allCases[number] : nil
      let toggle = witness == nil ? Toggle.allCases[number - ExtraWitness.allCases.count] : nil
      // One group, with room for one more.
      var base = CampaignPlan(
        name: "pair \(seed)", seed: seed, machines: dice.pick([2, 3, 4]), duration: .hours(5),
        isCloud: witness != nil || toggle == .noConfigReset || toggle == .noRedeploy || dice.chance(0.7),
        policy: policy())
      base.logLag = dice.minutes(0, 12)
      base.healthLag = dice.minutes(0, 12)
      let place = dice.below(base.machines)
      let kind = dice.pick(witness.map(Self.kinds) ?? toggle.map(Self.kinds) ?? [.hangs])
      if kind == .evicted { base.spot = [place] }
      add(kind, [place], to: &base, at: .minutes(40) + dice.minutes(0, 20))
      switch dice.below(3) {
      case 0: add(.remedyFails, [place], to: &base, at: .minutes(1))
      case 1: add(.remedyLies, [place], to: &base, at: .minutes(1))
      default: break
      }
      var other = base
      if let witness { stand(witness, place, in: &other) }
      toggle?.apply(to: &other, place)
      return PairPlan(base: base, other: other, change: PairPlan.changes[number])
    }

    private func add(_ kind: TroubleKind, _ places: [Int], to plan: inout CampaignPlan, at: Duration) {
      plan.troubles.append(
        Trouble(number: plan.troubles.count + 1, at: plan.startAt + at, kind: kind, places: places, for: .days(1)))
    }

    private func stand(_ witness: ExtraWitness, _ place: Int, in plan: inout CampaignPlan) {
      switch witness {
      case .machine:
        plan.machines += 1
        plan.policies.append(plan.policies[place])
      case .neighbourUnmeasured: plan.extraWitness = (witness, (place + 1) % plan.machines)
      default: plan.extraWitness = (witness, place)
      }
    }

    /// Allows much, so that there is something to forbid.
    private mutating func policy() -> Policy {
      var policy = CampaignPlan.standardPolicy()
      policy.monitoring.level = dice.pick([.standard, .advanced])
      policy.monitoring.checks = policy.monitoring.level.checks
      policy.monitoring.interval = policy.monitoring.level.interval
      policy.healing.startEvicted = true
      if dice.chance(0.7) {
        policy.healing.allowRedeploy = true
        policy.healing.allowConfigReset = true
        policy.healing.allowRestartForSSH = true
      }
      if dice.chance(0.3) { policy.healing.startStopped = .always }
      if dice.chance(0.5) { policy.healing.maxAttempts = 6 }
      return policy
    }

    /// Faults of which the witness can say something that was not said before: one that takes the place of a better
    /// witness would be one less, not one more.
    private static func kinds(_ witness: ExtraWitness) -> [TroubleKind] {
      switch witness {
      case .agentUntold: [.hangs]
      case .lookImpossible: [.hangs, .sshDown, .networkDown]
      case .echoAnswers: [.hangs, .networkDown, .hostFault]
      case .isBusy: [.hangs, .hangs, .stalls]
      case .agentSpeaks: [.hangs, .hangs, .networkDown, .sshHung, .stalls]
      case .lookAllWell: [.hangs, .networkDown, .sshDown, .sshHung, .stalls]
      case .neighbourUnmeasured, .machine, .canary: Self.all
      }
    }

    private static func kinds(_ toggle: Toggle) -> [TroubleKind] {
      switch toggle {
      case .noCleanUp: [.diskFull, .diskFullLiveLog]
      case .noNetworkReset: [.networkDown]
      case .noConfigReset, .noRestartForSSH: [.sshDown, .sshHung]
      case .neverStarts, .startsUnexpected: [.dies, .personDeallocates]
      case .noEvictedStart: [.evicted]
      case .laterPower, .noRedeploy: [.hangs, .networkDown]
      case .noPower, .noRestart, .shielded: [.hangs, .dies, .networkDown, .sshDown]
      case .observe, .healingOff, .unwatched, .fewerAttempts, .window: Self.all
      }
    }

    private static let all: [TroubleKind] = [
      .hangs, .dies, .networkDown, .sshDown, .sshHung, .diskFull, .stalls, .hostFault, .pathBlocked, .halfOpen,
      .evicted,
      .personStops,
    ]
  }
}
