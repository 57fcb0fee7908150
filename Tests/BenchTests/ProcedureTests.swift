import Dispatch
import Testing

@testable import azlin_bench

@Suite("Measuring a program whose cost is known", .serialized)
struct ProcedureTests {
  /// Measures on a thread of its own, which it blocks.
  private func measure(_ subject: Subject, moves: Int) async throws -> Measurement {
    let procedure = Procedure(
      columns: 83, rows: 17, environment: ["PATH=/usr/bin:/bin", "TERM=xterm-256color"], launches: 1, settle: 0.3,
      idle: 0.3, moves: moves)
    return try await withCheckedThrowingContinuation { continuation in
      DispatchQueue.global().async { continuation.resume(with: Result { try procedure.measure(subject) }) }
    }
  }

  @Test("finds its size, its first text, its silence and the bytes it answers a key with")
  func silentProgram() async throws {
    // Answers every three bytes (an arrow key) with ten.
    let script = """
      stty raw -echo; printf 'size '; stty size; printf 'ready'
      while key=$(dd bs=1 count=3 2>/dev/null) && [ "$key" != q ]; do printf '0123456789'; done
      """
    let subject = Subject(name: "sh", arguments: ["sh", "-c", script], readyText: "size 17 83")
    let result = try await measure(subject, moves: 5)
    #expect(try #require(result.firstOutput) <= #require(result.ready))
    #expect(try #require(result.ready) <= #require(result.firstFrame))
    #expect(result.idleBytes == 0)
    #expect(result.moves.map(\.bytes) == [10, 10, 10, 10, 10])
    #expect(result.unanswered == 0)
    #expect(try #require(result.memory?.resident) > 0)
  }

  @Test("sees a core that is kept busy")
  func busyProgram() async throws {
    let subject = Subject(name: "sh", arguments: ["sh", "-c", "printf ready; while :; do :; done"])
    let result = try await measure(subject, moves: 0)
    // Other tests share the cores.
    #expect(try #require(result.idleCPU) > 5)
  }

  @Test("a program that ends by itself is an error with its last words")
  func endedProgram() async {
    let subject = Subject(name: "sh", arguments: ["sh", "-c", "echo no terminal here; exit 64"])
    let error = await #expect(throws: BenchError.self) { try await measure(subject, moves: 0) }
    #expect(error?.description.contains("no terminal here") == true)
  }
}
