import Autopilot
import Azure
import FleetConfiguration
import FleetModel
import Glibc
import GuestAccess
import Hooks
import Hosts
import Journal
import Synchronization
import Terminal

/// One configuration directory with all that hangs on it: where the providers, policies, hooks and journal of one
/// invocation come from.
struct Site: Sendable {
  let directory: ConfigurationDirectory
  let policies: PolicyFiles
  let inventory: HostsInventory
  /// nil: nothing names an Azure to watch.
  let azure: AzureSite?
  private let tunnels = OpenTunnels()
  private let environment: [String: String]
  private let sshConfiguration: String?
  /// Hears what `--verbose` shows.
  private let log: (@Sendable (String) -> Void)?

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
    log = global.verbose ? { @Sendable line in Console.error(line) } : nil
    azure = try AzureSite.find(
      global.azure, hostsOnly: global.hosts != nil || global.inventory != nil, directory: directory,
      environment: environment, clock: SystemClock(), log: log)
  }

  /// The machines that this machine's own files name: the inventory's, and this machine itself where nothing else is
  /// watched, or where it is asked for.
  /// - Throws: `InventoryError` with every problem and its place.
  func nearMachines(includesLocal: Bool = false) async throws -> [VirtualMachine] {
    let hosts = try await inventory.machines()
    guard includesLocal || (hosts.isEmpty && azure == nil) else { return hosts }
    return hosts + (try await local(SystemClock()).inventory.machines())
  }

  /// The providers of an engine in this process.
  /// - Parameter journal: keeps the operations that Azure has under way; nil: this process only looks.
  func providers(includesLocal: Bool, journal: JournalStore? = nil) async throws -> [Provider] {
    try await parts(includesLocal: includesLocal, journal: journal).providers
  }

  /// - Returns: with the providers, the network by which they reach guests; nil: it is not used.
  private func parts(
    includesLocal: Bool, journal: JournalStore?
  ) async throws -> (providers: [Provider], network: GuestNetwork?) {
    let clock = SystemClock()
    let hosts = try await inventory.machines()
    guard !hosts.isEmpty || azure != nil else { return ([local(clock)], nil) }
    var settings = SSHSettings()
    settings.configurationFile = sshConfiguration
    let loops = try NetworkLoops()
    let bastions = azure.map { BastionTunnels(caller: $0.session.caller, loop: loops.network) }
    tunnels.keep(bastions)
    let network = GuestNetwork(settings: settings, loops: loops, tunnels: bastions)
    if let way = network.generalWay { log?(way) }
    let jumpHosts = JumpHosts(policies: policies)
    var providers: [Provider] = []
    if !hosts.isEmpty {
      let control = hostsControl(network)
      let probe = NetworkGuestProbe(network: network, power: control) { clock.now() }
      providers.append(
        jumpHosts.watching(HostsProvider.make(inventory: inventory, control: control, probe: probe)))
    }
    if let azure {
      let ledger: any OperationLedger = journal.map { JournalOperationLedger(journal: $0) } ?? MemoryOperationLedger()
      let session = azure.session.acting(ledger: ledger, shell: RemoteShellRunner(network.ssh))
      let probe = NetworkGuestProbe(network: network, power: session.control) { clock.now() }
      providers.append(
        jumpHosts.watching(AzureProvider.make(session, probe: PlatformProbe(probe, control: session.control))))
      // What an engine before this one left under way goes on in Azure: it is waited for, never sent again.
      if journal != nil { Task { await session.control.resume() } }
    }
    return (includesLocal ? providers + [local(clock)] : providers, network)
  }

  /// The routers of this machine, Azure's Resource Manager where it is watched, and what the operator names.
  private func canaries(_ network: GuestNetwork) -> any CanarySource {
    let (files, session) = (policies, azure?.session)
    return NetworkCanaries(network: network, clock: SystemClock()) {
      var places = await files.fleetPolicy().policy.fleet.canaries.map { NetworkCanaries.Place($0) }
      if let place = await session?.place() {
        places.append(.init(name: "Azure \(place.host)", host: place.host, port: place.port))
      }
      return places
    }
  }

  private func local(_ clock: SystemClock) -> Provider { LocalProvider.make(environment: environment, clock: clock) }

  /// An engine at work on this site.
  /// - Parameters:
  ///   - mode: a healing one holds the engine lock for as long as it lives.
  ///   - held: the lock, where it was waited for.
  func start(
    mode: EngineStatus.Mode, includesLocal: Bool = false, lock held: EngineLock? = nil
  ) async throws -> RunningEngine {
    // What is wrong with the inventory is said before anything is made.
    _ = try await inventory.machines()
    try directory.create()
    let lock = mode == .healing ? try held ?? EngineLock.acquire(in: directory.path) : nil
    let journal = try JournalStore(path: directory.journal, healing: mode == .healing)
    let (providers, network) = try await parts(includesLocal: includesLocal, journal: journal)
    let isLocalOnly = providers.allSatisfy { $0.kind == .local }
    let ports = RuntimePorts(
      journal: journal,
      hooks: hookRunner,
      policies: SitePolicies(files: policies), canaries: network.map(canaries) ?? NoCanaries(), clock: SystemClock(),
      processID: getpid(),
      notices: isLocalOnly ? [Self.howToAdd(directory)] : [])
    let settings = EngineSettings(
      mode: mode, context: azure?.title ?? (isLocalOnly ? "this machine" : "hosts"),
      seed: UInt64(bitPattern: Int64(getpid())))
    let runtime = AutopilotRuntime(engine: Engine(settings: settings), providers: providers, ports: ports)
    let tunnels = tunnels
    return RunningEngine(runtime, lock: lock) { await tunnels.close() }
  }

  /// The way to one guest's SSH server, and to who can ask the guest for its keys by another way.
  func hostKeyWays(of machine: VirtualMachine) async throws -> (ssh: SSHAccess, source: any HostKeySource) {
    guard let network = try await parts(includesLocal: false, journal: nil).network else {
      throw ExitStatus(ExitStatus.usage, "'\(SafeText.line(machine.name))' is not reached by SSH")
    }
    let source: any HostKeySource =
      if machine.provider == .azure, let azure { azure.session.control } else { hostsControl(network) }
    return (network.ssh, source)
  }

  private func hostsControl(_ network: GuestNetwork) -> HostsControlPlane {
    HostsControlPlane(
      inventory: inventory, runner: CommandRunner(environment: environment), shell: RemoteShellRunner(network.ssh),
      clock: SystemClock())
  }

  /// Ends what providers of this site hold open on this machine.
  func close() async { await tunnels.close() }

  static func howToAdd(_ directory: ConfigurationDirectory) -> String {
    "watching this machine only; log in with `az login` for Azure VMs, or add hosts with --hosts user@host or in "
      + directory.shown(directory.inventory)
  }

  var hookRunner: ScriptHookRunner {
    ScriptHookRunner(surroundings: .current(configDirectory: directory.path, context: ""))
  }

  /// The journal as another process sees it; nil: no engine has run here yet.
  func reader() throws -> JournalReader? {
    do { return try JournalReader(path: directory.journal) } catch JournalError.missing { return nil }
  }
}

/// The tunnels through bastions that this process has opened: az holds them, and would go on after it.
private final class OpenTunnels: Sendable {
  private let open = Mutex<[BastionTunnels]>([])

  func keep(_ tunnels: BastionTunnels?) { open.withLock { $0 += [tunnels].compactMap { $0 } } }

  func close() async {
    let all = open.withLock { open in
      defer { open = [] }
      return open
    }
    for tunnels in all { await tunnels.close() }
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
