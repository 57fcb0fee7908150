import CNcurses
import Glibc

/// Keeps what is written to standard output and standard error while the screen is up, for the time after.
///
/// A stream that leads elsewhere than to a terminal is left alone: its text cannot harm the screen.
struct StandardErrorCapture {
  /// Bytes at which the beginning is dropped, so that a talkative library cannot fill the memory.
  private static let limit: Int64 = 1 << 20
  /// Bytes that are kept then.
  private static let kept = 1 << 16

  private let file: Int32
  /// Copies of the streams as they were; −1 for those left alone.
  let output: Int32
  let error: Int32

  /// Redirects the streams; nil where that is impossible, and then nothing is captured.
  init?() {
    file = cnc_memory_file("captured-standard-error")
    guard file >= 0 else { return nil }
    output = Self.redirect(STDOUT_FILENO, to: file)
    error = Self.redirect(STDERR_FILENO, to: file)
    cnc_restore_set_capture(file, output, error)
  }

  private static func redirect(_ stream: Int32, to file: Int32) -> Int32 {
    guard isatty(stream) == 1 else { return -1 }
    fflush(nil)
    let copy = fcntl(stream, F_DUPFD_CLOEXEC, 3)
    if copy >= 0 { dup2(file, stream) }
    return copy
  }

  /// Drops the beginning of what was captured if it has grown too long.
  func trim() {
    var status = stat()
    guard fstat(file, &status) == 0, status.st_size > Self.limit else { return }
    let tail = read(from: Int64(status.st_size) - Int64(Self.kept))
    guard ftruncate(file, 0) == 0 else { return }
    tail.withUnsafeBytes { bytes in _ = cnc_write(file, bytes.baseAddress, bytes.count) }
  }

  /// Gives the streams back; what was captured is then written to standard error, made harmless for a terminal.
  func finish() {
    fflush(nil)
    cnc_restore_set_capture(-1, -1, -1)
    for (copy, stream) in [(output, STDOUT_FILENO), (error, STDERR_FILENO)] where copy >= 0 {
      dup2(copy, stream)
      close(copy)
    }
    let captured = read(from: 0)
    close(file)
    var text = ""
    for line in String(decoding: captured, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false) {
      text += TextWidth.prefix(String(line), columns: .max) + "\n"
    }
    // The last line end was the text's own.
    text.removeLast()
    text.withUTF8 { bytes in _ = cnc_write(STDERR_FILENO, bytes.baseAddress, bytes.count) }
  }

  private func read(from offset: Int64) -> [UInt8] {
    var bytes: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 1 << 14)
    while true {
      let count = pread(file, &block, block.count, Int(offset) + bytes.count)
      guard count > 0 else { return bytes }
      bytes += block[..<count]
    }
  }
}
