import Synchronization

/// Remembers refused logins, so that a guest is not knocked at every few minutes with keys it does not know
/// (semantics 2.3): fail2ban would shut this monitor out.
package final class SSHRefusals: Sendable {
  /// What a login was tried with: when it changes, trying again makes sense.
  package struct Means: Hashable, Sendable {
    var files: [FileStamp]
    var agentKeys: [SSHAgent.Key]

    package init(files: [String], agentKeys: [SSHAgent.Key]) {
      self.files = files.map(FileStamp.init)
      self.agentKeys = agentKeys
    }
  }

  private struct Refusal {
    var at: ContinuousClock.Instant
    var means: Means
    var methods: String
  }

  private let refusals = Mutex<[SSHEndpoint: Refusal]>([:])
  private let retry: Duration

  package init(retry: Duration) { self.retry = retry }

  /// The methods of a refusal that still stands; nil: a login may be tried.
  package func standing(_ endpoint: SSHEndpoint, _ means: Means) -> String? {
    refusals.withLock { refusals in
      guard let refusal = refusals[endpoint], refusal.means == means, refusal.at + retry > .now else { return nil }
      return refusal.methods
    }
  }

  package func note(_ endpoint: SSHEndpoint, _ means: Means, methods: String) {
    refusals.withLock { $0[endpoint] = Refusal(at: .now, means: means, methods: methods) }
  }

  package func forget(_ endpoint: SSHEndpoint) {
    refusals.withLock { _ = $0.removeValue(forKey: endpoint) }
  }
}
