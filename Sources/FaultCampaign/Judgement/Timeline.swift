import Autopilot
import FleetModel

/// A run as whoever tries a policy wants to read it: what went wrong, what azlin saw and did, and what was really so.
package enum Timeline {
  package static func lines(_ run: CampaignRun) -> [String] {
    let names = run.world.members.map(\.machine.name)
    var lines: [(at: Instant, text: String)] = []
    func add(_ at: Instant, _ who: String, _ text: String) {
      let pad = String(repeating: " ", count: max(6 - who.count, 0))
      lines.append((at, "\(TimestampText.rfc3339(at)) \(who)\(pad) \(SafeText.line(text))"))
    }
    for trouble in run.plan.troubles where trouble.at < run.plan.end {
      let what = "\(trouble.kind.rawValue)\(trouble.places.isEmpty ? "" : ": ")\(places(trouble, names))"
      add(trouble.at, "fault", what)
      if trouble.end < run.plan.end { add(trouble.end, "over", what) }
    }
    for engine in run.engines {
      for event in engine.disk.story { add(event.at, "azlin", "\(event.machineName) \(event.text)".trimmed) }
    }
    for call in run.world.calls {
      let faults = call.truth.faults.map(\.rawValue).sorted().joined(separator: ", ")
      let really = faults.isEmpty ? call.truth.power.rawValue : faults
      add(call.at, "effect", "\(call.machine) \(call.remedy.title), really: \(really); \(outcome(call))")
    }
    return lines.enumerated().sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }.map(\.element.text)
  }

  private static func places(_ trouble: Trouble, _ names: [String]) -> String {
    let count = trouble.places.count
    if count == names.count, count > 3 { return "all \(count) VMs" }
    return trouble.places.map { names[$0] }.joined(separator: ", ")
  }

  private static func outcome(_ call: FleetCall) -> String {
    switch call.outcome {
    case .done: "done"
    case .failed(let why): "failed: \(why)"
    case .refused(let why): "refused: \(why)"
    case .busy(let why): "not begun: \(why)"
    case .unknown(let why): "unknown: \(why)"
    case nil: "no answer yet"
    }
  }
}

extension String {
  fileprivate var trimmed: String { String(drop { $0 == " " }) }
}
