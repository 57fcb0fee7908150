import FleetModel

/// The last direct word on each machine, so that two who ask in the same breath cost one call.
actor ViewShelf {
  private var views: [MachineID: (view: MachineView, at: Instant)] = [:]
  private static let limit = 20_000

  func keep(_ view: MachineView, of machine: MachineID, at instant: Instant) {
    if views.count >= Self.limit { views = views.filter { instant - $0.value.at < .minutes(2) } }
    views[machine] = (view, instant)
  }

  /// - Parameter oldest: nothing from before it is given.
  func view(of machine: MachineID, since oldest: Instant) -> (view: MachineView, at: Instant)? {
    views[machine].flatMap { $0.at >= oldest ? $0 : nil }
  }
}
