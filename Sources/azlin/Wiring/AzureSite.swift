import Autopilot
import Azure
import FleetConfiguration
import FleetModel
import GuestAccess
import Journal

/// The operator's Azure, as command line, azlin's own files and the environment name it.
struct AzureSite: Sendable {
  /// Where the subscription came from, for titles and errors.
  let configuration: AzlinConfiguration
  let session: AzureSession

  /// - Returns: nil where nothing names an Azure to watch: no flag, no context, no `az login`, no credential.
  /// - Throws: `AzlinConfigurationError`, with file, line and remedy.
  static func find(
    _ options: AzureOptions, hostsOnly: Bool, directory: ConfigurationDirectory, environment: [String: String],
    clock: any EngineClock, log: (@Sendable (String) -> Void)? = nil
  ) throws -> AzureSite? {
    // Who names hosts wants those and nothing else, unless Azure is named too.
    if hostsOnly, !options.isGiven { return nil }
    let configuration = try AzlinConfiguration.read(directory, flags: options.flags, environment: environment)
    guard options.isGiven || configuration.subscription != nil || hasIdentity(environment) else { return nil }
    let scope = AzureScope(
      subscriptions: options.managementGroup.isEmpty ? configuration.subscription.map { [$0] } ?? [] : [],
      managementGroups: options.managementGroup, resourceGroup: configuration.resourceGroup,
      tenant: configuration.tenant, region: options.region, includesScaleSets: options.scaleSets,
      includesArc: options.arc,
      usesPrivateAddresses: !(environment["AZLIN_GUEST_PROXY"] ?? "").isEmpty)
    let caller = AzureConnection.caller(
      environment: environment, cloud: configuration.cloud, tenant: configuration.tenant,
      subscription: configuration.subscription, clock: clock, log: log)
    return AzureSite(
      configuration: configuration, session: AzureSession(caller: caller, scope: scope, clock: clock))
  }

  /// Whether the environment itself brings an identity or an endpoint.
  private static func hasIdentity(_ environment: [String: String]) -> Bool {
    func has(_ name: String) -> Bool { !(environment[name] ?? "").isEmpty }
    return has("AZLIN_ARM_ENDPOINT") || has("IDENTITY_ENDPOINT") || (has("AZURE_CLIENT_ID") && has("AZURE_TENANT_ID"))
  }

  /// What the environment band calls this fleet.
  var title: String { configuration.context ?? configuration.subscription.map { "Azure \($0.prefix(8))…" } ?? "Azure" }
}

/// Operations under way, in the journal: another process finds them there. What cannot be written is kept in memory, so
/// that this process waits for it all the same.
struct JournalOperationLedger: OperationLedger {
  let journal: JournalStore
  private let memory = MemoryOperationLedger()

  init(journal: JournalStore) { self.journal = journal }

  func save(_ entry: PendingOperation) async {
    await memory.save(entry)
    guard let text = try? PendingOperationText.text(of: entry) else { return }
    try? await journal.keep(KeptOperation(intent: entry.intent, machine: entry.machine, operation: text))
  }

  func pending() async -> [PendingOperation] {
    let kept = ((try? await journal.operations()) ?? []).compactMap { PendingOperationText.operation(of: $0.operation) }
    let written = Set(kept.map(\.intent))
    return kept + (await memory.pending()).filter { !written.contains($0.intent) }
  }

  func remove(_ intent: IntentID) async {
    await memory.remove(intent)
    try? await journal.forgetOperation(of: intent)
  }
}
