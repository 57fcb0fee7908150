import CLibSSH
import FleetModel

/// What came of running a script on one session.
package enum SSHCommandOutcome: Hashable, Sendable {
  case ended(ShellOutput)
  /// The session was dead, or too slow to open a channel: nothing ran, another session may do it.
  case dead(String)
  /// The server opens no channel or runs no command: nothing ran.
  case refused(String)
  /// The script was handed over, but its end was not seen.
  case unknown(String)
  /// The same, through this monitor's own fault.
  case abandoned(String)
  /// This monitor failed before the script was handed over.
  case monitor(MonitorFailure)
}

extension SSHSession {
  /// Sends a script to `/bin/sh -s` and reads until it ends.
  /// - Parameters:
  ///   - opening: until then the server must have opened the channel, or the session counts as dead.
  package func run(
    _ script: String, opening: ContinuousClock.Instant, until deadline: ContinuousClock.Instant
  ) async -> SSHCommandOutcome {
    guard isAlive else { return .dead(complaint) }
    guard let channel = ssh_channel_new(handle) else { return .dead(complaint) }
    defer { ssh_channel_free(channel) }
    do {
      guard try await complete(until: min(opening, deadline), { ssh_channel_open_session(channel) }) == SSH_OK else {
        return isAlive ? .refused("the server opens no session (\(complaint))") : .dead(complaint)
      }
    } catch {
      switch error {
      case .timedOut: return .dead("no answer to the request for a channel")
      case .closed(let why), .noCommonAlgorithm(let why): return .dead(why)
      case .monitor(let failure): return .monitor(failure)
      }
    }
    let receiver = SSHReceiver(channel)
    defer { receiver.detach() }
    let outcome: SSHCommandOutcome
    do {
      guard try await complete(until: deadline, { ssh_channel_request_exec(channel, "/bin/sh -s") }) == SSH_OK else {
        return isAlive ? .refused("the server runs no command (\(complaint))") : .dead(complaint)
      }
      try await send(script, over: channel, until: deadline)
      outcome = try await read(receiver, of: channel, until: deadline)
    } catch {
      spend()
      switch error {
      case .timedOut: return .unknown("the command did not end in time")
      case .closed(let why), .noCommonAlgorithm(let why):
        return .unknown("the connection ended while the command ran: \(why)")
      case .monitor(let failure): return .abandoned(failure.explanation)
      }
    }
    if case .unknown = outcome { spend() }
    ssh_channel_close(channel)
    return outcome
  }

  private func send(
    _ script: String, over channel: ssh_channel, until deadline: ContinuousClock.Instant
  ) async throws(Failure) {
    let bytes = Array(script.utf8)
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes { buffer in
        buffer.baseAddress.map { ssh_channel_write(channel, $0 + sent, UInt32(bytes.count - sent)) } ?? SSH_ERROR
      }
      if count > 0 {
        sent += Int(count)
      } else if count == 0 || count == SSH_AGAIN {
        try await waitForPeer(until: deadline)
      } else if ssh_channel_is_closed(channel) != 0 || ssh_channel_is_eof(channel) != 0 {
        // A shell that does not want its script, such as nologin: what it says is read next.
        return
      } else {
        throw .closed(complaint)
      }
    }
    _ = try await complete(until: deadline) { ssh_channel_send_eof(channel) }
  }

  /// Waits until the command has ended. The exit status may come before or after the end of output; a child left in
  /// the background may keep the output open for ever.
  private func read(
    _ receiver: SSHReceiver, of channel: ssh_channel, until deadline: ContinuousClock.Instant
  ) async throws(Failure) -> SSHCommandOutcome {
    var turns = 0
    var graceEnd: ContinuousClock.Instant?
    while true {
      let before = receiver.bytesReceived
      // The one call that reads packets: what it brings is in the receiver when it returns, so that no wait begins
      // with something unread.
      if ssh_channel_poll(channel, 0) == SSH_ERROR, !receiver.isAtEnd { throw .closed(complaint) }
      if receiver.isAtEnd { _ = ssh_channel_get_exit_status(channel) }
      if receiver.isOverfull {
        return .unknown("the command printed more than \(ShellOutput.limit / 1024) KiB")
      }
      let hasEnded = receiver.isAtEnd && receiver.exitStatus != nil
      if hasEnded || receiver.isClosed || ssh_channel_is_closed(channel) != 0 || graceEnd.map({ $0 <= .now }) ?? false {
        return .ended(receiver.result)
      }
      if receiver.bytesReceived > before {
        // A talkative guest must not keep this thread from the others.
        turns += 1
        if turns.isMultiple(of: 8) { await Task.yield() }
        continue
      }
      if receiver.exitStatus != nil, graceEnd == nil { graceEnd = .now + Self.graceAfterExit }
      do {
        try await waitForPeer(until: min(deadline, graceEnd ?? deadline))
      } catch .timedOut where graceEnd.map({ $0 <= .now }) ?? false {
        continue
      }
    }
  }

  /// How long output may still come after the exit status.
  private static var graceAfterExit: Duration { .milliseconds(300) }
}
