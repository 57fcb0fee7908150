import LabKit
import Testing

@Suite("azlin killed in the middle of a remedy", .requiresLab, .serialized)
struct KilledMidRemedyTests {
  private static let policy = """
    health_monitoring:
      enabled: true
      interval: 10s
      timeouts: {connectivity: 2s, ssh: 5s}
    self_healing:
      recovery_delay: 1s

    """

  @Test("the next azlin settles the intent by looking and does not run the remedy twice", arguments: [true, false])
  func settles(effectLands: Bool) async throws {
    try await Lab.with { lab in
      try await Program.with { azlin in
        let guest = try await lab.guest("power-1")
        let other = try await lab.guest("well-1")
        try await configure(azlin, lab, [guest, other], effectLands: effectLands)

        let first = try await azlin.screen("top", "--heal")
        try await first.waitFor(text: "2 healthy", within: .seconds(60))
        try await guest.powerOff()
        // The start command has begun, and sleeps.
        try await waitForStarts(azlin, 1)
        let process = try #require(try await first.processID())
        try await LabCommand.succeed(["kill", "-9", "\(process)"])
        await first.kill()
        let open = try await azlin.run("autopilot", "status", "power-1", "--recovery-log")
        #expect(open.output.contains("under way"), "\(open.output)\(open.errors)")
        if effectLands { try await guest.awaitSSH(seconds: 40) }

        let second = try await azlin.screen("top", "--heal")
        do {
          try await second.waitFor(text: "azlin stopped during", within: .seconds(30), pressing: "e")
          if effectLands {
            try await second.waitFor("the start is verified", within: .seconds(60)) { $0.contains("verified after") }
          } else {
            // Two cycles with the machine plainly off: a second start would have come by now.
            let later = ContinuousClock.now + .seconds(25)
            try await second.waitFor("two cycles", within: .seconds(40)) { _ in ContinuousClock.now > later }
          }
        } catch {
          await second.kill()
          throw error
        }
        await second.kill()
        #expect(try await starts(azlin) == 1)
        #expect(try await guest.status() == (effectLands ? .running : .stopped))
      }
    }
  }

  /// A start command that takes its time, and survives the one who gave it; one that never lands fails in the end.
  private func configure(_ azlin: Program, _ lab: Lab, _ guests: [LabGuest], effectLands: Bool) async throws {
    let start = "\(azlin.directory)/slow-start"
    let inventory = lab.inventory(of: guests).split(separator: "\n").map { line in
      line.hasPrefix("      start:") ? "      start: \(start) {name}" : String(line)
    }
    try await azlin.write(inventory.joined(separator: "\n") + "\n", to: "\(azlin.directory)/inventory.yaml")
    try await azlin.write(Self.policy, to: "\(azlin.directory)/autopilot/defaults.yaml")
    let effect = effectLands ? "exec '\(lab.directory)/bin/start' \"$1\"" : "exit 1"
    try await azlin.write(
      "#!/bin/sh\necho \"$1\" >> '\(azlin.directory)/starts'\nsleep 8\n\(effect)\n", to: start, mode: "0700")
    try await LabCommand.succeed(["chmod", "-R", "go-rwx", azlin.directory])
  }

  private func starts(_ azlin: Program) async throws -> Int {
    try await azlin.contents(of: "\(azlin.directory)/starts").split(separator: "\n").count
  }

  private func waitForStarts(_ azlin: Program, _ wanted: Int) async throws {
    let came = try await eventually(within: .seconds(120)) { try await starts(azlin) >= wanted }
    try #require(came, "the start command was never given")
  }
}

extension TmuxScreen {
  /// Presses a key, then waits for a text.
  func waitFor(text: String, within limit: Duration, pressing key: String) async throws {
    try await waitFor(text: "healing", within: limit)
    try await send(key)
    try await waitFor(text: text, within: limit)
  }
}
