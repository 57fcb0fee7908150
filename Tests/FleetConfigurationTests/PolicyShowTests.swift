import FleetConfiguration
import FleetModel
import Foundation
import Testing

@Suite("Policy as text")
struct PolicyShowTests {
  private func effective(_ text: String) -> EffectivePolicy {
    PolicyResolver.resolve(fleet: nil, machine: PolicyReader.read(text, file: "f", scope: .machine).document)
  }

  @Test("Every key is shown with its value, its layer, and whether it is in force")
  func show() throws {
    let lines = PolicyShow.text(
      effective("health_monitoring: {level: advanced}\nnotifications: {slack: 'https://s.example/T0'}\n"))
    #expect(lines.count == PolicyKey.all.count { !$0.isFleetOnly })
    func line(_ key: String) throws -> String { try #require(lines.first { $0.hasPrefix(key + " ") }) }
    #expect(
      try line("health_monitoring.interval").split(separator: " ").joined(separator: " ")
        == "health_monitoring.interval 2m level")
    #expect(try line("health_monitoring.level").hasSuffix("VM's file"))
    #expect(
      try line("notifications.slack").split(separator: " ").joined(separator: " ")
        == "notifications.slack •••• VM's file (not in force yet)")
    #expect(try line("access.port").split(separator: " ").joined(separator: " ") == "access.port – built-in default")
    #expect(!lines.joined().contains("s.example"))
  }

  @Test("enable prints the block of the user document")
  func summary() {
    let policy = effective(
      "health_monitoring: {enabled: true, interval: 5m, checks: {connectivity: true, disk: true, memory: true, cpu: true}}\n"
    )
    #expect(
      PolicyShow.summary(policy, name: "myvm") == [
        "✓ Health monitoring enabled for 'myvm'", "  Check Interval: 5 minutes", "  Connectivity Check: Enabled",
        "  Resource Check: Enabled", "  Self-Healing: Enabled (default)",
      ])
    let standard = PolicyShow.summary(effective("self_healing: {mode: observe}\n"), name: "a\u{1b}b")
    #expect(
      standard == [
        "Health monitoring is not enabled for 'a^[b': it is not watched", "  Check Interval: 5 minutes",
        "  Connectivity Check: Enabled", "  Resource Check: Enabled (disk)", "  Self-Healing: Observing only",
      ])
  }

  @Test("The schema is JSON, knows every key, and bounds them as the table does")
  func schema() throws {
    let text = PolicySchema.text(scope: .fleet)
    let schema = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    for key in PolicyKey.all {
      var node = schema
      for name in key.path.split(separator: ".") {
        let properties = try #require(node["properties"] as? [String: Any], "\(key.path)")
        node = try #require(properties[String(name)] as? [String: Any], "\(key.path)")
      }
      #expect((node["description"] as? String)?.hasPrefix(key.summary) == true)
      if case .integer(let range) = key.kind {
        #expect(node["minimum"] as? Int == range.lowerBound && node["maximum"] as? Int == range.upperBound)
      }
    }
    #expect(!PolicySchema.text(scope: .machine).contains("\"budgets\""))
    #expect(!PolicySchema.text(scope: .machine).contains("\"smtp\""))
  }

  @Test("Differences are shown in hunks with their lines counted")
  func difference() {
    let before = (1...20).map { "line \($0)\n" }.joined()
    let after = before.split(separator: "\n").map { $0 == "line 3" ? "LINE 3" : String($0) }.filter { $0 != "line 18" }
      .joined(separator: "\n")
    #expect(
      LineDifference.unified(before, after, name: "f", context: 1) == """
        --- f
        +++ f
        @@ -2,3 +2,3 @@
         line 2
        -line 3
        +LINE 3
         line 4
        @@ -17,3 +17,2 @@
         line 17
        -line 18
         line 19

        """)
    #expect(LineDifference.unified(before, before, name: "f").isEmpty)
    #expect(LineDifference.unified("", "a\n", name: "f") == "--- f\n+++ f\n@@ -0,0 +1,1 @@\n+a\n")
  }
}
