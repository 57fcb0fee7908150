import Autopilot
import FleetConfiguration
import FleetModel
import Glibc
import GuestAccess
import Hooks
import Hosts
import Journal
import Terminal

/// One configuration directory with all that hangs on it: where the providers, policies, hooks and journal of one
/// invocation come from.
struct Site: Sendable {
  let directory: ConfigurationDirectory
  let policies: PolicyFiles
  let inventory: HostsInventory
  private let environment: [String: String]
  private let sshConfiguration: String?

  init(_ global: GlobalOptions) throws {
    environment = ProcessEnvironment.current()
    directory = try global.directory
    sshConfiguration = global.sshConfig ?? environment["AZLIN_SSH_CONFIG"]
    policies = PolicyFiles(directory)
    let listed: [HostEntry]
    do { listed = try global.hosts.map { try HostList.parse($0) } ?? [] } catch {
      throw ExitStatus(ExitStatus.usage, "\(error)")
    }
    inventory = HostsInventory(
      HostsInventory.Source(
        file: global.inventory ?? directory.inventory, fileMustExist: global.inventory != nil, hosts: listed),
      home: directory.home)
  }

  /// The machines of the inventory; this machine where there is none, or where it is asked for.
  /// - Throws: `InventoryError` with every problem and its place.
  func machines(includesLocal: Bool = false) async throws -> [VirtualMachine] {
    let hosts = try await inventory.machines()
    guard hosts.isEmpty || includesLocal else { return hosts }
    return hosts + (try await local(SystemClock()).inventory.machines())
  }

  /// The providers of an engine in this process.
  func providers(includesLocal: Bool) async throws -> [Provider] {
    let clock = SystemClock()
    let hosts = try await inventory.machines()
    guard !hosts.isEmpty else { return [local(clock)] }
    var settings = SSHSettings()
    settings.configurationFile = sshConfiguration
    let network = try GuestNetwork(settings: settings)
    let control = HostsControlPlane(
      inventory: inventory, runner: CommandRunner(environment: environment), shell: RemoteShellRunner(network.ssh),
      clock: clock)
    let probe = NetworkGuestProbe(network: network, power: control) { clock.now() }
    let provider = HostsProvider.make(inventory: inventory, control: control, probe: probe)
    return includesLocal ? [provider, local(clock)] : [provider]
  }

  private func local(_ clock: SystemClock) -> Provider { LocalProvider.make(environment: environment, clock: clock) }

  /// An engine at work on this site.
  /// - Parameter mode: a healing one holds the engine lock for as long as it lives.
  func start(mode: EngineStatus.Mode, includesLocal: Bool = false) async throws -> RunningEngine {
    // What is wrong with the inventory is said before anything is made.
    let providers = try await providers(includesLocal: includesLocal)
    try directory.create()
    let lock = mode == .healing ? try EngineLock.acquire(in: directory.path) : nil
    let journal = try JournalStore(path: directory.journal, healing: mode == .healing)
    let isLocalOnly = providers.allSatisfy { $0.kind == .local }
    let ports = RuntimePorts(
      journal: journal,
      hooks: hookRunner,
      policies: SitePolicies(files: policies), clock: SystemClock(), processID: getpid(),
      notices: isLocalOnly ? [Self.howToAdd(directory)] : [])
    let settings = EngineSettings(
      mode: mode, context: isLocalOnly ? "this machine" : "hosts", seed: UInt64(bitPattern: Int64(getpid())))
    let runtime = AutopilotRuntime(engine: Engine(settings: settings), providers: providers, ports: ports)
    return RunningEngine(runtime, lock: lock)
  }

  static func howToAdd(_ directory: ConfigurationDirectory) -> String {
    "watching this machine only; add hosts with --hosts user@host or in \(directory.shown(directory.inventory))"
  }

  var hookRunner: ScriptHookRunner {
    ScriptHookRunner(surroundings: .current(configDirectory: directory.path, context: ""))
  }

  /// The journal as another process sees it; nil: no engine has run here yet.
  func reader() throws -> JournalReader? {
    do { return try JournalReader(path: directory.journal) } catch JournalError.missing { return nil }
  }
}

/// The policies of files, with this machine shown in full: it is never remedied, and all its figures cost nothing.
struct SitePolicies: PolicySource {
  let files: PolicyFiles

  func policies(for machines: [VirtualMachine]) async -> [MachineID: EffectivePolicy] {
    var policies = await files.policies(for: machines)
    for machine in machines where machine.provider == .local {
      guard var effective = policies[machine.id] else { continue }
      func isUnsaid(_ key: String) -> Bool { effective.origin(of: key) < .fleet }
      if isUnsaid("health_monitoring.level"), isUnsaid("health_monitoring.interval") {
        effective.policy.monitoring.level = .advanced
        effective.policy.monitoring.checks = [.disk, .memory, .cpu, .iowait, .logs]
        effective.policy.monitoring.interval = .seconds(10)
      }
      policies[machine.id] = effective
    }
    return policies
  }

  func changeStamp() async -> UInt64 { await files.changeStamp() }

  func apply(_ edits: [PolicyEdit], to machine: VirtualMachine) async throws -> String {
    try await files.apply(edits, to: machine)
  }
}
