import LabKit
import Testing

@Suite("A changed host key of a VM in Azure")
struct AzureHostKeyTests {
  @Test("is critical and never healed, until a person accepts what the guest itself confirms by Run Command")
  func accepted() async throws {
    try await SimulatedAzure.with { azure in
      let engine = try await azure.start("autopilot", "run", output: azure.azlin.directory + "-azure/engine")
      func row() async throws -> String {
        try await azure.run("list").output.split(separator: "\n").first { $0.hasPrefix("vm-web-01 ") }.map(String.init)
          ?? ""
      }
      try #require(try await eventually(within: .seconds(90)) { try await row().contains("healthy") })
      let early = try await azure.run("autopilot", "accept-host-key", "vm-web-01", "--yes")
      #expect(early.status == 0, "\(early.errors)")
      #expect(early.output.contains("nothing to do"), "\(early.output)")

      #expect(try await azure.run("simulate", "inject", "vm-web-01", "host-key-changed").status == 0)
      try #require(try await eventually(within: .seconds(90)) { try await row().contains("critical") })
      let status = try await azure.run("autopilot", "status", "vm-web-01")
      #expect(status.status == 2)
      #expect(status.output.contains("host key changed"), "\(status.output)")
      #expect(status.output.contains("azlin autopilot accept-host-key 'rg-shop-prod/vm-web-01'"), "\(status.output)")

      let accepted = try await azure.run("autopilot", "accept-host-key", "vm-web-01", "--yes")
      #expect(accepted.status == 0, "\(accepted.output)\(accepted.errors)")
      let lines = accepted.output.split(separator: "\n").map(String.init)
      func key(_ word: String) -> String? {
        lines.first { $0.hasPrefix(word) }?.split(separator: " ").dropFirst().first.map(String.init)
      }
      let (known, offered) = (try #require(key("known:")), try #require(key("offered:")))
      #expect(known.hasPrefix("SHA256:") && offered.hasPrefix("SHA256:") && known != offered)
      #expect(accepted.output.contains("inside:  \(offered) (ssh-ed25519): the same as offered"), "\(accepted.output)")

      let isWell = try await eventually(within: .seconds(60)) { try await row().contains("healthy") }
      _ = try await LabCommand.run(["kill", "\(engine)"])
      let said = try await azure.azlin.contents(of: azure.azlin.directory + "-azure/engine")
      #expect(isWell, "\(said)")
      // Nothing but questions: of accept-host-key, and at most a look of the engine's.
      #expect(try await azure.orders().allSatisfy { $0.hasSuffix("/runCommand") })
      #expect(
        try await azure.run("autopilot", "status", "vm-web-01", "--recovery-log").output.contains("(none)"))
    }
  }

  @Test("is refused where the guest itself names another one: somebody else answers at its address")
  func contradicted() async throws {
    try await SimulatedAzure.with { azure in
      let unasked = try await azure.run("autopilot", "accept-host-key", "vm-web-02")
      #expect(unasked.status == 1, "\(unasked.output)\(unasked.errors)")
      let place = try #require(
        unasked.output.split(separator: "\n").first?.split(whereSeparator: { "(:".contains($0) }))
      try #require(place.count == 3, "\(unasked.output)")
      let moved = try await azure.run("autopilot", "config", "vm-web-01", "--address", String(place[1]))
      #expect(moved.status == 0, "\(moved.errors)")

      let refused = try await azure.run("autopilot", "accept-host-key", "vm-web-01", "--yes")
      #expect(refused.status == 1)
      #expect(refused.errors.contains("the machine itself names another key"), "\(refused.errors)")
      let lines = refused.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
      func key(_ word: String) -> String? { lines.first { $0.first == word }?.dropFirst().first }
      #expect(key("known:") == "none")
      let (offered, inside) = (try #require(key("offered:")), try #require(key("inside:")))
      #expect(offered.hasPrefix("SHA256:") && inside.hasPrefix("SHA256:") && offered != inside)
      // Nothing was filed.
      #expect(try await azure.run("autopilot", "accept-host-key", "vm-web-02").output.contains("known:   none"))
      let insisted = try await azure.run("autopilot", "accept-host-key", "vm-web-01", "--fingerprint", offered)
      #expect(insisted.status == 0, "\(insisted.errors)")
    }
  }
}
