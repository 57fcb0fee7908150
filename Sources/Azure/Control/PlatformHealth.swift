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
  /// One sentence of Azure's, safe to show.
  package var summary: String
  /// When this state began; nil: not told.
  package var since: Instant?

  /// Reads the answer to `ObservationRequests.health`.
  /// - Throws: of kind `unreadable`.
  package init(_ reply: ARMReply) throws(AzureError) {
    let properties = try JSONText.value(Answer.self, reply, "the question for resource health").properties
    availability = properties?.availabilityState.flatMap { Availability(rawValue: $0.lowercased()) } ?? .unknown
    let words = [properties?.reasonType, properties?.context].compactMap { $0?.lowercased() }
    cause =
      if words.contains(where: { $0.contains("userinitiated") || $0.contains("customer initiated") }) {
        .user
      } else if words.contains(where: { $0.contains("planned") || $0.contains("platform initiated") }) {
        .platform
      } else {
        .unknown
      }
    summary = SafeText.line(String((properties?.summary ?? properties?.title ?? "").prefix(300)))
    since = (properties?.occuredTime ?? properties?.occurredTime).flatMap(AzureTime.instant)
  }

  private struct Answer: Decodable {
    struct Properties: Decodable {
      var availabilityState: String?
      var title: String?
      var summary: String?
      var reasonType: String?
      var context: String?
      /// Azure's own spelling.
      var occuredTime: String?
      var occurredTime: String?
    }
    var properties: Properties?
  }
}

extension AzureControlPlane {
  /// Asks Resource Health about one machine.
  package func platformHealth(of path: ResourcePath) async throws(AzureError) -> PlatformHealth {
    try PlatformHealth(try await caller.call(ObservationRequests.health(path)))
  }
}
