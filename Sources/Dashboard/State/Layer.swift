import FleetModel

/// Something that lies above the panes and takes keys first; what it ignores goes to the layer below.
package enum Layer: Hashable, Sendable {
  case filter(FilterPrompt)
  case sortMenu(ListCursor)
  case help(offset: Int)
  case question(Question)
  case recover(RecoverDialog)
  /// One remedy of the log in full.
  case record(IntentID, offset: Int)
  case hookOutput(HookOutput)
  /// What would be written to the policy file.
  case policyDiff(PolicyDiff)
}

/// The filter while it is being typed; valid beginnings filter at once.
package struct FilterPrompt: Hashable, Sendable {
  package var field: TextField
  /// What was in force before, for Escape.
  package var previous: FleetQuery
  package var error: QueryError?

  package init(previous: FleetQuery) {
    self.previous = previous
    field = TextField(previous.text)
  }
}

/// A yes-or-no question; the default is no.
package struct Question: Hashable, Sendable {
  package var title: String
  package var lines: [String]
  /// What yes does, in one word.
  package var verb: String
  package var consequence: Consequence

  /// What yes does.
  package enum Consequence: Hashable, Sendable {
    case quit
    case submit(OperatorCommand)
    case discardPolicyEdits(then: AfterDiscard)
  }
  package enum AfterDiscard: Hashable, Sendable { case leaveForm, quit }
}

/// The last run of one hook, with its output.
package struct HookOutput: Hashable, Sendable {
  package var machine: MachineID
  package var event: HookEvent
  package var path: String
  package var offset = 0
}

/// Edits of one machine's policy, shown before they are saved.
package struct PolicyDiff: Hashable, Sendable {
  package var machine: MachineID
  package var name: String
  package var edits: [PolicyEdit]
  package var isSaving = false
  /// Why saving was refused.
  package var refusal: String?
}
