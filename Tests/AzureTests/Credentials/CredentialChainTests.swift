import FleetModel
import Synchronization
import Testing

@testable import Azure

/// A credential that answers as its test says.
private final class ScriptedCredential: Credential {
  typealias Answer = @Sendable (Int, TokenDemand) async throws(CredentialError.Attempt) -> AccessToken
  let name: String
  private let log = Mutex<[TokenDemand]>([])
  private let answer: Answer

  init(_ name: String = "A", _ answer: @escaping Answer) {
    self.name = name
    self.answer = answer
  }

  var demands: [TokenDemand] { log.withLock { $0 } }

  func token(_ demand: TokenDemand) async throws(CredentialError.Attempt) -> AccessToken {
    let number = log.withLock {
      $0.append(demand)
      return $0.count
    }
    return try await answer(number, demand)
  }
}

/// Holds tasks until it is opened.
private final class Gate: Sendable {
  private let (stream, signal) = AsyncStream<Void>.makeStream()
  private let isOpen = Mutex(false)
  func open() {
    isOpen.withLock { $0 = true }
    signal.finish()
  }
  func wait() async { if !isOpen.withLock({ $0 }) { for await _ in stream {} } }
}

private func eventually(_ condition: @Sendable () async -> Bool) async -> Bool {
  let deadline = ContinuousClock.now + .seconds(20)
  while ContinuousClock.now < deadline {
    if await condition() { return true }
    await Task.yield()
  }
  return false
}

@Suite("A chain of credentials")
struct CredentialChainTests {
  private let clock = SteppedClock()

  private func numbered(life: Duration = .hours(1)) -> ScriptedCredential {
    let clock = clock
    return ScriptedCredential { number, _ in
      AccessToken(value: "t\(number)", expiresAt: clock.now() + life)
    }
  }

  @Test("asks one after the other, and keeps to the one that worked")
  func order() async throws {
    let first = ScriptedCredential("First") { _, _ throws(CredentialError.Attempt) in
      throw .init(credential: "First", problem: "not here")
    }
    let second = numbered(life: .minutes(20))
    let third = numbered()
    let chain = CredentialChain([first, second, third], clock: clock)
    #expect(try await chain.token().value == "t1")
    clock.advance(.minutes(21))
    #expect(try await chain.token().value == "t2")
    #expect(first.demands.count == 1)
    #expect(third.demands.isEmpty)
    #expect(await chain.credentialInUse == "A")
  }

  @Test("ends where one is set up and refused, and tells of all that were asked")
  func final() async {
    let chain = CredentialChain(
      [
        ScriptedCredential { _, _ throws(CredentialError.Attempt) in throw .init(credential: "A", problem: "needs X") },
        ScriptedCredential { _, _ throws(CredentialError.Attempt) in
          throw .init(credential: "B", problem: "wrong secret", isFinal: true)
        }, numbered(),
      ], clock: clock)
    #expect(
      await chain.refusal()?.description == "no Azure credential gave a token:\n  A: needs X\n  B: wrong secret")
  }

  @Test("keeps a token per audience until five minutes before its end")
  func kept() async throws {
    let credential = numbered()
    let chain = CredentialChain([credential], clock: clock)
    #expect(try await chain.token().value == "t1")
    #expect(try await chain.token(for: "https://metrics.monitor.azure.com", claims: nil, rejected: nil).value == "t2")
    clock.advance(.minutes(54))
    #expect(try await chain.token().value == "t1")
    clock.advance(.minutes(1))
    #expect(try await chain.token().value == "t3")
    #expect(credential.demands.map(\.scope)[1] == "https://metrics.monitor.azure.com/.default")
  }

  @Test("renews at the instant the provider names")
  func refreshAt() async throws {
    let clock = clock
    let credential = ScriptedCredential { number, _ in
      AccessToken(value: "t\(number)", expiresAt: clock.now() + .hours(24), refreshAt: clock.now() + .hours(12))
    }
    let chain = CredentialChain([credential], clock: clock)
    _ = try await chain.token()
    clock.advance(.hours(12) - .seconds(1))
    #expect(try await chain.token().value == "t1")
    clock.advance(.seconds(1))
    #expect(try await chain.token().value == "t2")
  }

  @Test("renews short-lived tokens half-way, not at each call")
  func shortLived() async throws {
    let credential = numbered(life: .minutes(2))
    let chain = CredentialChain([credential], clock: clock)
    for _ in 0..<5 { _ = try await chain.token() }
    clock.advance(.seconds(59))
    #expect(try await chain.token().value == "t1")
    clock.advance(.seconds(1))
    #expect(try await chain.token().value == "t2")
  }

  @Test("uses a token that was over when it came, for our clock is off then, but not for long")
  func clockOff() async throws {
    let credential = numbered(life: .minutes(-10))
    let chain = CredentialChain([credential], clock: clock)
    for _ in 0..<5 { #expect(try await chain.token().value == "t1") }
    clock.advance(.seconds(31))
    #expect(try await chain.token().value == "t2")
  }

  @Test("keeps the old token to its end where a renewal fails, and asks no more than every 30 s")
  func renewalFails() async throws {
    let clock = clock
    let credential = ScriptedCredential { number, _ throws(CredentialError.Attempt) in
      if number > 1 { throw .init(credential: "A", problem: "down", isFinal: true) }
      return AccessToken(value: "t1", expiresAt: clock.now() + .hours(1))
    }
    let chain = CredentialChain([credential], clock: clock)
    _ = try await chain.token()
    clock.advance(.minutes(56))
    for _ in 0..<3 { #expect(try await chain.token().value == "t1") }
    #expect(credential.demands.count == 2)
    clock.advance(.seconds(30))
    #expect(try await chain.token().value == "t1")
    #expect(credential.demands.count == 3)
    clock.advance(.minutes(4))
    #expect(await chain.refusal()?.attempts.first?.problem == "down")
  }

  @Test("fetches a refused token anew once, for all who had it")
  func rejected() async throws {
    let credential = numbered()
    let chain = CredentialChain([credential], clock: clock)
    let old = try await chain.token()
    let new = try await chain.token(for: arm, claims: nil, rejected: old)
    #expect(new.value == "t2")
    #expect(try await chain.token(for: arm, claims: nil, rejected: old) == new)
    #expect(credential.demands.count == 2)
  }

  @Test("does not storm a provider that gives a refused token again")
  func rejectedAgain() async throws {
    let clock = clock
    let end = clock.now() + .hours(1)
    let credential = ScriptedCredential { _, _ in AccessToken(value: "same", expiresAt: end) }
    let chain = CredentialChain([credential], clock: clock)
    let token = try await chain.token()
    for _ in 0..<4 { #expect(try await chain.token(for: arm, claims: nil, rejected: token) == token) }
    #expect(credential.demands.count == 2)
    clock.advance(.seconds(31))
    _ = try await chain.token(for: arm, claims: nil, rejected: token)
    #expect(credential.demands.count == 3)
  }

  @Test("does not give a refused token back where the new one fails")
  func rejectedAndDown() async throws {
    let clock = clock
    let credential = ScriptedCredential { number, _ throws(CredentialError.Attempt) in
      if number > 1 { throw .init(credential: "A", problem: "down") }
      return AccessToken(value: "t1", expiresAt: clock.now() + .hours(1))
    }
    let chain = CredentialChain([credential], clock: clock)
    let token = try await chain.token()
    #expect(await chain.refusal(rejected: token)?.attempts.first?.problem == "down")
  }

  @Test("takes a claims challenge past the kept token, and keeps what comes")
  func claims() async throws {
    let credential = numbered()
    let chain = CredentialChain([credential], clock: clock)
    _ = try await chain.token()
    let challenged = try await chain.token(for: arm, claims: "{\"a\":1}", rejected: nil)
    #expect(challenged.value == "t2")
    #expect(credential.demands.last?.claims == "{\"a\":1}")
    #expect(try await chain.token() == challenged)
  }

  @Test("asks once for a hundred that wait, and one that leaves takes nobody along")
  func singleFlight() async throws {
    let gate = Gate()
    let clock = clock
    let credential = ScriptedCredential { number, _ in
      await gate.wait()
      return AccessToken(value: Task.isCancelled ? "cancelled" : "t\(number)", expiresAt: clock.now() + .hours(1))
    }
    let chain = CredentialChain([credential], clock: clock)
    let waiting = (0..<100).map { _ in Task { try await chain.token() } }
    #expect(await eventually { !credential.demands.isEmpty })
    waiting[0].cancel()
    let left = await waiting[0].result
    #expect(throws: CredentialError([])) { try left.get() }
    gate.open()
    for task in waiting.dropFirst() { #expect(try await task.value.value == "t1") }
    #expect(credential.demands.count == 1)
  }

  @Test("gives up asking when everybody has left, and asks anew for the next")
  func everybodyLeaves() async throws {
    let gate = Gate()
    let (ended, endedSignal) = AsyncStream<Bool>.makeStream()
    let clock = clock
    let credential = ScriptedCredential { number, _ in
      if number == 1 {
        await gate.wait()
        endedSignal.yield(Task.isCancelled)
      }
      return AccessToken(value: "t\(number)", expiresAt: clock.now() + .hours(1))
    }
    let chain = CredentialChain([credential], clock: clock)
    let task = Task { try await chain.token() }
    #expect(await eventually { !credential.demands.isEmpty })
    task.cancel()
    _ = await task.result
    var endings = ended.makeAsyncIterator()
    #expect(await endings.next() == true)
    #expect(try await chain.token().value == "t2")
  }

  @Test("is narrowed by AZURE_TOKEN_CREDENTIALS")
  func narrowed() async {
    func names(_ value: String?) -> [String] {
      Credentials.chain(
        environment: value.map { ["AZURE_TOKEN_CREDENTIALS": $0] } ?? [:], cloud: .publicCloud, tenant: nil,
        subscription: nil, transport: ScriptedIdentityServer([]), clock: clock
      ).map(\.name)
    }
    let servers = ["EnvironmentCredential", "WorkloadIdentityCredential", "ManagedIdentityCredential"]
    #expect(names(nil) == servers + ["AzureCliCredential"])
    #expect(names(" PROD ") == servers)
    #expect(names("dev") == ["AzureCliCredential"])
    #expect(names("workloadidentitycredential") == ["WorkloadIdentityCredential"])
    let error = await source(["AZURE_TOKEN_CREDENTIALS": "AzurePowerShellCredential"], ScriptedIdentityServer([]))
      .refusal()
    #expect(error?.description.contains("azurepowershellcredential is not among azlin's credentials") == true)
  }
}
