import CLibSSH
import Simulator

/// One command of a client, from its request to its exit status. Lives on the session's thread.
final class SSHServerChannel {
  private enum Stage {
    /// Nothing was asked for yet.
    case waiting
    /// A shell that reads its script from the input.
    case reading
    case command(String)
    case running(until: ContinuousClock.Instant)
    case done
  }

  private let handle: ssh_channel
  private let callbacks: UnsafeMutablePointer<ssh_channel_callbacks_struct>
  private var stage = Stage.waiting
  private var input: [UInt8] = []
  private var isAtEnd = false
  private var output: ArraySlice<UInt8> = []
  private var errors: ArraySlice<UInt8> = []
  private var status = 0
  private var isClosed = false

  /// azlin's longest script has 12 KiB.
  private static let maximumInput = 1 << 20

  init(_ handle: ssh_channel) {
    self.handle = handle
    callbacks = .allocate(capacity: 1)
    callbacks.initialize(to: ssh_channel_callbacks_struct())
    callbacks.pointee.size = MemoryLayout<ssh_channel_callbacks_struct>.size
    // Not retained: `close` ends the callbacks before this object can go.
    callbacks.pointee.userdata = Unmanaged.passUnretained(self).toOpaque()
    callbacks.pointee.channel_data_function = { _, _, data, length, isError, context in
      SSHServerChannel.from(context)?.take(data, Int(length), isError: isError != 0)
      return Int32(length)
    }
    callbacks.pointee.channel_eof_function = { _, _, context in SSHServerChannel.from(context)?.isAtEnd = true }
    callbacks.pointee.channel_close_function = { _, _, context in SSHServerChannel.from(context)?.isClosed = true }
    callbacks.pointee.channel_exec_request_function = { _, _, command, context in
      SSHServerChannel.from(context)?.begin(command.map { String(cString: $0) }) ?? 1
    }
    callbacks.pointee.channel_shell_request_function = { _, _, context in
      SSHServerChannel.from(context)?.begin(nil) ?? 1
    }
    // No terminal: these guests are for programs.
    callbacks.pointee.channel_pty_request_function = { _, _, _, _, _, _, _, _ in -1 }
    callbacks.pointee.channel_env_request_function = { _, _, _, _, _ in 0 }
    ssh_set_channel_callbacks(handle, callbacks)
  }

  deinit {
    callbacks.deinitialize(count: 1)
    callbacks.deallocate()
  }

  /// Whether everything has been said, or nobody listens.
  var isDone: Bool {
    if case .done = stage { return true }
    return isClosed
  }

  /// The script that is complete now; nil: none is, or it was taken.
  func takeScript() -> String? {
    switch stage {
    case .command(let command): return command
    case .reading where isAtEnd: return String(decoding: input, as: UTF8.self)
    case .waiting, .reading, .running, .done: return nil
    }
  }

  /// The script's result, which the client gets at an instant.
  func give(_ result: GuestShellResult, at due: ContinuousClock.Instant) {
    (output, errors, status) = (Array(result.stdout.utf8)[...], Array(result.stderr.utf8)[...], result.exitCode)
    stage = .running(until: due)
  }

  func give(_ complaint: String, status: Int, at due: ContinuousClock.Instant) {
    (output, errors, self.status) = ([], Array(complaint.utf8)[...], status)
    stage = .running(until: due)
  }

  /// Sends what is due and the client takes.
  /// - Returns: when there is more to send; nil: nothing is, or the client must make room first.
  func answer() -> ContinuousClock.Instant? {
    guard case .running(let due) = stage else { return nil }
    guard due <= .now else { return due }
    send(&output, ssh_channel_write)
    send(&errors, ssh_channel_write_stderr)
    guard output.isEmpty, errors.isEmpty else { return nil }
    ssh_channel_request_send_exit_status(handle, Int32(status))
    ssh_channel_send_eof(handle)
    ssh_channel_close(handle)
    stage = .done
    return nil
  }

  /// Ends the callbacks and frees the channel.
  func close() {
    ssh_remove_channel_callbacks(handle, callbacks)
    ssh_channel_free(handle)
  }

  private func send(
    _ bytes: inout ArraySlice<UInt8>, _ write: (ssh_channel?, UnsafeRawPointer?, UInt32) -> Int32
  ) {
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { write(handle, $0.baseAddress, UInt32($0.count)) }
      guard count > 0 else { return }
      bytes = bytes.dropFirst(Int(count))
    }
  }

  private func take(_ data: UnsafeMutableRawPointer?, _ length: Int, isError: Bool) {
    guard let data, !isError else { return }
    input.append(contentsOf: UnsafeRawBufferPointer(start: data, count: length))
    if input.count > Self.maximumInput {
      input = Array("echo 'sh: input too long' && exit 2\n".utf8)
      isAtEnd = true
    }
  }

  /// - Parameter command: nil: the login shell.
  /// - Returns: 0: it will be run.
  private func begin(_ command: String?) -> Int32 {
    guard case .waiting = stage else { return 1 }
    stage = command.map { Self.isShell($0) ? .reading : .command($0) } ?? .reading
    return 0
  }

  /// `/bin/sh -s` and its like read what they do.
  private static func isShell(_ command: String) -> Bool {
    let words = command.split(separator: " ").map(String.init)
    guard let name = words.first?.split(separator: "/").last, ["sh", "dash", "bash"].contains(name) else {
      return false
    }
    return words.dropFirst().allSatisfy { ["-s", "-", "--"].contains($0) }
  }

  private static func from(_ context: UnsafeMutableRawPointer?) -> SSHServerChannel? {
    context.map { Unmanaged<SSHServerChannel>.fromOpaque($0).takeUnretainedValue() }
  }
}
