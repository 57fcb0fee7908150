import FleetModel

/// Gives bearer tokens: the one way by which a client comes to an identity.
package protocol TokenSource: Sendable {
  /// A token for an audience that is still good for a while.
  /// - Parameters:
  ///   - resource: the audience without `/.default`, such as `https://management.azure.com`.
  ///   - claims: a CAE claims challenge as decoded JSON; such a token never comes from the cache.
  ///   - rejected: the token that a server answered with 401: fetched anew unless another call already did so.
  func token(
    for resource: String, claims: String?, rejected: AccessToken?
  ) async throws(CredentialError) -> AccessToken
}

/// A bearer token. It prints as its end of life only: a token never reaches a log (semantics 9.3).
package struct AccessToken: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible {
  /// The secret itself.
  package let value: String
  package let expiresAt: Instant
  /// When a new one should be fetched; nil: 5 minutes before its end.
  package let refreshAt: Instant?

  package init(value: String, expiresAt: Instant, refreshAt: Instant? = nil) {
    self.value = value
    self.expiresAt = expiresAt
    self.refreshAt = refreshAt
  }

  package var description: String { "token until \(expiresAt)" }
  package var debugDescription: String { description }
}

extension AccessToken: CustomReflectable {
  package var customMirror: Mirror { Mirror(self, children: ["expiresAt": expiresAt]) }
}

/// No credential gave a token: which were tried, what each said, and what each needs.
package struct CredentialError: Error, Hashable, Sendable, CustomStringConvertible {
  /// One credential's word.
  package struct Attempt: Hashable, Sendable {
    /// `EnvironmentCredential`, `AzureCliCredential`, …: the names of DefaultAzureCredential.
    package var credential: String
    /// What was missing or refused, and what to do; free of secrets.
    package var problem: String
    /// The credential was set up and its identity provider said no: those after it are not asked.
    package var isFinal: Bool
    package init(credential: String, problem: String, isFinal: Bool = false) {
      self.credential = credential
      self.problem = problem
      self.isFinal = isFinal
    }
  }
  package var attempts: [Attempt]
  /// Nobody waited for the token any more: nothing is known about the credentials.
  package var isCancelled: Bool { attempts.isEmpty }

  package init(_ attempts: [Attempt]) { self.attempts = attempts }

  package var description: String {
    isCancelled
      ? "no token was asked for any more"
      : "no Azure credential gave a token:" + attempts.map { "\n  \($0.credential): \($0.problem)" }.joined()
  }
}

extension CredentialError.Attempt: Error {}
