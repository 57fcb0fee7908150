import Foundation
import GuestAccess

/// A program named `az` that opens tunnels as the real one does: it listens, and leads every connection to a port of
/// this machine.
final class FakeAz: Sendable {
  let directory: String
  var program: String { directory + "/az" }

  /// - Parameters:
  ///   - target: the port of 127.0.0.1 that stands for the machine's.
  ///   - trouble: Python that is run first.
  init(target: UInt16, trouble: String = "") throws {
    directory = "/tmp/azlin-az-\(getpid())-\(UInt32.random(in: 0 ... .max))"
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
    try """
    #!/usr/bin/env python3
    import os, socket, sys, threading, time
    open("\(directory)/calls", "a").write(" ".join(sys.argv[1:]) + "\\n")
    open("\(directory)/pids", "a").write("%d\\n" % os.getpid())
    \(trouble)
    port = int(sys.argv[sys.argv.index("--port") + 1])
    time.sleep(0.3)
    listener = socket.create_server(("127.0.0.1", port))
    def copy(a, b):
        try:
            while data := a.recv(65536):
                b.sendall(data)
            b.shutdown(socket.SHUT_WR)
        except OSError:
            pass
    while True:
        near, _ = listener.accept()
        open("\(directory)/connections", "a").write("x")
        try:
            far = socket.create_connection(("127.0.0.1", \(target)))
        except OSError:
            near.close()
            continue
        threading.Thread(target=copy, args=(near, far), daemon=True).start()
        threading.Thread(target=copy, args=(far, near), daemon=True).start()

    """.write(toFile: program, atomically: true, encoding: .utf8)
    chmod(program, 0o755)
  }

  private func read(_ name: String) -> String {
    (try? String(contentsOfFile: directory + "/" + name, encoding: .utf8)) ?? ""
  }

  /// How it was called, each time.
  var calls: [String] { read("calls").split(separator: "\n").map(String.init) }
  var connections: Int { read("connections").count }
  /// Those of its processes that live.
  var living: [pid_t] {
    read("pids").split(separator: "\n").compactMap { pid_t($0) }.filter { kill($0, 0) == 0 && !isZombie($0) }
  }

  private func isZombie(_ process: pid_t) -> Bool {
    let text = (try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)) ?? ""
    return text.split(separator: ")").last?.split(separator: " ").first == "Z"
  }

  deinit { try? FileManager.default.removeItem(atPath: directory) }
}

/// The network threads of the tests that need some.
enum TestLoops {
  static let shared: NetworkLoops = {
    do { return try NetworkLoops() } catch { fatalError("\(error)") }  // no tests without threads
  }()
}

/// Waits for a condition with a deadline.
func eventually(within limit: Duration = .seconds(10), _ condition: () -> Bool) async -> Bool {
  let deadline = ContinuousClock.now + limit
  while ContinuousClock.now < deadline {
    if condition() { return true }
    _ = await TestLoops.shared.network.sleep(until: .now + .milliseconds(20))
  }
  return condition()
}
