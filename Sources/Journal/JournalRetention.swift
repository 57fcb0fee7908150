import FleetModel

/// How long the journal keeps what; what is not settled is kept without limit.
package struct JournalRetention: Hashable, Sendable, Codable {
  /// Every sample, for this long.
  package var rawSamples = Duration.days(7)
  /// After that one sample of each machine in every `thinnedStep`, for this long in all.
  package var thinnedSamples = Duration.days(90)
  package var thinnedStep = Duration.minutes(10)
  package var recoveries = Duration.days(365)
  package var events = Duration.days(90)
  /// At most this many events.
  package var eventCount = 200_000
  package var hookRuns = Duration.days(90)
  /// At most this many runs (their output is up to 128 KiB each); the last of each hook stays.
  package var hookRunCount = 2_000
  package var audit = Duration.days(365)
  /// Answered and withdrawn commands.
  package var commands = Duration.days(1)
  /// Above it the oldest samples go, whatever their age.
  package var maximumBytes: Int64 = 1 << 30

  package init() {}
}
