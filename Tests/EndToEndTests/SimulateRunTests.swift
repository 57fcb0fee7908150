import Foundation
import LabKit
import Testing

@Suite("azlin simulate run")
struct SimulateRunTests {
  private struct Document: Decodable {
    struct Remedy: Decodable {
      var vm: String
      var remedy: String
      var outcome: String
    }
    var seed: Int
    var vms: Int
    var watched: Int
    var days: Int
    var remedies: Int
    var verified: Int
    var violations: [String]
    var timeline: [Remedy]
  }
  private static let enabled = "health_monitoring:\n  enabled: true\n"

  private func run(_ azlin: Program, _ arguments: String...) async throws -> LabOutput {
    try await azlin.run(["simulate", "run"] + arguments, azlin.environment, seconds: 120)
  }

  @Test("VMs that have files of their own are played under their names, and their faults answered by their policies")
  func own() async throws {
    try await Program.with { azlin in
      try await azlin.write(Self.enabled, to: azlin.directory + "/autopilot/web-prod-1.yaml")
      try await azlin.write(
        Self.enabled + "self_healing:\n  mode: observe\n", to: azlin.directory + "/autopilot/prod/db-1.yaml")
      let faults = azlin.directory + "/faults.json"
      try await azlin.write(
        """
        [{"vm": "web-prod-1", "fault": "ssh-down", "after": "2h", "for": "3h"},
         {"vm": "prod/db-1", "fault": "ssh-down", "after": "3h", "for": "3h"}]
        """, to: faults)
      let result = try await run(azlin, "--policy", azlin.directory, "--faults", faults, "-o", "json")
      #expect(result.status == 0, "\(result.errors)")
      let document = try JSONDecoder().decode(Document.self, from: Data(result.output.utf8))
      #expect(document.vms == 20)
      #expect(document.watched == 2)
      #expect(document.remedies == 1)
      #expect(document.verified == 1)
      #expect(document.violations.isEmpty)
      #expect(document.timeline.map(\.vm) == ["web-prod-1", "db-1"])
      #expect(document.timeline.map(\.remedy) == ["restart-ssh", "restart-ssh"])
      #expect(document.timeline.map(\.outcome) == ["held", "would have"])
    }
  }

  @Test("A fleet is as large as the files are many, unless --vms says otherwise, and then it says who is left out")
  func sizes() async throws {
    try await Program.with { azlin in
      for number in 1...23 {
        try await azlin.write(Self.enabled, to: azlin.directory + "/autopilot/own-\(number).yaml")
      }
      let all = try await run(azlin, "--policy", azlin.directory)
      #expect(all.status == 0, "\(all.errors)")
      #expect(all.output.contains("\n23 VMs, 23 of them watched, 1d, seed 1\n"), "\(all.output)")
      let few = try await run(azlin, "--policy", azlin.directory, "--vms", "3")
      #expect(few.output.contains("\n3 VMs, 3 of them watched, 1d, seed 1\n"), "\(few.output)")
      #expect(few.errors.contains("files for 23 VMs, more than the 3 that take part"), "\(few.errors)")
    }
  }

  @Test("The same seed tells the same days, without a policy every VM is watched, and another seed tells others")
  func seeds() async throws {
    try await Program.with { azlin in
      let first = try await run(azlin, "--seed", "7")
      #expect(first.status == 0, "\(first.errors)")
      #expect(first.output.contains("\n20 VMs, 20 of them watched, 1d, seed 7\n"))
      #expect(try await run(azlin, "--seed", "7").output == first.output)
      #expect(try await run(azlin, "--seed", "8").output != first.output)
    }
  }

  @Test("What cannot be is refused with its place and a remedy, and a policy that enables nothing says so")
  func refused() async throws {
    try await Program.with { azlin in
      let none = try await run(azlin, "--policy", azlin.directory + "/nowhere")
      #expect(none.status == 64)
      #expect(none.errors.contains("/nowhere/autopilot cannot be read"), "\(none.errors)")
      try await azlin.write("", to: azlin.directory + "/autopilot/defaults.yaml")
      let idle = try await run(azlin, "--policy", azlin.directory)
      #expect(idle.status == 0)
      #expect(idle.errors.contains("enables none of the 20 simulated VMs"), "\(idle.errors)")
      try await azlin.write("health_monitoring:\n  enabld: true\n", to: azlin.directory + "/autopilot/web-1.yaml")
      let misspelt = try await run(azlin, "--policy", azlin.directory)
      #expect(misspelt.status == 64)
      #expect(misspelt.errors.contains("autopilot/web-1.yaml:2:3: unknown key \"enabld\""), "\(misspelt.errors)")
      let faults = azlin.directory + "/faults.json"
      for (fault, said) in [
        (#"{"vm": "vm-web-1", "fault": "hung", "after": "1h"}"#, "there is vm-web-01"),
        (#"{"vm": "vm-web-01", "fault": "hangs", "after": "1h"}"#, "there is no fault"),
      ] {
        try await azlin.write("[\(fault)]", to: faults)
        let result = try await run(azlin, "--faults", faults)
        #expect(result.status == 64)
        #expect(result.errors.contains(said), "\(result.errors)")
      }
    }
  }
}
