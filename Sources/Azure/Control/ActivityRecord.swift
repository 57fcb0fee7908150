import FleetModel
import FoundationEssentials

/// What the Activity Log says of one machine, and up to when it can be trusted to be complete, by this machine's clock.
package struct ActivityRecord: Hashable, Sendable {
  /// One event.
  package struct Event: Hashable, Sendable {
    package var at: Instant
    /// Lower case (`microsoft.compute/virtualmachines/deallocate/action`).
    package var operation: String
    /// A login or an application id, safe to show; empty: not told.
    package var caller: String
    /// `Succeeded`, `Accepted`, `Started`, `Failed`…
    package var status: String
    /// Shared by the events of one operation (Azure: `operationId`); empty: not told.
    package var operationID = ""
    /// Azure's words for the reply's HTTP status (`Conflict`, `Forbidden`…); empty: not told.
    package var replied = ""

    /// Whether it turns a machine off.
    package var isStop: Bool {
      let action = "microsoft.compute/virtualmachines/"
      return operation == action + "deallocate/action" || operation == action + "poweroff/action"
    }

    /// Whether Azure did not take the order at all. One that it took and that failed later may have had its effect.
    fileprivate var isRefusal: Bool {
      status.lowercased() == "failed"
        && [
          "badrequest", "unauthorized", "forbidden", "notfound", "methodnotallowed", "conflict", "preconditionfailed",
          "locked", "toomanyrequests",
        ].contains(replied.lowercased())
    }
  }

  /// How far behind events the log may be: Azure says minutes.
  package static let lag: Duration = .minutes(5)

  /// Newest first.
  package var events: [Event]
  /// The log was read from here on.
  package var from: Instant
  /// Nothing before this instant can still be missing.
  package var completeUntil: Instant

  /// - Parameter to: when the log was asked.
  package init(events: [Event], from: Instant, to: Instant) {
    self.events = events.sorted { $0.at > $1.at }
    self.from = from
    completeUntil = max(to - Self.lag, self.events.first.map { min($0.at, to) } ?? .distantPast)
  }

  /// The last stop that somebody asked for; nil: the log names nobody.
  package var stop: Event? { events.first { $0.isStop && !cameToNothing($0) } }

  /// Whether the machine felt nothing of it: it failed, or it is the beginning of an order that was refused.
  package func cameToNothing(_ event: Event) -> Bool {
    let status = event.status.lowercased()
    guard status == "started", !event.operationID.isEmpty else { return status == "failed" }
    let others = events.filter {
      $0.operationID == event.operationID && $0.operation == event.operation && $0.status.lowercased() != "started"
    }
    return !others.isEmpty && others.allSatisfy(\.isRefusal)
  }
}

extension AzureControlPlane {
  /// Reads the Activity Log of a machine from an instant until now.
  package func activity(of path: ResourcePath, from: Instant) async throws(AzureError) -> ActivityRecord {
    let now = clock.now()
    let platform = await caller.platformClock()
    // An end in the future leaves out nothing, whatever is not known of the clocks.
    let request = ObservationRequests.activity(path, from: platform.theirs(from), to: platform.theirs(now) + .hours(1))
    let listed = try await MachineLists(caller: caller, scope: AzureScope())
      .values(ListedEvent.self, request, "the Activity Log")
    return ActivityRecord(
      events: listed.compactMap { $0.event(platform) }, from: max(from, now - .days(89)), to: now)
  }
}

/// An event of the log's answer.
struct ListedEvent: Decodable, Sendable {
  struct Word: Decodable, Sendable { var value: String? }
  var eventTimestamp: String?
  var operationName: Word?
  var status: Word?
  var subStatus: Word?
  var operationId: String?
  var caller: String?

  /// nil where its time or operation is missing.
  func event(_ clock: PlatformClock) -> ActivityRecord.Event? {
    guard let text = eventTimestamp, let at = AzureTime.instant(text), let name = operationName?.value else {
      return nil
    }
    return .init(
      at: clock.ours(at), operation: name.lowercased(), caller: SafeText.line(String((caller ?? "").prefix(200))),
      status: SafeText.line(status?.value ?? ""), operationID: (operationId ?? "").lowercased(),
      replied: subStatus?.value ?? "")
  }
}

/// Azure's times: `2024-08-26T08:11:37.8796541+00:00`, 0 to 7 digits of a fraction, `Z` or an offset.
enum AzureTime {
  /// nil where the text is none.
  static func instant(_ text: String) -> Instant? {
    guard let dot = text.firstIndex(of: ".") else { return whole(text) }
    let fraction = text[text.index(after: dot)...].prefix { $0.isASCII && $0.isNumber }
    guard let base = whole(text[..<dot] + text[fraction.endIndex...]), !fraction.isEmpty,
      let thousandths = Int64((fraction + "000").prefix(3))
    else { return nil }
    return base + .milliseconds(thousandths)
  }

  private static func whole(_ text: some StringProtocol) -> Instant? {
    guard let date = try? Date.ISO8601FormatStyle().parse(String(text)) else { return nil }
    return Instant(seconds: date.timeIntervalSince1970)
  }
}
