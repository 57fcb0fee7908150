import LabKit
import Testing

@Suite("A second engine on the same directory", .serialized)
struct StandbyTests {
  /// Starts an engine that outlives the shell; what it says goes to a file.
  private func engine(_ azlin: Program, _ log: String) async throws -> String {
    let variables = azlin.environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    let script = #"log=$1; shift; setsid env "$@" >"$log" 2>&1 </dev/null & echo $!"#
    return try await LabCommand.succeed(
      ["sh", "-c", script, "sh", log] + variables + [Program.path, "autopilot", "run", "--local"]
    ).text
  }

  private func says(_ azlin: Program, _ log: String, _ words: String) async throws -> Bool {
    try await eventually(within: .seconds(30)) { try await azlin.contents(of: log).contains(words) }
  }

  @Test("waits while the first one lives, and takes over when it is killed")
  func takesOver() async throws {
    try await Program.with { azlin in
      let (one, two) = (azlin.directory + "-one.log", azlin.directory + "-two.log")
      let first = try await engine(azlin, one)
      #expect(try await says(azlin, one, "azlin engine runs, healing"))
      let second = try await engine(azlin, two)
      #expect(try await says(azlin, two, "another azlin engine heals here (process \(first)): waiting to take over"))
      let refused = try await azlin.run("autopilot", "run", "--no-wait")
      #expect(refused.status == 69)
      #expect(!(try await azlin.contents(of: two).contains("azlin engine runs")))
      _ = try await LabCommand.run(["kill", "-9", first])
      #expect(try await says(azlin, two, "azlin engine runs, healing"))
      _ = try await LabCommand.run(["kill", "-TERM", second])
      #expect(try await says(azlin, two, "azlin engine stopped"))
    }
  }

  @Test("as a dashboard with --heal watches meanwhile, and heals when the first one ends")
  func dashboard() async throws {
    try await Program.with { azlin in
      let one = azlin.directory + "-one.log"
      let first = try await engine(azlin, one)
      #expect(try await says(azlin, one, "azlin engine runs, healing"))
      let screen = try await azlin.screen("top", "--heal", "--local")
      do {
        _ = try await screen.waitFor(text: "observing", within: .seconds(30))
        _ = try await LabCommand.run(["kill", "-9", first])
        _ = try await screen.waitFor(text: "healing", within: .seconds(30))
      } catch {
        await screen.kill()
        throw error
      }
      await screen.kill()
    }
  }
}
