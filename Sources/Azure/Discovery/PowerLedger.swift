import Autopilot
import FleetModel

/// The last word on each machine's power: of the whole-fleet list and of direct reads, each with its instant.
///
/// The list is eventually consistent, about a minute behind, so a direct word goes before a list's word until the list
/// has had that minute.
package struct PowerLedger: Hashable, Sendable {
  /// How long a word is good.
  package static let freshness: Duration = .minutes(2)
  /// How far the list may be behind.
  static let lag: Duration = .minutes(1)
  /// A machine asked about again within this time is being re-checked (semantics 2.6): it is a suspect.
  static let recheck: Duration = .seconds(20)

  /// What to do about a question.
  package enum Advice: Hashable, Sendable {
    case word(PowerState)
    /// No fresh list: fetch it.
    case refresh
    /// The list does not settle it: ask for the machine's own view.
    case askDirectly
  }

  private struct Word: Hashable, Sendable {
    var state: PowerState
    var at: Instant
  }
  private var listed: [MachineID: PowerState] = [:]
  private var listedAt = Instant.distantPast
  private var direct: [MachineID: Word] = [:]
  private var asked: [MachineID: Instant] = [:]

  package init() {}

  /// A new list; machines that are not in it are forgotten.
  package mutating func list(_ words: [MachineID: PowerState], at instant: Instant) {
    listed = words
    listedAt = instant
    direct = direct.filter { words[$0.key] != nil }
    asked = asked.filter { words[$0.key] != nil }
  }

  /// The list's words as they are; nil: there was no list yet.
  package var listedPower: ListedPower? {
    listedAt == .distantPast ? nil : ListedPower(words: listed, at: listedAt)
  }

  /// A machine's own word.
  package mutating func record(_ state: PowerState, of machine: MachineID, at instant: Instant) {
    direct[machine] = Word(state: state, at: instant)
  }

  /// How a question about `machine` is to be answered; one that is answered is remembered.
  package mutating func advice(for machine: MachineID, at now: Instant) -> Advice {
    guard now - listedAt <= Self.freshness else { return .refresh }
    let isRecheck = asked.updateValue(now, forKey: machine).map { now - $0 < Self.recheck } ?? false
    let own = direct[machine]
    if let own, now - own.at < .seconds(5) { return .word(own.state) }
    if isRecheck { return .askDirectly }
    if let own, listedAt - own.at < Self.lag, now - own.at <= Self.freshness { return .word(own.state) }
    guard let word = listed[machine] else { return .askDirectly }
    // Off and unknown are confirmed once by the machine's own view; running is confirmed by the guest.
    switch word {
    case .running: return .word(word)
    case .unknown: return own.map { now - $0.at <= Self.freshness ? .word($0.state) : .askDirectly } ?? .askDirectly
    default: return own?.state == word ? .word(word) : .askDirectly
    }
  }
}
