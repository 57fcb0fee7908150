import Autopilot
import FleetModel

/// Credentials tried in order until one gives a token, and from then on that one only: an identity does not change under
/// a running fleet. Keeps one token per audience, and asks for each only once at a time, however many wait for it.
package actor CredentialChain: TokenSource {
  private typealias Outcome = Result<AccessToken, CredentialError>
  private typealias Waiter = CheckedContinuation<Outcome?, Never>

  /// A request for a token under way, and who waits for it.
  private struct Flight {
    var number: UInt64
    var task: Task<Void, Never>
    var waiters: [UInt64: Waiter] = [:]
  }

  private let credentials: [any Credential]
  private let clock: any EngineClock
  private var chosen: (any Credential)?
  private var shelves: [String: TokenShelf] = [:]
  private var flights: [TokenDemand: Flight] = [:]
  private var counter: UInt64 = 0

  init(_ credentials: [any Credential], clock: any EngineClock) {
    self.credentials = credentials
    self.clock = clock
  }

  /// The name of the credential that gave the last token; nil: none did yet.
  package var credentialInUse: String? { chosen?.name }

  package func token(
    for resource: String, claims: String?, rejected: AccessToken?
  ) async throws(CredentialError) -> AccessToken {
    let demand = TokenDemand(resource: resource, claims: claims)
    let kept = claims == nil ? shelves[resource] : nil
    let now = clock.now()
    if let kept {
      let isWanted = rejected.map { kept.isAnswer(to: $0, at: now) } ?? true
      if isWanted, kept.isGood(at: now), !kept.isDue(at: now) { return kept.token }
    }
    switch await outcome(demand, rejected) {
    case .success(let token): return token
    case nil: throw CredentialError([])
    case .failure(let error):
      // Another call may have put a newer one there meanwhile.
      guard claims == nil, let shelf = shelves[resource], shelf.token.value != rejected?.value,
        shelf.isGood(at: clock.now())
      else { throw error }
      shelves[resource]?.postpone(from: clock.now())
      return shelf.token
    }
  }

  /// Waits for the token that is being fetched, or has it fetched.
  /// - Returns: nil: the calling task was cancelled; the others go on waiting.
  private func outcome(_ demand: TokenDemand, _ rejected: AccessToken?) async -> Outcome? {
    counter += 1
    let waiter = counter
    return await withTaskCancellationHandler {
      await withCheckedContinuation { (continuation: Waiter) in
        if Task.isCancelled { return continuation.resume(returning: nil) }
        var flight = flights[demand] ?? start(demand, rejected)
        flight.waiters[waiter] = continuation
        flights[demand] = flight
      }
    } onCancel: {
      Task { await self.leave(demand, waiter) }
    }
  }

  /// In a task of its own: no caller's cancellation ends what others wait for.
  private func start(_ demand: TokenDemand, _ rejected: AccessToken?) -> Flight {
    counter += 1
    let number = counter
    return Flight(number: number, task: Task { land(demand, number, await fetch(demand), rejected) })
  }

  private func land(_ demand: TokenDemand, _ number: UInt64, _ outcome: Outcome, _ rejected: AccessToken?) {
    // One that everybody left is no longer here.
    guard let flight = flights[demand], flight.number == number else { return }
    flights[demand] = nil
    if case .success(let token) = outcome {
      shelves[demand.resource] = TokenShelf(token, at: clock.now(), replaces: rejected)
    }
    for waiter in flight.waiters.values { waiter.resume(returning: outcome) }
  }

  private func leave(_ demand: TokenDemand, _ waiter: UInt64) {
    guard let continuation = flights[demand]?.waiters.removeValue(forKey: waiter) else { return }
    continuation.resume(returning: nil)
    if flights[demand]?.waiters.isEmpty == true { flights.removeValue(forKey: demand)?.task.cancel() }
  }

  private func fetch(_ demand: TokenDemand) async -> Outcome {
    var attempts: [CredentialError.Attempt] = []
    for credential in chosen.map({ [$0] }) ?? credentials {
      do {
        let token = try await credential.token(demand)
        if chosen == nil { chosen = credential }
        return .success(token)
      } catch {
        attempts.append(error)
        if error.isFinal { break }
      }
    }
    return .failure(CredentialError(attempts))
  }
}
