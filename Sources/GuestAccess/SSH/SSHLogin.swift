import CLibSSH
import FleetModel
import Glibc

/// What a login is tried with.
package enum SSHCredential: Hashable, Sendable {
  /// Private keys in files that need no passphrase, in this order.
  case files([String])
  /// Every key of the agent behind a socket.
  case agent(socket: String)
}

/// How a login ended.
package enum SSHLoginOutcome: Hashable, Sendable {
  case accepted
  /// No key was accepted; the methods the server offers, as it names them.
  case refused(methods: String)
}

extension SSHSession {
  /// Logs in. Nothing is ever asked of the operator.
  /// - Parameter watcher: another thread, which ends an agent's silence while this one waits for it.
  package func logIn(
    with credential: SSHCredential, until deadline: ContinuousClock.Instant, watchedBy watcher: EpollExecutor
  ) async throws(Failure) -> SSHLoginOutcome {
    let first = try await authenticate(until: deadline) { ssh_userauth_none(handle, nil) }
    if first == .accepted { return .accepted }
    let methods = ssh_userauth_list(handle, nil)
    let names = Self.names(of: methods)
    // SSH_AUTH_METHOD_PUBLICKEY
    guard methods & 0x4 != 0 else { return .refused(methods: names) }
    switch credential {
    case .files(let paths):
      for path in paths {
        if try await logIn(withFile: path, until: deadline) == .accepted { return .accepted }
      }
    case .agent(let socket):
      if try await logIn(withAgent: socket, until: deadline, watchedBy: watcher) == .accepted { return .accepted }
    }
    return .refused(methods: names)
  }

  private enum Answer { case accepted, refused }

  /// An agent that wants a finger on a key keeps the thread that waits for it.
  private static let agentPatience = Duration.seconds(5)

  private func logIn(withFile path: String, until deadline: ContinuousClock.Instant) async throws(Failure) -> Answer {
    guard let pair = SSHKeyPair(file: path) else { return .refused }
    candidate = pair
    defer { candidate = nil }
    // Asking first saves the signature (10 ms with RSA) where the server does not know the key.
    let known = try await authenticate(until: deadline) {
      ssh_userauth_try_publickey(handle, nil, candidate?.publicKey)
    }
    guard known == .accepted else { return .refused }
    return try await authenticate(until: deadline) { ssh_userauth_publickey(handle, nil, candidate?.privateKey) }
  }

  private func logIn(
    withAgent socket: String, until deadline: ContinuousClock.Instant, watchedBy watcher: EpollExecutor
  ) async throws(Failure) -> Answer {
    guard let agent = SSHAgent.connect(socket), let number = agent.release() else { return .refused }
    // libssh waits for the agent without limit, and it may ask its owner for a touch: a second handle on the
    // same connection can end that wait from the timer of another thread.
    let watch = Descriptor(dup(number))
    ssh_set_agent_socket(handle, number)
    let patience = min(deadline, .now + Self.agentPatience)
    let timer = watcher.schedule(at: patience) { _ = shutdown(watch.value, Int32(SHUT_RDWR)) }
    defer { watcher.cancel(timer) }
    return try await authenticate(until: deadline) { ssh_userauth_agent(handle, nil) }
  }

  private func authenticate(
    until deadline: ContinuousClock.Instant, _ call: () -> Int32
  ) async throws(Failure) -> Answer {
    let again = Int32(SSH_AUTH_AGAIN.rawValue)
    let result = try await complete(until: deadline, again: again, call)
    switch result {
    case Int32(SSH_AUTH_SUCCESS.rawValue): return .accepted
    case Int32(SSH_AUTH_DENIED.rawValue), Int32(SSH_AUTH_PARTIAL.rawValue), Int32(SSH_AUTH_INFO.rawValue):
      return .refused
    default:
      guard isAlive else {
        spend()
        throw .closed(complaint)
      }
      return .refused
    }
  }

  /// The methods of a mask, as RFC 4252 and 4462 name them.
  private static func names(of methods: Int32) -> String {
    let known: [(Int32, String)] = [
      (0x4, "publickey"), (0x2, "password"), (0x10, "keyboard-interactive"), (0x8, "hostbased"),
      (0x20, "gssapi-with-mic"),
    ]
    return known.filter { methods & $0.0 != 0 }.map(\.1).joined(separator: ", ")
  }
}

/// A private key from a file, with its public half.
final class SSHKeyPair {
  let privateKey: ssh_key
  let publicKey: ssh_key

  /// Loads a key; nil: unreadable, of an unknown kind, or encrypted (then it is the agent's to use).
  init?(file path: String) {
    var loaded: ssh_key?
    guard ssh_pki_import_privkey_file(path, nil, nil, nil, &loaded) == SSH_OK, let privateKey = loaded else {
      return nil
    }
    var exported: ssh_key?
    guard ssh_pki_export_privkey_to_pubkey(privateKey, &exported) == SSH_OK, let publicKey = exported else {
      ssh_key_free(privateKey)
      return nil
    }
    self.privateKey = privateKey
    self.publicKey = publicKey
  }

  deinit {
    ssh_key_free(privateKey)
    ssh_key_free(publicKey)
  }
}
