/// The panes that show one machine, or the fleet's events.
package enum Pane: String, Hashable, Sendable, CaseIterable {
  case metrics, recovery, hooks, policy, events

  /// The word on its tab.
  package var title: String { rawValue }
}

/// Where keys go when no layer lies above.
package enum Focus: Hashable, Sendable {
  case table
  case pane(Pane)
  /// The fleet-wide recovery log.
  case log
}
