import Autopilot
import FleetModel

/// Something that reached the fleet to change it, with all that was true when it came: what invariants are judged by.
package struct FleetCall: Sendable {
  package var number: Int
  /// Which engine sent it, and in which of its lives.
  package var engine: Int
  package var life: Int
  package var intent: IntentID
  package var place: Int
  package var machine: String
  package var remedy: Remedy
  /// The world's time, and the monitor's.
  package var at: Instant
  package var monitorAt: Instant
  package var notAfter: Instant
  package var truth: Truth
  /// The truth when the machine was last probed, and when that was.
  package var probed: (at: Instant, truth: Truth)?
  /// When the platform last answered a direct question about it.
  package var inspectedAt: Instant?
  /// The machine of the evidence is still the one of this name.
  package var isSameIncarnation: Bool
  package var recreatedAt: Instant?
  package var outcome: RemedyReport.Outcome?
  package var finishedAt: Instant?
  /// When its effect is complete, or will be; nil: it has none.
  package var landsAt: Instant?
  /// Clean-up only: the mount it was sent for.
  package var mount: String?
  /// Clean-up only: the files that it took and must not touch.
  package var spoiled: [String] = []
  package var isShielded = false
  /// The start that an earlier power-off owes.
  package var isOwed = false
  /// Since when it has looked bad from outside, without a break.
  package var badSince: Instant?
  /// Since when it has been in trouble, with no quarter of an hour of good probes in between.
  package var troubledSince: Instant?
  /// Since when a storm of machines known to be down was last over; nil: there was none, or it is not over.
  package var calmSince: Instant?
  package var isCloud = true
  /// When others last mended it by its power; nil: nobody has, since it last broke so.
  package var mendedAt: Instant?
  package var hasOwnPolicy = false
  /// Others were asked after that, and how many there were to ask.
  package var neighboursAsked = 0
  package var neighboursToAsk = 0
  package var circumstances = Circumstances()

  /// What went on around it.
  package struct Circumstances: Sendable {
    /// Since when neither machine nor canary answers on its path.
    package var blindSince: Instant?
    /// Since when the control plane cannot be read.
    package var unconfirmedSince: Instant?
    package var pausedSince: Instant?
    /// Watched machines, and those that nobody can reach, for long enough to be known and short enough to be news.
    package var watched = 0
    package var watchedInGroup = 0
    package var down = 0
    /// Since when the last pre-hook says no; nil: it agreed, or there is none.
    package var vetoedAt: Instant?
    package var hasPreHook = false
    package var preHookAgreedAt: Instant?
    package var policy = Policy()
  }

  /// Whether anything may have happened to the machine.
  package var mayTakeEffect: Bool {
    switch outcome {
    case .busy, .refused: false
    case .done, .failed, .unknown, nil: true
    }
  }

  /// It counts as an attempt: accepted, or nobody knows (semantics 5.11).
  package var isAttempt: Bool { mayTakeEffect }
}
