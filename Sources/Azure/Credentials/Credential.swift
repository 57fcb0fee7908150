/// One way to prove who we are; `CredentialChain` tries them in order and keeps their tokens.
protocol Credential: Sendable {
  /// The name in DefaultAzureCredential and in `AZURE_TOKEN_CREDENTIALS`.
  var name: String { get }

  /// A new token, asked for now: nothing is kept here.
  func token(_ demand: TokenDemand) async throws(CredentialError.Attempt) -> AccessToken
}

extension Credential {
  /// It is not set up here: the next one is asked.
  func absent(_ problem: String) -> CredentialError.Attempt {
    CredentialError.Attempt(credential: name, problem: problem)
  }

  /// It is set up and does not work: no other identity is taken in its place.
  func refused(_ problem: String) -> CredentialError.Attempt {
    CredentialError.Attempt(credential: name, problem: problem, isFinal: true)
  }
}

/// What a token is wanted for.
struct TokenDemand: Hashable, Sendable {
  /// The audience, without `/.default`.
  var resource: String
  /// A claims challenge, as decoded JSON.
  var claims: String?

  /// The scope that stands for all permissions on the audience; an audience that ends with a slash keeps it, as az does.
  var scope: String { resource + "/.default" }
}
