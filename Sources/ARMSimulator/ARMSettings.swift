/// How the simulated Azure plays.
package struct ARMSettings: Hashable, Sendable {
  package var subscription = "5a1e0000-0000-4000-8000-00000000a211"
  package var tenant = "7e4a0000-0000-4000-8000-00000000a211"
  /// Machines on one page of a list, 1–1000.
  package var pageSize = 200
  /// Durations are real ones divided by this; above 0. Timestamps stay those of the clock.
  package var speed = 1.0
  /// What App Service's token endpoint wants to see in X-IDENTITY-HEADER; anybody who is shown it gets a token.
  package var identityHeader = "azlin-simulator"
  /// A token's life, seconds.
  package var tokenLife = 3600
  /// How far Resource Graph is behind, seconds of a real day.
  package var graphLag = 20.0
  /// How far the Activity Log is behind, seconds of a real day.
  package var activityLag = 90.0
  /// How far platform metrics are behind, seconds of a real day.
  package var metricLag = 120.0
  /// The URL of an operation is forgotten this long after its end, seconds of a real day.
  package var operationLife = 86_400.0
  /// Whether the quotas are counted; without them nothing is answered 429 but by a fault.
  package var isThrottled = true

  /// Whether some machines are such that power remedies are not for them: queues under a ReadOnly lock, mail servers that
  /// another service manages, batch machines of a flexible scale set, build machines with a system on the host's disk.
  package var hasShields = false

  package init() {}
}
