import FleetModel

/// What a campaign promises (the list): each is judged from the world's trace and the simulated disk alone.
package enum Invariant: String, Hashable, Sendable, Codable, CaseIterable {
  case healthyHurt = "no healthy VM is hurt"
  case mildInVain = "no mild rung without its fault"
  case concurrency = "power rungs at once"
  case perMinute = "power rungs a minute"
  case hourly = "power-acted VMs an hour"
  case daily = "power-acted VMs a day"
  case attempts = "attempts of an incident and a day"
  case blind = "nothing while blind"
  case storm = "no power rung in a storm"
  case unconfirmed = "no power rung unconfirmed"
  case paused = "nothing while paused"
  case offOnPurpose = "off on purpose stays off"
  case oneAtATime = "one remedy per VM at a time"
  case intentFirst = "intent on disk before effect"
  case outcomeAfter = "an outcome or unknown on disk after"
  case staleEvidence = "no rung on stale or pre-onset evidence"
  case identity = "no rung on another machine's evidence"
  case neighbours = "neighbours asked before a power rung"
  case notAfter = "no effect after its not-after"
  case powerAfter = "no destructive rung before power_after"
  case bootGrace = "no destructive rung in boot grace"
  case veto = "no effect after a veto"
  case toggle = "no rung that policy forbids"
  case owedStart = "no VM left off without its owed start"
  case cleanUp = "clean-up takes allow-listed files only, where it is full"
  case hookStorm = "hooks and messages by incident"
  case firstRung = "a real fault reaches its rung in time"
  case holdTold = "a hold ends or alerts within 2 h"
  case humanOnce = "needs a human alerts once"
  case spins = "time goes on"
  case recoveringForEver = "nothing stays recovering"
  case milder = "one more witness or a stricter toggle is never harsher"
}

/// One promise broken.
package struct Violation: Sendable, CustomStringConvertible {
  package var invariant: Invariant
  package var at: Instant
  package var machine: String
  package var text: String

  package var description: String {
    "\(invariant.rawValue): \(TimestampText.rfc3339(at)) \(machine) \(text)"
  }
}
