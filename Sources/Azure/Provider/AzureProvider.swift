import Autopilot
import FleetModel
import GuestAccess

/// Azure's virtual machines as a provider.
package enum AzureProvider {
  /// Bundles a session's inventory and control with the way into its guests.
  package static func make(_ session: AzureSession, probe: any GuestProbe) -> Provider {
    Provider(kind: .azure, inventory: session.permitted, probe: probe, control: session.control)
  }

  /// What a remedy would do on a machine that only Run Command reaches, for a picture of a dialog; nil: not possible.
  package static func effect(of remedy: Remedy, on machine: VirtualMachine) -> String? {
    RemedyEffect.text(remedy, machine, shell: false)
  }
}

/// One connection to Azure: who calls, what is watched, and what is under way.
package struct AzureSession: Sendable {
  package let caller: any ARMCaller
  package let scope: AzureScope
  package let ledger: any OperationLedger
  package let inventory: AzureInventory
  /// The same list, with only those abilities that this identity's roles give.
  package let permitted: PermittedInventory
  /// Also the reader of power states for the guest probe.
  package let control: AzureControlPlane
  private let clock: any EngineClock

  package init(
    caller: any ARMCaller, scope: AzureScope, ledger: any OperationLedger = MemoryOperationLedger(),
    shell: (any ScriptRunner)? = nil, clock: any EngineClock
  ) {
    self.init(
      caller: caller, scope: scope, ledger: ledger,
      inventory: AzureInventory(caller: caller, scope: scope, clock: clock), shell: shell, clock: clock)
  }

  private init(
    caller: any ARMCaller, scope: AzureScope, ledger: any OperationLedger, inventory: AzureInventory,
    shell: (any ScriptRunner)?, clock: any EngineClock
  ) {
    self.caller = caller
    self.scope = scope
    self.ledger = ledger
    self.inventory = inventory
    permitted = PermittedInventory(inventory, caller: caller, clock: clock)
    self.clock = clock
    control = AzureControlPlane(caller: caller, inventory: inventory, ledger: ledger, shell: shell, clock: clock)
  }

  /// Host and port of the Resource Manager: a canary of the monitor's own way out; nil: its cloud is not known yet.
  package func place() async -> (host: String, port: UInt16)? {
    guard let base = try? await caller.surroundings()?.cloud.resourceManager, let scheme = base.firstRange(of: "://"),
      let place = HTTPTarget.place(String(base[scheme.upperBound...].prefix { $0 != "/" }))
    else { return nil }
    let usual: UInt16 = base.lowercased().hasPrefix("http://") ? 80 : 443
    return (place.host, place.port.map { UInt16(clamping: $0) } ?? usual)
  }

  /// The same connection with the same list, for an engine: its operations are kept, its clean-ups go over SSH.
  package func acting(ledger: any OperationLedger, shell: any ScriptRunner) -> AzureSession {
    AzureSession(caller: caller, scope: scope, ledger: ledger, inventory: inventory, shell: shell, clock: clock)
  }
}
