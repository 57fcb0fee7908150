import FleetModel

/// How a guest has lived: what a question about its past is answered from, since it keeps no state of every minute.
struct GuestChronicle: Sendable {
  /// From this instant on.
  struct Chapter: Hashable, Sendable {
    var from: Instant
    var isRunning: Bool
    var strain: LoadStrain
    var memory: ActiveFault?
    var isAvailable: Bool
    /// The kernel hangs: the processors do nothing any more.
    var isStuck: Bool
  }
  private var chapters: [Chapter] = []
  /// Older ones are forgotten: the oldest kept then counts for all time before it.
  private static let limit = 256

  /// Adds what holds from an instant on, where it differs from what held before.
  mutating func add(_ chapter: Chapter) {
    if var last = chapters.last {
      last.from = chapter.from
      if last == chapter { return }
    }
    chapters.append(chapter)
    if chapters.count > Self.limit { chapters.removeFirst(chapters.count - Self.limit) }
  }

  /// What held at an instant.
  func chapter(at instant: Instant) -> Chapter? {
    chapters.last { $0.from <= instant } ?? chapters.first
  }
}
