import Dispatch
import FleetModel
import Glibc
import Synchronization

/// A pipe to or from a command. What is not taken is closed when the last reference goes.
final class CommandPipe: Sendable {
  /// Why there is no pipe: the monitor is out of something.
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  private struct Ends {
    var read: Int32
    var write: Int32
  }
  private let ends: Mutex<Ends>
  private let bell: Mutex<Ends>

  /// An empty pipe for output.
  init() throws(Failure) {
    let bell = try Self.open()
    do {
      ends = Mutex(try Self.open())
    } catch {
      close(bell.read)
      close(bell.write)
      throw error
    }
    self.bell = Mutex(bell)
  }

  /// A pipe that already holds all of `text` and has no writer any more.
  convenience init(holding text: String) throws(Failure) {
    try self.init()
    let write = takeWriteEnd()
    defer { close(write) }
    _ = fcntl(write, F_SETFL, fcntl(write, F_GETFL) | O_NONBLOCK)
    var text = text
    let written = text.withUTF8 { $0.isEmpty ? 0 : Glibc.write(write, $0.baseAddress, $0.count) }
    guard written == text.utf8.count else {
      throw Failure(description: "the monitor's kernel gives no pipe that holds \(text.utf8.count) bytes")
    }
  }

  deinit {
    for ends in [ends.withLock { $0 }, bell.withLock { $0 }] {
      if ends.read >= 0 { close(ends.read) }
      if ends.write >= 0 { close(ends.write) }
    }
  }

  private static func open() throws(Failure) -> Ends {
    var descriptors: [Int32] = [-1, -1]
    guard pipe(&descriptors) == 0 else {
      throw Failure(description: "no pipe: \(String(cString: strerror(errno)))")
    }
    // Another thread that starts a program between the two calls may hand a copy on; then the end of the pipe is not
    // seen, and `stop` ends the reading instead.
    for descriptor in descriptors { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
    return Ends(read: descriptors[0], write: descriptors[1])
  }

  /// Hands the read end over; the taker closes it.
  func takeReadEnd() -> Int32 {
    ends.withLock { ends in
      defer { ends.read = -1 }
      return ends.read
    }
  }

  /// Hands the write end over; the taker closes it.
  func takeWriteEnd() -> Int32 {
    ends.withLock { ends in
      defer { ends.write = -1 }
      return ends.write
    }
  }

  /// Ends the collecting, after what is in the pipe now: a grandchild may hold it open for ever.
  func stop() {
    bell.withLock { bell in
      if bell.write >= 0 { close(bell.write) }
      bell.write = -1
    }
  }

  /// Reads two pipes until both are at their end or stopped, on a thread of its own: waiting for a command must not
  /// hold one of Swift's few. What is over `limit` bytes is thrown away, so the writer never stalls.
  static func collect(_ first: CommandPipe, _ second: CommandPipe, limit: Int) async -> (String, String) {
    await withCheckedContinuation { continuation in
      DispatchQueue(label: "azlin.command").async {
        continuation.resume(returning: read([first, second], limit: limit))
      }
    }
  }

  private static func read(_ pipes: [CommandPipe], limit: Int) -> (String, String) {
    let descriptors = pipes.map { pipe in (read: pipe.takeReadEnd(), bell: pipe.bell.withLock { $0.read }) }
    var texts: [[UInt8]] = [[], []]
    var open = [true, true]
    var stopped = [false, false]
    // A pipe holds 64 KiB; a grandchild that writes without end must not keep us after the stop.
    var patience = 64
    var buffer = [UInt8](repeating: 0, count: 16 * 1024)
    for descriptor in descriptors {
      _ = fcntl(descriptor.read, F_SETFL, fcntl(descriptor.read, F_GETFL) | O_NONBLOCK)
    }
    while open.contains(true) {
      var polled: [pollfd] = []
      for i in 0..<2 {
        // A negative descriptor is skipped by poll.
        polled.append(pollfd(fd: open[i] ? descriptors[i].read : -1, events: Int16(POLLIN), revents: 0))
        polled.append(pollfd(fd: open[i] && !stopped[i] ? descriptors[i].bell : -1, events: Int16(POLLIN), revents: 0))
      }
      if poll(&polled, nfds_t(polled.count), stopped.contains(true) ? 0 : -1) < 0, errno != EINTR { break }
      for i in 0..<2 where open[i] {
        if polled[2 * i + 1].revents != 0 { stopped[i] = true }
        if stopped[i] { patience -= 1 }
        let count = Glibc.read(descriptors[i].read, &buffer, buffer.count)
        if count > 0, patience > 0 {
          texts[i].append(contentsOf: buffer.prefix(min(count, limit - texts[i].count)))
        } else if count == 0 || stopped[i] || (errno != EAGAIN && errno != EINTR) {
          open[i] = false
        }
      }
    }
    for descriptor in descriptors { close(descriptor.read) }
    return (String(decoding: texts[0], as: UTF8.self), String(decoding: texts[1], as: UTF8.self))
  }
}
