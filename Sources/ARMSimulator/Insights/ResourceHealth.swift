import FleetModel
import HTTPTypes
import Simulator

// Microsoft.ResourceHealth: what the platform itself thinks of a machine.
extension ARMSimulator {
  func resourceHealth(_ call: ARMCall, group: String?, _ tail: [String]) -> ARMAnswer {
    guard call.method == .get, tail.first == "availabilitystatuses" else { return notFound(call) }
    if call.path.folded.contains("virtualmachines") {
      guard let group, let name = call.path.value(after: "virtualmachines"), let entry = catalog.entry(group, name)
      else {
        return notFound(call)
      }
      let model = healthModel(entry, at: call.at)
      return tail.count == 2 ? ARMAnswer(model) : ARMAnswer(["value": [model]])
    }
    guard tail.count == 1 else { return notFound(call) }
    let places = group.flatMap { catalog.group($0)?.places } ?? Array(catalog.entries.indices)
    return page(call, places) { healthModel(catalog.entries[$0], at: call.at) }
  }

  func healthModel(_ entry: Catalog.Entry, at now: Instant) -> JSON {
    [
      "id": "\(entry.id)/providers/Microsoft.ResourceHealth/availabilityStatuses/current", "name": "current",
      "type": "Microsoft.ResourceHealth/AvailabilityStatuses", "location": .string(entry.machine.region),
      "properties": healthProperties(entry, at: now),
    ]
  }

  func healthProperties(_ entry: Catalog.Entry, at now: Instant) -> JSON {
    let view = fleet.platformView(of: entry.machine.id, at: now)
    func properties(
      _ state: String, _ title: String, _ summary: String, reason: String?, context: String?, since: Instant,
      actions: [JSON] = []
    ) -> JSON {
      .having([
        "availabilityState": .string(state), "title": .string(title), "summary": .string(summary),
        "reasonType": .string(reason ?? ""), "category": context == nil ? nil : "Unplanned",
        "context": context.map { .string($0) }, "occuredTime": .string(AzureTime.activity(since)),
        "reasonChronicity": "Persistent", "reportedTime": .string(AzureTime.activity(now)),
        "recommendedActions": .array(actions),
      ])
    }
    if let since = view?.unavailableSince {
      return properties(
        "Unavailable", "Virtual machine is unavailable",
        "We're sorry, your virtual machine isn't available because of an unexpected failure of the host server. The "
          + "Azure platform is recovering it.", reason: "Unplanned", context: "Platform Initiated", since: since,
        actions: [
          ["action": "To start the virtual machine on another host, wait: the platform does it.", "actionUrl": .null]
        ])
    }
    guard let view, view.power.isOff || view.power == .deallocating else {
      return properties(
        "Available", "Available", "There aren't any known Azure platform problems affecting this virtual machine.",
        reason: nil, context: nil, since: max(view?.bootedAt ?? catalog.origin, catalog.origin - .days(60)))
    }
    var since = now
    if case .silent(let silent) = view.agent { since = max(silent, catalog.origin - .days(60)) }
    guard view.isOffOnPurpose else {
      // A guest that went down of itself: the platform sees no signal, and no order.
      return properties(
        "Unknown", "Unknown", "We're currently unable to determine the health of this virtual machine.", reason: nil,
        context: nil, since: since)
    }
    return properties(
      "Unavailable", view.power == .stopped ? "Stopped by user or process" : "Deallocated by user or process",
      "This virtual machine is \(view.power.rawValue) as requested by an authorized user or process.",
      reason: "UserInitiated", context: "Customer Initiated", since: since)
  }
}
