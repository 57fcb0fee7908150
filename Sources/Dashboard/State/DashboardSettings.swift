/// What a dashboard is told when it is started; none of it changes while it runs.
package struct DashboardSettings: Hashable, Sendable {
  /// No action that changes anything is offered.
  package var isReadOnly: Bool
  /// The engine that heals lives in this process: it stops with the window.
  package var healingStopsWithWindow: Bool
  /// What to do when there is nothing to watch: shown in the empty table, a line each.
  package var emptyFleetAdvice: [String]

  package init(
    isReadOnly: Bool = false, healingStopsWithWindow: Bool = false,
    emptyFleetAdvice: [String] = [
      "azlin --hosts user@host          watch hosts over SSH, now",
      "~/.azlin/inventory.yaml          hosts to keep",
      "azlin demo                       a simulated fleet",
    ]
  ) {
    self.isReadOnly = isReadOnly
    self.healingStopsWithWindow = healingStopsWithWindow
    self.emptyFleetAdvice = emptyFleetAdvice
  }
}
