import FleetModel

extension Engine {
  mutating func take(inspection report: PlatformReport, ticket: Ticket, at now: Instant) {}

  mutating func take(canaries report: CanaryReport, at now: Instant) {}
}
