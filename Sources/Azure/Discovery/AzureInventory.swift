import Autopilot
import FleetModel

/// The virtual machines of Azure: by Resource Graph, a page of 1,000 at a time, else by the list API.
///
/// It is also where the power words of the list are kept, so that a cycle over the whole fleet costs one list.
package actor AzureInventory: Inventory {
  private let caller: any ARMCaller
  private let scope: AzureScope
  private let clock: any EngineClock
  private var ledger = PowerLedger()
  private var flight: Task<Result<[VirtualMachine], AzureError>, Never>?
  /// Resource Graph said that it is not for us: not asked again before this instant.
  private var graphAbsentUntil = Instant.distantPast
  /// Why the list API is in use; nil: it is not.
  private var fallbackReason: String?
  /// What the list API left out; nil: nothing.
  private var leftOut: String?
  /// How long a page of Resource Graph is tried for: the list API stands behind it.
  static let graphPatience: Duration = .seconds(30)

  package init(caller: any ARMCaller, scope: AzureScope, clock: any EngineClock) {
    self.caller = caller
    self.scope = scope
    self.clock = clock
  }

  package func machines() async throws -> [VirtualMachine] { try await list() }

  /// Why Resource Graph is not in use, for an operator; nil: it is.
  package func notice() -> String? {
    fallbackReason.map {
      "machines are listed without Resource Graph, which is slower: \($0)" + (leftOut.map { "; \($0)" } ?? "")
    }
  }

  /// The list; callers at the same time share one fetch.
  package func list() async throws(AzureError) -> [VirtualMachine] {
    let task = flight ?? Task { await self.fetch() }
    flight = task
    let result = await task.value
    if flight == task { flight = nil }
    return try result.get()
  }

  // async: beside the default of `Inventory` a synchronous one would not be chosen.
  package func listedPower() async -> ListedPower? { ledger.listedPower }

  /// How a question about a machine's power is to be answered.
  package func powerAdvice(for machine: MachineID) -> PowerLedger.Advice {
    ledger.advice(for: machine, at: clock.now())
  }

  /// A machine's own word on its power, read at `instant`.
  package func record(_ state: PowerState, of machine: MachineID, at instant: Instant) {
    ledger.record(state, of: machine, at: instant)
  }

  private func fetch() async -> Result<[VirtualMachine], AzureError> {
    // The words are as old as the question, not as the answer.
    let asked = clock.now()
    do {
      let rows = try await rows()
      var machines: [VirtualMachine] = []
      machines.reserveCapacity(rows.count)
      var words: [MachineID: PowerState] = [:]
      for row in rows {
        guard let machine = row.machine(scope) else { continue }
        // A network card with several configurations gives several rows: the first address wins.
        if words.updateValue(row.power, forKey: machine.id) == nil { machines.append(machine) }
      }
      ledger.list(words, at: asked)
      return .success(machines)
    } catch {
      return .failure(error)
    }
  }

  private func rows() async throws(AzureError) -> [InventoryRow] {
    let asked = clock.now()
    guard asked >= graphAbsentUntil else { return try await listedRows() }
    var failures = 0
    while true {
      do {
        let rows = try await graphRows()
        fallbackReason = nil
        leftOut = nil
        return rows
      } catch {
        failures += 1
        switch Self.judge(error) {
        case .giveUp: throw error
        case .again where failures < 2: continue
        case .again: graphAbsentUntil = clock.now() + .minutes(1)
        case .absent: graphAbsentUntil = clock.now() + .minutes(10)
        }
        fallbackReason = error.sentence
        return try await listedRows()
      }
    }
  }

  private func listedRows() async throws(AzureError) -> [InventoryRow] {
    let listed = try await MachineLists(caller: caller, scope: scope).rows()
    leftOut = listed.leftOut
    return listed.rows
  }

  private enum Judgement { case giveUp, again, absent }

  private static func judge(_ error: AzureError) -> Judgement {
    switch error.kind {
    case .forbidden, .notFound, .badRequest: .absent
    // The list API would fail alike.
    case .unreachable, .credentials, .unauthorized, .cancelled: .giveUp
    default: .again
    }
  }

  private func graphRows() async throws(AzureError) -> [InventoryRow] {
    var scopes = [scope]
    // Resource Graph takes 1,000 subscriptions at once.
    if scope.managementGroups.isEmpty, scope.subscriptions.count > 1000 {
      scopes = stride(from: 0, to: scope.subscriptions.count, by: 1000)
        .map { start in
          var part = scope
          part.subscriptions = Array(scope.subscriptions[start..<min(start + 1000, scope.subscriptions.count)])
          return part
        }
    }
    if scope.managementGroups.isEmpty, scope.subscriptions.isEmpty {
      scopes[0].subscriptions = try await MachineLists(caller: caller, scope: scope).subscriptions()
      if scopes[0].subscriptions.isEmpty { return [] }
    }
    var rows: [InventoryRow] = []
    for part in scopes {
      rows += try await pages(InventoryQuery.machines(part), part)
      if scope.includesScaleSets { rows += try await pages(InventoryQuery.scaleSetInstances(part), part) }
      if scope.includesArc { rows += try await pages(InventoryQuery.arcMachines(part), part) }
    }
    return rows
  }

  private func pages(_ query: String, _ scope: AzureScope) async throws(AzureError) -> [InventoryRow] {
    var rows: [InventoryRow] = []
    var token: String?
    repeat {
      var request = InventoryQuery.request(query, scope: scope, skipToken: token)
      request.notAfter = clock.now() + Self.graphPatience
      let reply = try await caller.call(request)
      let page = try JSONText.value(InventoryPage.self, reply, "the Resource Graph query")
      rows += page.data
      // The same token twice would go round for ever.
      token = page.skipToken == token ? nil : page.skipToken.flatMap { $0.isEmpty ? nil : $0 }
    } while token != nil
    return rows
  }
}
