import CLibSSH

/// What libssh tells a server about one session: logins and channels. Lives on the session's thread.
final class SSHServerDesk {
  private(set) var isLoggedIn = false
  private(set) var channels: [SSHServerChannel] = []
  private let user: String
  private let acceptsKeys: () -> Bool
  private var refusals = 0
  private let callbacks: UnsafeMutablePointer<ssh_server_callbacks_struct>

  /// sshd's MaxAuthTries and MaxSessions.
  private static let maximumRefusals = 6
  private static let maximumChannels = 10

  /// - Parameters:
  ///   - user: the only one that may log in, with any key.
  ///   - acceptsKeys: whether it still may.
  init(user: String, acceptsKeys: @escaping () -> Bool) {
    self.user = user
    self.acceptsKeys = acceptsKeys
    callbacks = .allocate(capacity: 1)
    callbacks.initialize(to: ssh_server_callbacks_struct())
    callbacks.pointee.size = MemoryLayout<ssh_server_callbacks_struct>.size
  }

  deinit {
    callbacks.deinitialize(count: 1)
    callbacks.deallocate()
  }

  /// Listens to a session, which must go before this object does.
  func attend(_ handle: ssh_session) {
    callbacks.pointee.userdata = Unmanaged.passUnretained(self).toOpaque()
    callbacks.pointee.auth_none_function = { _, _, context in
      SSHServerDesk.from(context)?.refuse(isAttempt: false) ?? Int32(SSH_AUTH_DENIED.rawValue)
    }
    callbacks.pointee.auth_pubkey_function = { _, user, _, state, context in
      SSHServerDesk.from(context)?.judge(user.map { String(cString: $0) } ?? "", signature: state)
        ?? Int32(SSH_AUTH_DENIED.rawValue)
    }
    callbacks.pointee.channel_open_request_session_function = { session, context in
      session.flatMap { SSHServerDesk.from(context)?.open($0) }
    }
    ssh_set_server_callbacks(handle, callbacks)
    // SSH_AUTH_METHOD_PUBLICKEY
    ssh_set_auth_methods(handle, 0x4)
  }

  /// The session is about to go, with its channels.
  func leave() {
    for channel in channels { channel.close() }
    channels = []
  }

  /// sshd hangs up on who guesses.
  var hasRefusedTooOften: Bool { refusals >= Self.maximumRefusals }

  /// A channel has had its answer.
  func close(_ channel: SSHServerChannel) {
    channel.close()
    channels.removeAll { $0 === channel }
  }

  private func refuse(isAttempt: Bool) -> Int32 {
    if isAttempt { refusals += 1 }
    return Int32(SSH_AUTH_DENIED.rawValue)
  }

  private func judge(_ name: String, signature state: CChar) -> Int32 {
    guard name == user, acceptsKeys() else { return refuse(isAttempt: true) }
    switch Int32(state) {
    case Int32(SSH_PUBLICKEY_STATE_VALID.rawValue):
      isLoggedIn = true
      return Int32(SSH_AUTH_SUCCESS.rawValue)
    // The client asks whether the key would do.
    case Int32(SSH_PUBLICKEY_STATE_NONE.rawValue): return Int32(SSH_AUTH_SUCCESS.rawValue)
    default: return refuse(isAttempt: true)
    }
  }

  private func open(_ session: ssh_session) -> ssh_channel? {
    guard isLoggedIn, channels.count < Self.maximumChannels, let handle = ssh_channel_new(session) else { return nil }
    channels.append(SSHServerChannel(handle))
    return handle
  }

  private static func from(_ context: UnsafeMutableRawPointer?) -> SSHServerDesk? {
    context.map { Unmanaged<SSHServerDesk>.fromOpaque($0).takeUnretainedValue() }
  }
}
