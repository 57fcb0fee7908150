import Autopilot
import FleetModel

/// One list of the platform's about many machines: fetched when somebody asks and it is too old, once for all who ask
/// meanwhile, so that its cost does not grow with the number of machines that are watched.
actor SharedList<Row: Sendable> {
  /// The list as it was fetched.
  struct Edition: Sendable {
    var rows: [MachineID: Row]
    /// The rows are as old as the question.
    var askedAt: Instant
  }
  /// - Parameter earlier: what is still good and need not be asked for again; nil: everything is.
  typealias Fetch = @Sendable (_ earlier: Edition?) async throws(AzureError) -> [MachineID: Row]

  private let clock: any EngineClock
  private let life: Duration
  private let patience: Duration
  private let isCompleted: Bool
  private let fetch: Fetch
  private var edition: Edition?
  private var lastError: AzureError?
  private var isFetching = false
  private var triedAt = Instant.distantPast
  private var waiting: [Int: CheckedContinuation<Void, Never>] = [:]
  private var number = 0

  /// - Parameters:
  ///   - life: how long a list is good.
  ///   - patience: how soon it is tried again after a failure.
  ///   - isCompleted: it is asked for machines by name: one that it lacks is fetched, after the same patience.
  init(
    life: Duration, patience: Duration = .seconds(60), isCompleted: Bool = false, clock: any EngineClock,
    fetch: @escaping Fetch
  ) {
    self.life = life
    self.isCompleted = isCompleted
    self.patience = patience
    self.clock = clock
    self.fetch = fetch
  }

  /// The list, fetched where it is older than its life or lacks the machine.
  /// - Parameter limit: the wait for a fetch; it goes on without who stops waiting.
  /// - Returns: a list that may lack the machine, or why there is none that is good.
  func current(for machine: MachineID, within limit: Duration) async -> Result<Edition, AzureError> {
    let now = clock.now()
    if let edition, now - edition.askedAt < life, edition.rows[machine] != nil || !isCompleted || now - triedAt < patience {
      return .success(edition)
    }
    if !isFetching, lastError == nil || now - triedAt >= patience { start(at: now) }
    if isFetching { await settled(within: limit) }
    // A list that could not be renewed is good for a while longer: its words have their own ages.
    if let edition, clock.now() - edition.askedAt < life + .minutes(3) { return .success(edition) }
    return .failure(
      lastError ?? AzureError(kind: .timedOut, sentence: "Azure's list was not there within the time-out of the probe"))
  }

  private func start(at now: Instant) {
    isFetching = true
    triedAt = now
    let earlier = edition.flatMap { now - $0.askedAt < life ? $0 : nil }
    Task {
      do throws(AzureError) {
        let rows = try await fetch(earlier)
        edition = Edition(
          rows: earlier.map { $0.rows.merging(rows) { $1 } } ?? rows, askedAt: earlier?.askedAt ?? now)
        lastError = nil
      } catch {
        lastError = error
      }
      isFetching = false
      let all = waiting.values
      waiting = [:]
      for one in all { one.resume() }
    }
  }

  private func settled(within limit: Duration) async {
    number += 1
    let own = number
    let alarm = Task {
      guard (try? await Task.sleep(for: limit)) != nil else { return }
      wake(own)
    }
    await withCheckedContinuation { waiting[own] = $0 }
    alarm.cancel()
  }

  private func wake(_ number: Int) { waiting.removeValue(forKey: number)?.resume() }
}
