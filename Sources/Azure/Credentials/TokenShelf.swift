import FleetModel

/// One audience's token, and when a new one is due.
struct TokenShelf {
  /// A token that ends soon is renewed this long before (azure-core's time).
  private static let margin = Duration.minutes(5)
  /// An identity provider is not asked again within this time for a token it just gave or failed to give.
  private static let pause = Duration.seconds(30)

  let token: AccessToken
  private let fetchedAt: Instant
  private var quietUntil: Instant
  /// A refused token for which this one was fetched; the provider may give the same one again.
  let replaces: AccessToken?

  init(_ token: AccessToken, at now: Instant, replaces: AccessToken?) {
    self.token = token
    self.replaces = replaces
    fetchedAt = now
    quietUntil = now + Self.pause
  }

  /// Whether the token still counts. One that was given just now does whatever its end: then our clock is off.
  func isGood(at now: Instant) -> Bool {
    now < token.expiresAt || (token.expiresAt <= fetchedAt && now < quietUntil)
  }

  /// Whether a new one should be fetched although this one still counts.
  func isDue(at now: Instant) -> Bool {
    // Short-lived ones are renewed half-way, or they would be due from the start.
    let life = token.expiresAt - fetchedAt
    let due = token.expiresAt - min(Self.margin, life / 2)
    return now >= min(due, token.refreshAt ?? due) && now >= quietUntil
  }

  /// Whether a token that a server refused was given anew already; not for ever, as the next may be another.
  func isAnswer(to rejected: AccessToken, at now: Instant) -> Bool {
    token.value != rejected.value || (replaces?.value == rejected.value && now < quietUntil)
  }

  /// A renewal failed: this token is kept, and the provider left alone for a moment.
  mutating func postpone(from now: Instant) { quietUntil = now + Self.pause }
}
