import Foundation
import Testing

@testable import Hosts

@Suite("Running commands of the inventory")
struct CommandRunnerTests {
  private let runner = CommandRunner(environment: [
    "PATH": "/usr/bin:/bin", "HOME": "/home/ops", "LANG": "C.UTF-8", "AZURE_CLIENT_SECRET": "x", "LD_PRELOAD": "y",
  ])

  private func sh(_ text: String, timeout: Duration = .seconds(20), input: String? = nil) async -> CommandOutcome {
    await runner.run(["/bin/sh", "-c", text], input: input, timeout: timeout)
  }

  @Test("Exit code, output and errors come back as they are")
  func outcome() async {
    #expect(
      await sh("echo out; echo err >&2; exit 7")
        == CommandOutcome(ending: .exited(7), output: "out\n", errors: "err\n"))
    #expect(await sh("kill -9 $$").ending == .signalled(9))
    #expect(await runner.run(["sh", "-c", "exit 0"]).ending == .exited(0))
  }

  @Test("Arguments reach the program word by word, past any shell")
  func arguments() async {
    let outcome = await runner.run(["printf", "%s|", "a b", "$HOME", "'", "*"])
    #expect(outcome.output == "a b|$HOME|'|*|")
  }

  @Test("A script comes on standard input, all of it")
  func input() async {
    let script = "wc -c\n" + String(repeating: "x", count: 60_000 - 6)
    #expect(await runner.run(["sh", "-s"], input: "echo from-stdin").output == "from-stdin\n")
    #expect(await sh("wc -c", input: script).output.contains("60000"))
    #expect(await sh("cat").output.isEmpty)
    #expect(await sh("true", input: script).ending == .exited(0))
  }

  @Test("Nothing of the monitor's environment is handed on but PATH, HOME and LANG")
  func environment() async {
    let names = await runner.run(["env"]).output.split(separator: "\n").map { $0.prefix { $0 != "=" } }
    #expect(Set(names) == ["PATH", "HOME", "LANG"])
    #expect(await sh("pwd").output == "/\n")
  }

  @Test("What is too much is thrown away, and the command still ends")
  func bounded() async {
    let outcome = await sh("head -c 5000000 /dev/zero | tr '\\0' x; echo; echo end >&2")
    #expect(outcome.ending == .exited(0))
    #expect(outcome.output.utf8.count == CommandRunner.outputLimit)
    #expect(outcome.errors == "end\n")
  }

  @Test("At the time-out the whole process group is gone, grandchildren too")
  func timeout() async throws {
    let begin = ContinuousClock.now
    let outcome = await sh("sleep 300 & echo $!; sleep 301", timeout: .seconds(2))
    #expect(outcome.ending == .timedOut)
    #expect(ContinuousClock.now - begin < .seconds(10))
    try await waitUntilGone(try #require(pid_t(outcome.output.split(separator: "\n").first ?? "")))
  }

  @Test("When nobody waits any more, the command is ended")
  func cancelled() async throws {
    let pid = FileManager.default.temporaryDirectory.appending(path: "azlin-pid-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: pid) }
    let task = Task { await sh("echo $$ >\(pid).new; mv \(pid).new \(pid); sleep 300") }
    let deadline = ContinuousClock.now + .seconds(20)
    while !FileManager.default.fileExists(atPath: pid), ContinuousClock.now < deadline { await Task.yield() }
    task.cancel()
    #expect(await task.value.ending == .cancelled)
    let text = try String(contentsOfFile: pid, encoding: .utf8)
    try await waitUntilGone(try #require(pid_t(text.split(separator: "\n")[0])))
  }

  @Test("A command that leaves something running is over when it ends itself, and what it left lives on")
  func background() async throws {
    let begin = ContinuousClock.now
    let outcome = await sh("sleep 300 & echo $!")
    #expect(outcome.ending == .exited(0))
    #expect(ContinuousClock.now - begin < .seconds(10))
    let pid = try #require(pid_t(outcome.output.split(separator: "\n").first ?? ""))
    #expect(kill(pid, 0) == 0)
    kill(pid, SIGKILL)
  }

  @Test("A program that is not there is said to be so", arguments: ["/nowhere/vm", "azlin-no-such-program"])
  func notThere(program: String) async {
    guard case .notStarted(let why) = await runner.run([program]).ending else {
      Issue.record("it ran")
      return
    }
    #expect(why.contains(program))
  }

  @Test("Many commands, also failing ones, leave no file open")
  func descriptors() async throws {
    func count() throws -> Int { try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count }
    for _ in 0..<3 { _ = await sh("true") }
    let before = try count()
    for _ in 0..<40 {
      _ = await sh("echo x", input: "y")
      _ = await runner.run(["/nowhere/vm"])
    }
    // Other tests of this process open files meanwhile.
    #expect(try count() < before + 40)
  }

  private func waitUntilGone(_ pid: pid_t) async throws {
    let deadline = ContinuousClock.now + .seconds(10)
    // A killed orphan may stay a zombie until its reaper comes round.
    func isAlive() -> Bool {
      guard let status = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8) else { return false }
      return !status.contains(") Z")
    }
    while isAlive() {
      guard ContinuousClock.now < deadline else {
        Issue.record("process \(pid) lives on")
        return
      }
      try await Task.sleep(for: .milliseconds(10))
    }
  }
}
