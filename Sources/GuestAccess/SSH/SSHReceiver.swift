import CLibSSH

/// Takes what comes over one channel at the moment libssh reads it.
///
/// libssh's reading calls each process whatever packets have come, for both streams: by asking one after the other,
/// something is left in a buffer while the socket is empty, and a wait for the socket never ends.
final class SSHReceiver {
  private(set) var output: [UInt8] = []
  private(set) var errors: [UInt8] = []
  private(set) var isAtEnd = false
  private(set) var isClosed = false
  private(set) var exitStatus: Int?
  private(set) var bytesReceived = 0
  private let channel: ssh_channel
  private let callbacks: UnsafeMutablePointer<ssh_channel_callbacks_struct>

  /// Listens on a channel until `detach`.
  init(_ channel: ssh_channel) {
    self.channel = channel
    callbacks = .allocate(capacity: 1)
    callbacks.initialize(to: ssh_channel_callbacks_struct())
    callbacks.pointee.size = MemoryLayout<ssh_channel_callbacks_struct>.size
    // Not retained: `detach` ends the callbacks before this object can go.
    callbacks.pointee.userdata = Unmanaged.passUnretained(self).toOpaque()
    callbacks.pointee.channel_data_function = { _, _, data, length, isError, context in
      SSHReceiver.from(context)?.take(data, Int(length), isError: isError != 0)
      return Int32(length)
    }
    callbacks.pointee.channel_eof_function = { _, _, context in SSHReceiver.from(context)?.isAtEnd = true }
    callbacks.pointee.channel_close_function = { _, _, context in SSHReceiver.from(context)?.isClosed = true }
    callbacks.pointee.channel_exit_status_function = { _, _, status, context in
      SSHReceiver.from(context)?.exitStatus = Int(status)
    }
    ssh_set_channel_callbacks(channel, callbacks)
  }

  /// Ends the callbacks; the channel must still exist.
  func detach() { ssh_remove_channel_callbacks(channel, callbacks) }

  deinit {
    callbacks.deinitialize(count: 1)
    callbacks.deallocate()
  }

  var isOverfull: Bool { output.count > ShellOutput.limit || errors.count > ShellOutput.limit }

  var result: ShellOutput {
    ShellOutput(
      exitStatus: exitStatus, output: String(decoding: output, as: UTF8.self),
      errors: String(decoding: errors, as: UTF8.self))
  }

  private func take(_ data: UnsafeMutableRawPointer?, _ length: Int, isError: Bool) {
    bytesReceived += length
    guard let data, !isOverfull else { return }
    let bytes = UnsafeRawBufferPointer(start: data, count: length)
    if isError { errors.append(contentsOf: bytes) } else { output.append(contentsOf: bytes) }
  }

  private static func from(_ context: UnsafeMutableRawPointer?) -> SSHReceiver? {
    context.map { Unmanaged<SSHReceiver>.fromOpaque($0).takeUnretainedValue() }
  }
}
