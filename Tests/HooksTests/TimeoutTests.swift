import FleetModel
import Foundation
import Testing

@testable import Hooks

@Suite("A hook that does not end")
struct TimeoutTests {
  let scene = Scene()

  func process(_ name: String) async throws -> Int32 {
    try #require(await eventually { scene.text(name)?.hasSuffix("\n") == true })
    return try #require(Int32(scene.text(name)?.dropLast() ?? ""))
  }

  @Test("gets TERM at its time-out, and may use it to clean up")
  func term() async throws {
    let hook = try scene.script(
      "term.sh", "trap 'echo cleaned; exit 0' TERM\necho begun\nwhile :; do sleep 0.05; done",
      timeout: .milliseconds(300))
    let run = try #require(await scene.runner().run(occasion(), [hook]).first)
    #expect(run.result == .timedOut)
    #expect(run.output == "begun\ncleaned\n")
    #expect(run.elapsed >= .milliseconds(300))
    #expect(run.elapsed < .seconds(20))
  }

  @Test("is killed 2 s after TERM, with a grandchild that ignores TERM and holds the pipe")
  func kill() async throws {
    let hook = try scene.script(
      "stubborn.sh",
      """
      trap '' TERM
      sh -c 'trap "" TERM; echo $$ > "$HOME/grandchild"; while :; do sleep 0.05; done' &
      echo $$ > "$HOME/leader"
      echo begun
      while :; do sleep 0.05; done
      """, timeout: .milliseconds(300))
    let run = try #require(await scene.runner().run(occasion(), [hook]).first)
    #expect(run.result == .timedOut)
    #expect(run.output == "begun\n")
    #expect(run.elapsed >= .milliseconds(2_300))
    #expect(run.elapsed < .seconds(20))
    let leader = try await process("leader")
    #expect(!runs(leader))
    let grandchild = try await process("grandchild")
    #expect(!runs(grandchild))
  }

  @Test("whose leader ends on TERM still has its stubborn grandchild killed, after the grace")
  func orphanAfterTerm() async throws {
    let hook = try scene.script(
      "orphan.sh",
      """
      sh -c 'trap "" TERM; echo $$ > "$HOME/grandchild"; while :; do sleep 0.05; done' &
      while [ ! -s "$HOME/grandchild" ]; do sleep 0.01; done
      sleep 60
      """, timeout: .milliseconds(800))
    let run = try #require(await scene.runner().run(occasion(), [hook]).first)
    #expect(run.result == .timedOut)
    #expect(run.elapsed >= .milliseconds(2_800))
    let grandchild = try await process("grandchild")
    #expect(!runs(grandchild))
  }

  @Test("for its grandchild's sake: a leader that ends leaves nobody behind, and nobody waits for the pipe")
  func leftBehind() async throws {
    let hook = try scene.script(
      "left.sh",
      """
      sh -c 'trap "" TERM HUP; echo $$ > "$HOME/grandchild"; while :; do sleep 0.05; done' &
      while [ ! -s "$HOME/grandchild" ]; do sleep 0.01; done
      echo done
      """)
    let run = try #require(await scene.runner().run(occasion(), [hook]).first)
    #expect(run.result == .exited(0))
    #expect(run.output == "done\n")
    #expect(run.elapsed < .seconds(20))
    let grandchild = try await process("grandchild")
    #expect(!runs(grandchild))
  }

  @Test("also in a process group that a child has made for itself")
  func ownGroup() async throws {
    let hook = try scene.script(
      "jobs.sh",
      """
      set -m
      sh -c 'trap "" TERM HUP; echo $$ > "$HOME/job"; while :; do sleep 0.05; done' &
      while [ ! -s "$HOME/job" ]; do sleep 0.01; done
      exit 4
      """, interpreter: "#!/bin/bash")
    let run = try #require(await scene.runner().run(occasion(), [hook]).first)
    #expect(run.result == .exited(4))
    let job = try await process("job")
    #expect(!runs(job))
  }

  @Test("a child that leaves the session and holds the pipe does not hold up the result")
  func leftSession() async throws {
    let hook = try scene.script(
      "daemon.sh",
      """
      setsid sh -c 'echo $$ > "$HOME/daemon"; exec sleep 30' &
      while [ ! -s "$HOME/daemon" ]; do sleep 0.01; done
      echo done
      """)
    let run = try #require(await scene.runner().run(occasion(), [hook]).first)
    #expect(run.result == .exited(0))
    #expect(run.output == "done\n")
    #expect(run.elapsed < .seconds(20))
    Glibc.kill(try await process("daemon"), SIGKILL)
  }

  @Test("and writes without end is kept to its time-out all the same")
  func endlessOutput() async throws {
    let hook = try scene.script("yes.sh", "exec yes", timeout: .milliseconds(300))
    let run = try #require(await scene.runner().run(occasion(), [hook]).first)
    #expect(run.result == .timedOut)
    #expect(run.elapsed < .seconds(20))
    #expect(run.output.contains("bytes more"))
  }

  @Test("though stopped, is ended")
  func stopped() async throws {
    let hook = try scene.script("stopped.sh", "kill -STOP $$", timeout: .milliseconds(300))
    let run = try #require(await scene.runner().run(occasion(), [hook]).first)
    #expect(run.result == .timedOut)
    #expect(run.elapsed < .seconds(20))
  }

  @Test("is ended when azlin is being stopped, and later hooks do not begin")
  func cancelled() async throws {
    let first = try scene.script("first.sh", "echo $$ > \"$HOME/first\"; sleep 60")
    let second = try scene.script("second.sh", "touch \"$HOME/second\"")
    let running = Task { await scene.runner().run(occasion(), [first, second]) }
    let leader = try await process("first")
    running.cancel()
    let ended = await running.value
    #expect(ended.map(\.result) == [.killed(signal: SIGTERM), .refused("azlin is being stopped")])
    #expect(!runs(leader))
    #expect(scene.text("second") == nil)
  }
}
