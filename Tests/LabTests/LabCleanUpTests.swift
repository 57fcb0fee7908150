import LabKit
import Testing

@Suite("What a lab leaves behind: nothing", .requiresLab, .serialized)
struct LabCleanUpTests {
  private struct Sabotage: Error {}

  @Test("after its body")
  func afterBody() async throws {
    let lab = try await Lab.with { lab in
      _ = try await lab.guest("web-1", disk: .full)
      #expect(try await !traces(of: lab).isEmpty)
      return lab
    }
    #expect(try await traces(of: lab) == "")
  }

  @Test("after an error, with a frozen guest and a pulled cable")
  func afterError() async throws {
    var seen: Lab?
    await #expect(throws: Sabotage.self) {
      try await Lab.with { lab in
        seen = lab
        let guest = try await lab.guest("web-1")
        try await guest.freeze()
        try await guest.setCable(plugged: false)
        throw Sabotage()
      }
    }
    #expect(try await traces(of: try #require(seen)) == "")
  }

  @Test("after a cancellation")
  func afterCancellation() async throws {
    let (stream, continuation) = AsyncStream.makeStream(of: Lab.self)
    let task = Task {
      try await Lab.with { lab in
        _ = try await lab.guest("web-1")
        continuation.yield(lab)
        try await Task.sleep(for: .seconds(600))
      }
    }
    var labs = stream.makeAsyncIterator()
    let lab = try #require(await labs.next())
    task.cancel()
    await #expect(throws: (any Error).self) { try await task.value }
    #expect(try await eventually(within: .seconds(60)) { try await traces(of: lab) == "" })
  }

  @Test("after its holder was killed, as soon as there is another lab")
  func afterKilledHolder() async throws {
    var seen: Lab?
    _ = try? await Lab.with { lab in
      seen = lab
      _ = try await lab.guest("web-1", disk: .full)
      // The holder is the only bash with this lab's lock open.
      let script =
        #"for p in $(pgrep -x bash); do ls -l /proc/$p/fd 2>/dev/null | grep -q "$1.lock" && kill -KILL $p; done"#
      try await LabCommand.succeed(["sh", "-c", "\(script); true", "sh", "/\(lab.number)"])
    }
    let lab = try #require(seen)
    #expect(try await !traces(of: lab).isEmpty)
    try await Lab.with { _ in }
    #expect(try await traces(of: lab) == "")
  }

  /// All on this machine that bears the lab's number: processes, namespaces, links, mounts, control groups, files.
  private func traces(of lab: Lab) async throws -> String {
    let script = """
      for p in $(pgrep -x systemd-nspawn); do tr '\\0' '\\n' < /proc/$p/cmdline | grep -e "=azlin-lab$1-"; done
      ip netns list | grep "^azlin-lab$1-"
      ip -o link show | grep -o "azl$1v[0-9]*"
      grep -F "$2/" /proc/mounts
      find /sys/fs/cgroup -type d -name "azlin-lab$1-*"
      ls -d "$2" 2>/dev/null
      true
      """
    return try await LabCommand.run(["sh", "-c", script, "sh", "\(lab.number)", lab.directory]).output
  }
}
