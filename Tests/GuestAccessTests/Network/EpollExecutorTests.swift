import Glibc
import Testing

@testable import GuestAccess

@Suite("The network thread")
struct EpollExecutorTests {
  let loop = TestLoops.shared.network

  @Test("wakes a wait when its descriptor becomes readable")
  func readable() async throws {
    var ends: [Int32] = [0, 0]
    try #require(pipe(&ends) == 0)
    let (reader, writer) = (Descriptor(ends[0]), Descriptor(ends[1]))
    async let outcome = loop.wait(for: reader.value, .readable, until: .now + .seconds(5))
    try #require(write(writer.value, "x", 1) == 1)
    guard case .ready = await outcome else {
      Issue.record("not ready")
      return
    }
  }

  @Test("ends a wait at its deadline, not before and not much after")
  func deadline() async throws {
    var ends: [Int32] = [0, 0]
    try #require(pipe(&ends) == 0)
    let (reader, writer) = (Descriptor(ends[0]), Descriptor(ends[1]))
    let start = ContinuousClock.now
    let outcome = await loop.wait(for: reader.value, .readable, until: start + .milliseconds(80))
    let took = start.duration(to: .now)
    guard case .timedOut = outcome else {
      Issue.record("\(outcome)")
      return
    }
    #expect(took >= .milliseconds(80))
    #expect(took < .seconds(2))
    writer.close()
  }

  @Test("ends a wait when its task is cancelled, also before it began")
  func cancellation() async throws {
    for delay in [Duration.zero, .milliseconds(20)] {
      let task = Task { await loop.sleep(until: .now + .seconds(60)) }
      if delay > .zero { _ = await loop.sleep(until: .now + delay) }
      task.cancel()
      guard case .cancelled = await task.value else {
        Issue.record("not cancelled")
        return
      }
    }
  }

  @Test("refuses a descriptor that is closed")
  func closed() async {
    guard case .failed(EBADF) = await loop.wait(for: 100_000, .readable, until: .now + .seconds(1)) else {
      Issue.record("waited for a closed descriptor")
      return
    }
  }

  @Test("outlives a program that goes before it has read its input")
  func brokenPipe() async {
    let command = LocalCommand("/bin/true", [], input: String(repeating: "x", count: 1 << 20))
    let outcome = await command.run(until: .now + .seconds(10), on: loop)
    if case .timedOut = outcome { Issue.record("waited for a program that had ended") }
  }

  @Test("kills a program that does not end, with its children")
  func hangingProgram() async {
    let start = ContinuousClock.now
    let command = LocalCommand("/bin/sh", ["-c", "sleep 60 & sleep 60"])
    #expect(await command.run(until: start + .milliseconds(300), on: loop) == .timedOut)
    #expect(start.duration(to: .now) < .seconds(5))
  }

  @Test("does not wait for a child that escaped its program's group and keeps the output open")
  func escapedProgram() async {
    let start = ContinuousClock.now
    let command = LocalCommand("/bin/sh", ["-c", "echo done; setsid sleep 8 & exit 0"])
    #expect(
      await command.run(until: start + .seconds(20), on: loop) == .exited(status: 0, output: "done\n", errors: ""))
    #expect(start.duration(to: .now) < .seconds(6))
    // Until that child ends: whatever still reads from it must not trap then.
    _ = await loop.sleep(until: start + .seconds(9))
  }

  @Test("ends at once with its task")
  func cancelledProgram() async {
    let loop = loop
    let task = Task { await LocalCommand("/bin/sleep", ["60"]).run(until: .now + .seconds(30), on: loop) }
    _ = await loop.sleep(until: .now + .milliseconds(200))
    let start = ContinuousClock.now
    task.cancel()
    #expect(await task.value == .timedOut)
    #expect(start.duration(to: .now) < .seconds(5))
  }

  @Test("gives a program its input and takes both its outputs")
  func program() async {
    let command = LocalCommand(
      "/bin/sh", ["-c", "cat; echo $WORD >&2; exit 3"], input: "in", environment: ["WORD": "err"])
    #expect(
      await command.run(until: .now + .seconds(10), on: loop)
        == .exited(status: 3, output: "in", errors: "err\n"))
  }

  @Test("serves ten thousand waits at once and forgets them all")
  func many() async {
    let before = loop.pendingWaits
    await withTaskGroup(of: Void.self) { group in
      for index in 0..<10_000 {
        group.addTask { _ = await loop.sleep(until: .now + .milliseconds(index % 50)) }
      }
    }
    #expect(await eventually { loop.pendingWaits <= before + 50 })
  }

  @Test("goes on without work that does not end")
  func within() async {
    let start = ContinuousClock.now
    let value = await GuestAccess.within(start + .milliseconds(50), on: loop) {
      _ = await TestLoops.shared.agent.sleep(until: .now + .seconds(30))
      return 1
    }
    #expect(value == nil)
    #expect(start.duration(to: .now) < .seconds(5))
  }
}
