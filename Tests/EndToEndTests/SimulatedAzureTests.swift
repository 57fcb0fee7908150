import LabKit
import Testing

@Suite("azlin on an Azure served by itself", .serialized)
struct SimulatedAzureTests {
  @Test("lists the VMs with their power, and exits 0")
  func list() async throws {
    try await SimulatedAzure.with { azure in
      let listed = try await azure.run("list")
      #expect(listed.status == 0, "\(listed.errors)")
      let lines = listed.output.split(separator: "\n")
      #expect(lines.count == 8)
      #expect(lines.allSatisfy { $0.hasPrefix("vm-") })
      #expect(lines.allSatisfy { $0.contains("Running") })
      let stopped = try await azure.run("simulate", "inject", "vm-web-01", "deallocated-by-user")
      #expect(stopped.status == 0, "\(stopped.errors)")
      let shown = try await eventually(within: .seconds(30)) {
        try await azure.run("list").output.split(separator: "\n")
          .contains { $0.hasPrefix("vm-web-01 ") && $0.contains("Deallocated") }
      }
      #expect(shown, "Resource Graph is behind by seconds, not minutes")
    }
  }

  @Test("checks a guest in full through the proxy, and says by which way")
  func status() async throws {
    try await SimulatedAzure.with { azure in
      let status = try await azure.run("autopilot", "status", "vm-web-01", "--verbose")
      #expect(status.status == 0, "\(status.output)\(status.errors)")
      #expect(status.output.contains("VM: vm-web-01"))
      #expect(status.output.contains("SSH Access: OK"))
      #expect(status.output.contains("via socks5://127.0.0.1:"))
    }
  }

  @Test("what a check could not measure is not called healthy, and the proxy is told of, not warned of")
  func evidence() async throws {
    try await SimulatedAzure.with { azure in
      let down = try await azure.run("simulate", "inject", "vm-web-01", "hung")
      #expect(down.status == 0, "\(down.errors)")
      let status = try await azure.run("autopilot", "status", "vm-web-01", "--verbose")
      #expect(status.output.contains("disk: not measured (not reached"), "\(status.output)\(status.errors)")
      #expect(status.errors.contains("azlin: guests are reached through socks5://127.0.0.1:"))
      let plain = try await azure.run("top", "--plain")
      #expect(plain.output.contains("vm-web-01"), "\(plain.output)\(plain.errors)")
      #expect(!(plain.output + plain.errors).contains("AZLIN_GUEST_PROXY"))
    }
  }

  @Test("restarts a VM through the Resource Manager once, and calls it done when the guest answers again")
  func recover() async throws {
    try await SimulatedAzure.with { azure in
      let recovered = try await azure.run("autopilot", "recover", "vm-web-01", "--remedy", "restart", "--yes")
      #expect(recovered.status == 0, "\(recovered.output)\(recovered.errors)")
      #expect(try await azure.orders(ending: "/restart") == 1)
    }
  }

  @Test("killed in the middle of a restart, the next azlin waits for that restart and sends no other")
  func killed() async throws {
    // As slow as the real thing: the restart takes 8 to 36 s.
    try await SimulatedAzure.with(speed: 1) { azure in
      let log = azure.azlin.directory + "-azure/first"
      let first = try await azure.start(
        "autopilot", "recover", "vm-web-01", "--remedy", "restart", "--yes", output: log)
      let sent = try await eventually(within: .seconds(90)) { try await azure.orders(ending: "/restart") == 1 }
      let said = try await azure.azlin.contents(of: log)
      try #require(sent, "the restart was never sent: \(said)")
      try await LabCommand.succeed(["kill", "-9", "\(first)"])
      let open = try await azure.run("autopilot", "status", "vm-web-01", "--recovery-log")
      #expect(open.output.contains("under way"), "\(open.output)")

      let second = try await azure.start("autopilot", "run", output: azure.azlin.directory + "-azure/second")
      let settled = try await eventually(within: .seconds(120)) {
        let log = try await azure.run("autopilot", "status", "vm-web-01", "--recovery-log").output
        return !log.contains("under way") && !log.contains("verifying")
      }
      _ = try await LabCommand.run(["kill", "\(second)"])
      let record = try await azure.run("autopilot", "status", "vm-web-01", "--recovery-log").output
      #expect(settled, "\(record)")
      #expect(try await azure.orders(ending: "/restart") == 1)
    }
  }

  @Test("a stopped sshd is found by Run Command, restarted by it, and verified through the proxy")
  func heals() async throws {
    try await SimulatedAzure.with { azure in
      let engine = try await azure.start("autopilot", "run", output: azure.azlin.directory + "-azure/engine")
      let baseline = try await eventually(within: .seconds(90)) {
        try await azure.run("list").output.split(separator: "\n")
          .contains { $0.hasPrefix("vm-web-01") && $0.contains("healthy") }
      }
      let early = try await azure.azlin.contents(of: azure.azlin.directory + "-azure/engine")
      try #require(baseline, "\(early)")
      let injected = try await azure.run("simulate", "inject", "vm-web-01", "ssh-down")
      #expect(injected.status == 0, "\(injected.errors)")
      let healed = try await eventually(within: .seconds(150)) {
        try await azure.run("autopilot", "status", "vm-web-01", "--recovery-log").output.contains("Success")
      }
      _ = try await LabCommand.run(["kill", "\(engine)"])
      let said = try await azure.azlin.contents(of: azure.azlin.directory + "-azure/engine")
      #expect(healed, "\(said)")
      // A look, then the remedy; nothing harsher.
      #expect(try await azure.orders().allSatisfy { $0.hasSuffix("/runCommand") })
    }
  }

  @Test("with the Resource Manager down the screen keeps what it knew, says how old it is, and nothing is ordered")
  func unreachable() async throws {
    try await SimulatedAzure.with { azure in
      let screen = try await azure.screen("top", "--heal")
      do {
        try await screen.waitFor(text: "vm-web-01", within: .seconds(30))
        try await screen.waitFor("healthy guests", within: .seconds(60)) { $0.contains("healthy") }
        let down = try await azure.run("simulate", "inject", "--all", "arm-down")
        #expect(down.status == 0, "\(down.errors)")
        _ = try await azure.run("simulate", "inject", "vm-web-01", "hung")
        let seen = try await screen.waitFor("the age of the list", within: .seconds(250)) {
          $0.contains("Azure as of 20")
        }
        #expect(seen.contains("vm-web-01"))
      } catch {
        await screen.kill()
        throw error
      }
      await screen.kill()
      #expect(try await azure.orders().isEmpty)
    }
  }
}
