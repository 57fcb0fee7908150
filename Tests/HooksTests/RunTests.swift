import FleetModel
import Foundation
import Testing

@testable import Hooks

@Suite("A hook that runs")
struct RunTests {
  let scene = Scene()

  @Test("gets VM name, reason and time as arguments, whatever they hold")
  func arguments() async throws {
    let reason = "it's \"down\"; $(touch \(scene.path)/pwned) `id`\nsecond line\u{0}\u{1B}[31m\u{202E}"
    let hook = try scene.script("args.sh", #"printf '%s|' "$#" "$@""#)
    let run = try #require(await scene.runner().run(occasion(name: "web 1", reason: reason), [hook]).first)
    #expect(run.result == .exited(0))
    #expect(
      run.output
        == "3|web 1|it's \"down\"; $(touch \(scene.path)/pwned) `id`^Jsecond line^[[31m<U+202E>|2025-12-03T12:00:00Z|")
    #expect(scene.text("pwned") == nil)
  }

  @Test("gets the listed environment and nothing else")
  func environment() async throws {
    // What the shell itself was started with, before it added anything.
    let hook = try scene.script("env.sh", #"tr '\0' '\n' < /proc/$$/environ"#)
    let run = try #require(await scene.runner().run(occasion(), [hook]).first)
    #expect(
      run.output.split(separator: "\n").map { String($0) } == [
        "AZLIN_VM_NAME=web-1", "AZLIN_VM_ID=/subscriptions/s/resourcegroups/web/virtualmachines/web-1",
        "AZLIN_EVENT=on-failure", "AZLIN_TIMESTAMP=2025-12-03T12:00:00Z", "AZLIN_REGION=westeurope",
        "AZLIN_RESOURCE_GROUP=web", "AZLIN_REASON=SSH connection refused (port 22)", "AZLIN_VERDICT=critical",
        "AZLIN_ATTEMPT=2", "AZLIN_CONFIG_DIR=\(scene.path)", "AZLIN_CONTEXT=prod-weu",
        "AZURE_CONFIG_DIR=/home/ops/.azure", "PATH=/opt/azlin/bin:/usr/local/bin:/usr/bin:/bin",
        "HOME=\(scene.path)", "LANG=C.UTF-8", "TZ=Europe/Berlin",
      ])
  }

  @Test("has no terminal, no input, no descriptor of azlin's, and a session of its own")
  func isolation() async throws {
    let hook = try scene.script(
      "isolated.sh",
      """
      readlink /proc/self/fd/0
      ls /proc/self/fd | wc -l
      read x || echo 'end of input'
      awk '{ print ($5 == $1) ($6 == $1) }' /proc/$$/stat
      pwd
      """)
    // A descriptor that a careless child would inherit.
    let leak = open("/dev/null", O_RDONLY)
    defer { close(leak) }
    let run = try #require(await scene.runner().run(occasion(), [hook]).first)
    // ls itself has 0, 1, 2 and the directory it reads.
    #expect(run.output == "/dev/null\n4\nend of input\n11\n\(scene.path)\n")
  }

  @Test("is told by its exit code or signal", arguments: [0, 1, 3, 126, 255])
  func exitCode(code: Int) async throws {
    let hook = try scene.script("exit.sh", "echo out; echo err >&2; exit \(code)")
    let run = try #require(await scene.runner().run(occasion(), [hook]).first)
    #expect(run.result == .exited(Int32(code)))
    #expect((run.output, run.errorOutput) == ("out\n", "err\n"))
    #expect(run.path == hook.path)
    #expect(run.startedAt == noon)
    #expect(run.machine == occasion().machine.id)
  }

  @Test("that dies of a signal says of which")
  func signal() async throws {
    let hook = try scene.script("signal.sh", "kill -SEGV $$")
    let run = try #require(await scene.runner().run(occasion(), [hook]).first)
    #expect(run.result == .killed(signal: SIGSEGV))
  }

  @Test("may have spaces and quotes in its path, and ~ stands for HOME")
  func path() async throws {
    let hook = try scene.script("hooks of 'web'/on failure.sh", "echo \"$0\"")
    #expect(await scene.runner().run(occasion(), [hook]).first?.output == hook.path + "\n")
    let short = HookRegistration(path: "~/hooks of 'web'/on failure.sh")
    let run = try #require(await scene.runner().run(occasion(), [short]).first)
    #expect(run.output == hook.path + "\n")
    #expect(run.path == short.path)
  }

  @Test("that writes 10 MB is read to its end, and the first 64 KiB are kept")
  func muchOutput() async throws {
    let hook = try scene.script(
      "much.sh", "head -c 10000000 /dev/zero | tr '\\0' x; head -c 70000 /dev/zero | tr '\\0' y >&2; exit 7")
    let run = try #require(await scene.runner().run(occasion(), [hook]).first)
    #expect(run.result == .exited(7))
    #expect(run.output == String(repeating: "x", count: 65_536) + "\n… 9934464 bytes more")
    #expect(run.errorOutput == String(repeating: "y", count: 65_536) + "\n… 4464 bytes more")
  }

  @Test("may write bytes that are no text, and none of them reaches a screen raw")
  func binaryOutput() async throws {
    let hook = try scene.script("binary.sh", #"printf 'a\000\033[2J\377\376b\303\274\r\nc\342\200\256'"#)
    let run = try #require(await scene.runner().run(occasion(), [hook]).first)
    #expect(run.output == "a^@^[[2J\\xFF\\xFEbü\nc<U+202E>")
    let noise = try scene.script("noise.sh", "head -c 200000 /dev/urandom")
    let noisy = try #require(await scene.runner().run(occasion(), [noise]).first)
    #expect(noisy.output.unicodeScalars.allSatisfy { $0.value >= 0x20 || $0 == "\n" })
  }

  @Test("whose text is cut inside a character loses that character, not its sense")
  func cutCharacter() async throws {
    let hook = try scene.script("cut.sh", "head -c 65535 /dev/zero | tr '\\0' x; printf 'üöä'")
    let run = try #require(await scene.runner().run(occasion(), [hook]).first)
    #expect(run.output == String(repeating: "x", count: 65_535) + "\n… 6 bytes more")
  }

  @Test("finds the directory for its own logs")
  func logs() async throws {
    let hook = try scene.script("log.sh", #"echo "$1 started" >> "$AZLIN_CONFIG_DIR/logs/lifecycle.log""#)
    #expect(await scene.runner().run(occasion(.postStart), [hook]).map(\.result) == [.exited(0)])
    #expect(scene.text("logs/lifecycle.log") == "web-1 started\n")
  }

  @Test("takes signals even if azlin itself ignores or blocks them")
  func signalMask() async throws {
    _ = Glibc.signal(SIGPIPE, SIG_IGN)
    let hook = try scene.script("mask.sh", "exec grep -E 'SigBlk|SigIgn' /proc/self/status")
    let run = try #require(await scene.runner().run(occasion(), [hook]).first)
    let masks = run.output.split(separator: "\n").compactMap { UInt64($0.split(separator: " ").last ?? "", radix: 16) }
    #expect(masks.count == 2)
    // Those above 31 belong to the C library's threads.
    #expect(masks.allSatisfy { $0 & 0x7FFF_FFFF == 0 }, "\(run.output)")
  }
}
