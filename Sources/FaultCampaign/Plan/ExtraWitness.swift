/// A witness that a run has beside what is true of its world: it says that a machine is well, or that nobody knows.
package enum ExtraWitness: String, Hashable, Sendable, CaseIterable {
  /// The guest agent has spoken a moment ago.
  case agentSpeaks = "its agent speaks"
  /// Nobody tells whether the agent speaks.
  case agentUntold = "nobody tells of its agent"
  /// The look into the guest finds all well.
  case lookAllWell = "the look finds all well"
  case lookImpossible = "the look cannot be made"
  /// An echo comes back where the guest runs.
  case echoAnswers = "it answers ICMP"
  /// The hypervisor counts its processors as busy.
  case isBusy = "its processors are busy"
  /// Another machine of the fleet cannot be measured.
  case neighbourUnmeasured = "a neighbour cannot be measured"
  /// One more machine that is well.
  case machine = "one more healthy machine"
  /// A canary that the operator named answers.
  case canary = "one more canary answers"
}
