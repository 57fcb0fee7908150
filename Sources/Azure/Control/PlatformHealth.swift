import FleetModel

/// What Resource Health says of one machine: whether Azure itself sees a fault, and who caused it.
package struct PlatformHealth: Hashable, Sendable {
  package enum Availability: String, Hashable, Sendable { case available, unavailable, degraded, unknown }
  /// Who caused an outage.
  package enum Cause: Hashable, Sendable {
    /// The platform: Azure is healing it already.
    case platform
    /// A person, or a rule of theirs: to be respected.
    case user
    case unknown
  }
  package var availability: Availability
  package var cause: Cause
  /// A Spot machine lost its place.
  package var isEvicted: Bool
  /// One sentence of Azure's, safe to show.
  package var summary: String
  /// When this state began, by this machine's clock; nil: not told.
  package var since: Instant?

  /// Reads the answer to `ObservationRequests.health`.
  /// - Throws: of kind `unreadable`.
  package init(_ reply: ARMReply, _ clock: PlatformClock = .same) throws(AzureError) {
    self.init(try JSONText.value(Answer.self, reply, "the question for resource health").properties, clock)
  }

  init(_ properties: Properties?, _ clock: PlatformClock) {
    availability = properties?.availabilityState.flatMap { Availability(rawValue: $0.lowercased()) } ?? .unknown
    cause = Self.cause(reason: properties?.reasonType, context: properties?.context)
    let words = [properties?.title, properties?.summary].compactMap { $0?.lowercased() }
    isEvicted = words.contains { $0.contains("evict") || $0.contains("preempt") }
    summary = SafeText.line(String((properties?.summary ?? properties?.title ?? "").prefix(300)))
    since = (properties?.occuredTime ?? properties?.occurredTime).flatMap(AzureTime.instant).map(clock.ours)
  }

  /// The context says who it was, the reason only hints at it: "Unplanned" is also what a guest does to itself (Azure:
  /// Resource Health VM annotations).
  private static func cause(reason: String?, context: String?) -> Cause {
    func letters(_ text: String?) -> String { (text ?? "").lowercased().filter(\.isLetter) }
    switch (letters(context), letters(reason)) {
    case ("platforminitiated", _): return .platform
    case ("customerinitiated", _): return .user
    case ("vminitiated", _): return .unknown
    case (_, let reason) where reason.contains("userinitiated"): return .user
    case (_, "planned"), (_, "unplanned"): return .platform
    default: return .unknown
    }
  }

  /// What it says of the host.
  package var host: HostWord {
    switch availability {
    case .available: return .available
    case .unknown: return .unknown
    case .unavailable, .degraded:
      let said = summary.isEmpty ? "Resource Health says \(availability.rawValue)" : summary
      if isEvicted { return .evicted }
      return switch cause {
      case .platform: .platformFault(said)
      case .user: .userInitiated(said)
      case .unknown: .unknown
      }
    }
  }

  struct Properties: Decodable, Sendable {
    var availabilityState: String?
    var title: String?
    var summary: String?
    var reasonType: String?
    var context: String?
    /// Azure's own spelling.
    var occuredTime: String?
    var occurredTime: String?
  }

  private struct Answer: Decodable { var properties: Properties? }
}

extension AzureControlPlane {
  /// Asks Resource Health about one machine.
  package func platformHealth(of path: ResourcePath) async throws(AzureError) -> PlatformHealth {
    let reply = try await caller.call(ObservationRequests.health(path))
    return try PlatformHealth(reply, await caller.platformClock())
  }
}
