import LabKit
import Testing

/// Whether it is this machine's clock or everybody else's that is off, nobody can tell from the answers.
@Suite("With a clock that is ten minutes off", .serialized)
struct WrongClockTests {
  @Test("azlin lists, checks and mends as ever, and orders nothing twice", arguments: ["10m", "-10m"])
  func works(offset: String) async throws {
    // Slow enough for waits that the Resource Manager tells as a date.
    try await SimulatedAzure.with(speed: 3, clockOffset: offset) { azure in
      let listed = try await azure.run("list")
      #expect(listed.status == 0, "\(listed.errors)")
      #expect(listed.output.split(separator: "\n").allSatisfy { $0.contains("Running") })
      let status = try await azure.run("autopilot", "status", "vm-web-01")
      #expect(status.status == 0, "\(status.output)\(status.errors)")

      let restarted = try await azure.run("autopilot", "recover", "vm-web-01", "--remedy", "restart", "--yes")
      #expect(restarted.status == 0, "\(restarted.output)\(restarted.errors)")
      #expect(try await azure.orders(ending: "/restart") == 1)
      // A date in Retry-After that was compared with this machine's clock would be a wait of ten minutes.
      let moved = try await azure.run("autopilot", "recover", "vm-api-01", "--remedy", "reset-nic", "--yes")
      #expect(moved.status == 0, "\(moved.output)\(moved.errors)")
      #expect(try await azure.orders(ending: "/vm-api-01-nic") == 2, "away, and back")

      // What is bound to a time by the guest's clock is bound to the platform's.
      let ssh = try await azure.run("autopilot", "recover", "vm-cache-01", "--remedy", "restart-ssh", "--yes")
      #expect(ssh.status == 0, "\(ssh.output)\(ssh.errors)")
      #expect(try await azure.orders(ending: "/runCommand") == 1)
    }
  }

  @Test("a restart that was under way is waited for, not sent again", arguments: ["10m", "-10m"])
  func resumes(offset: String) async throws {
    try await SimulatedAzure.with(speed: 2, clockOffset: offset) { azure in
      let first = try await azure.start(
        "autopilot", "recover", "vm-web-01", "--remedy", "restart", "--yes",
        output: azure.azlin.directory + "-azure/first")
      let sent = try await eventually(within: .seconds(90)) { try await azure.orders(ending: "/restart") == 1 }
      let said = try await azure.azlin.contents(of: azure.azlin.directory + "-azure/first")
      try #require(sent, "the restart was never sent: \(said)")
      try await LabCommand.succeed(["kill", "-9", "\(first)"])

      let second = try await azure.start("autopilot", "run", output: azure.azlin.directory + "-azure/second")
      let settled = try await eventually(within: .seconds(120)) {
        let log = try await azure.run("autopilot", "status", "vm-web-01", "--recovery-log").output
        return !log.contains("under way") && !log.contains("verifying")
      }
      _ = try await LabCommand.run(["kill", "\(second)"])
      #expect(settled)
      #expect(try await azure.orders(ending: "/restart") == 1)
    }
  }
}
