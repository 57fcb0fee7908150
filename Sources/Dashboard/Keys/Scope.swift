/// The part of the screen a key belongs to.
package enum Scope: String, Hashable, Sendable, CaseIterable {
  case fleet, metrics, recovery, hooks, policy, events, log

  /// The scope of keys typed with this focus.
  package init(_ focus: Focus) {
    self =
      switch focus {
      case .table: .fleet
      case .log: .log
      case .pane(.metrics): .metrics
      case .pane(.recovery): .recovery
      case .pane(.hooks): .hooks
      case .pane(.policy): .policy
      case .pane(.events): .events
      }
  }
}
