import LabKit
import Testing

@Suite("azlin batch", .serialized)
struct BatchTests {
  @Test("stops machines only when somebody agrees, starts them again, and runs an azlin command for each")
  func stopAndStart() async throws {
    try await SimulatedAzure.with(speed: 20) { azure in
      let asked = try await azure.run("batch", "stop", "vm-web*")
      #expect(asked.status == 64)
      #expect(asked.errors.contains("add --yes"), "\(asked.errors)")
      #expect(try await azure.orders(ending: "/powerOff") == 0)

      let stopped = try await azure.run("batch", "stop", "vm-web*", "--yes")
      #expect(stopped.status == 0, "\(stopped.output)\(stopped.errors)")
      #expect(try await azure.orders(ending: "/powerOff") == 2)

      let left = try await azure.run("batch", "start", "vm-web*")
      #expect(left.output.contains("vm-web-01: off on purpose"), "\(left.output)\(left.errors)")
      #expect(try await azure.orders(ending: "/start") == 0)

      let started = try await azure.run(
        "batch", "start", "vm-web*", "--include-off", "azlin autopilot config --level advanced")
      #expect(started.status == 0, "\(started.output)\(started.errors)")
      #expect(try await azure.orders(ending: "/start") == 2)
      #expect(started.output.contains("# vm-web-02"))
      let policy = try await azure.run("autopilot", "config", "vm-web-02", "--show")
      #expect(policy.output.contains("advanced"), "\(policy.output)")
      let other = try await azure.run("autopilot", "config", "vm-db-01", "--show")
      #expect(!other.output.contains("advanced"))
    }
  }

  @Test("without a machine nothing is done, and a failing command names its machines")
  func refusals() async throws {
    try await SimulatedAzure.with { azure in
      let nobody = try await azure.run("batch", "stop", "--yes")
      #expect(nobody.status == 64)
      let strangers = try await azure.run("batch", "restart", "db*", "--yes")
      #expect(strangers.status == 64)
      let failing = try await azure.run("batch", "command", "vm-web*", "azlin autopilot config --level steep")
      #expect(failing.status == 1)
      #expect(failing.errors.contains("2 failed: "), "\(failing.errors)")
    }
  }
}
