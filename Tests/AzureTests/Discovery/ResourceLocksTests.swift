import FleetModel
import Testing

@testable import Azure

@Suite("Locks")
struct ResourceLocksTests {
  private func locks(_ scopes: [(String, String)]) async throws -> ResourceLocks {
    let entries = scopes.map { scope, level in
      """
      {"id":"\(scope)/providers/Microsoft.Authorization/locks/l","name":"l","properties":{"level":"\(level)"}}
      """
    }
    let arm = ScriptedARM { _ in ARMReply("{\"value\":[\(entries.joined(separator: ","))]}") }
    let locks = try await ResourceLocks.of(subscription, arm)
    #expect(
      arm.requests.map(\.target) == ["/subscriptions/\(subscription)/providers/Microsoft.Authorization/locks"])
    return locks
  }

  @Test("hold what lies beneath their scope, whatever the case, and only if they are ReadOnly")
  func scopes() async throws {
    let (group, machine) = ("/subscriptions/\(subscription)/resourceGroups/rg-WEB", MachineID(vmID("a")))
    #expect(try await locks([(group, "ReadOnly")]).hold(machine))
    #expect(try await locks([(vmID("a"), "ReadOnly")]).hold(machine))
    #expect(try await locks([("/subscriptions/\(subscription)", "ReadOnly")]).hold(machine))
    #expect(try await !locks([(group, "CanNotDelete")]).hold(machine))
    #expect(try await !locks([(group + "-2", "ReadOnly"), (vmID("ab"), "ReadOnly")]).hold(machine))
    #expect(try await !locks([]).hold(machine))
  }
}
