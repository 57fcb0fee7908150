import FleetModel
import GuestAccess

/// Tunnels to virtual machines through their bastions, each an `az network bastion tunnel` that runs as long as it is
/// used.
package actor BastionTunnels: GuestTunnels {
  package struct Settings: Sendable {
    /// The Azure CLI.
    package var program = "az"
    /// Tunnels at once: each is a Python process of about 100 MiB.
    package var maximum = 16
    /// A tunnel that nobody asked for so long is closed: longer than the longest usual interval of checks.
    package var idleLimit = Duration.minutes(15)
    /// One that was used more recently makes no room for another.
    package var minimumUse = Duration.minutes(1)
    /// How long az may take to open one.
    package var patience = Duration.seconds(60)
    /// After a failure az is not started again for so long.
    package var pause = Duration.seconds(30)

    package init() {}
  }

  private struct Key: Hashable {
    var machine: MachineID
    var port: Int
  }

  private struct Entry {
    /// Tells a tunnel from its successor.
    var number: UInt64
    var opened: Promise<Result<GuestTunnel, MonitorFailure>>
    /// Runs as long as the tunnel does; cancelled, it kills it.
    var running: Task<Void, Never>
    var lastUse: ContinuousClock.Instant
  }

  private let settings: Settings
  private let directory: BastionDirectory
  private let loop: EpollExecutor
  private var entries: [Key: Entry] = [:]
  private var failures: [Key: (failure: MonitorFailure, until: ContinuousClock.Instant)] = [:]
  private var count: UInt64 = 0
  private var sweeper: Task<Void, Never>?
  private var isClosed = false

  /// - Parameters:
  ///   - caller: finds the bastions.
  ///   - loop: waits for processes and ports.
  package init(caller: any ARMCaller, loop: EpollExecutor, settings: Settings = Settings()) {
    self.settings = settings
    self.loop = loop
    directory = BastionDirectory(caller: caller)
  }

  deinit {
    sweeper?.cancel()
    for entry in entries.values { entry.running.cancel() }
  }

  package func tunnel(
    to machine: VirtualMachine, port: Int, until deadline: ContinuousClock.Instant
  ) async -> Result<GuestTunnel, MonitorFailure> {
    let key = Key(machine: machine.id, port: port)
    let now = ContinuousClock.now
    if let failed = failures[key], failed.until > now { return .failure(failed.failure) }
    failures[key] = nil
    if entries[key] == nil {
      guard !isClosed else { return .failure(MonitorFailure("azlin is ending: no tunnel is opened any more")) }
      guard makeRoom(at: now) else {
        return .failure(
          MonitorFailure(
            "\(settings.maximum) tunnels through bastions are open, which is the most at once; \(machine.name) waits "
              + "for one that is not in use"))
      }
      entries[key] = open(key, to: machine)
      startSweeper()
    }
    entries[key]?.lastUse = now
    guard let promise = entries[key]?.opened else { return .failure(MonitorFailure("the tunnel was closed")) }
    return await promise.value(until: deadline, on: loop)
      ?? .failure(
        MonitorFailure(
          "the tunnel to \(machine.name) is still being opened (az takes its time): the next check will find it"))
  }

  /// Closes all tunnels, and waits until their processes have ended.
  package func close() async {
    isClosed = true
    sweeper?.cancel()
    let running = entries.values.map(\.running)
    for task in running { task.cancel() }
    for task in running { await task.value }
  }

  /// Tunnels that are open, or about to be.
  package var openTunnels: Int { entries.count }

  /// Closes the tunnel that was idle longest, where all are taken.
  private func makeRoom(at now: ContinuousClock.Instant) -> Bool {
    guard entries.count >= settings.maximum else { return true }
    guard let oldest = entries.min(by: { $0.value.lastUse < $1.value.lastUse }),
      oldest.value.lastUse + settings.minimumUse <= now
    else { return false }
    remove(oldest.key)
    return true
  }

  private func remove(_ key: Key) { entries.removeValue(forKey: key)?.running.cancel() }

  private func open(_ key: Key, to machine: VirtualMachine) -> Entry {
    count += 1
    let number = count
    let promise = Promise<Result<GuestTunnel, MonitorFailure>>()
    let (directory, settings, loop) = (directory, settings, loop)
    // Holds nothing of this actor while it runs: dropping the actor ends all tunnels.
    let running = Task { [weak self] in
      let failure = await Self.run(to: machine, port: key.port, directory, settings, loop, promise)
      promise.fulfil(.failure(failure))
      await self?.ended(key, number, failure)
    }
    return Entry(number: number, opened: promise, running: running, lastUse: .now)
  }

  private func ended(_ key: Key, _ number: UInt64, _ failure: MonitorFailure) {
    guard entries[key]?.number == number else { return }
    // One that served and died is opened anew at once; one that never opened is not tried without end.
    if case .failure = entries[key]?.opened.now { failures[key] = (failure, .now + settings.pause) }
    entries[key] = nil
  }

  /// Finds the bastion, opens the tunnel and stays until it has ended.
  private static func run(
    to machine: VirtualMachine, port: Int, _ directory: BastionDirectory, _ settings: Settings,
    _ loop: EpollExecutor, _ promise: Promise<Result<GuestTunnel, MonitorFailure>>
  ) async -> MonitorFailure {
    let host: BastionHost
    switch await directory.bastion(of: machine) {
    case .success(let found): host = found
    case .failure(let failure): return failure
    }
    guard let path = ResourcePath(host.id), let target = machine.resourcePath?.target else {
      return MonitorFailure("\(machine.name) is no virtual machine of Azure, or its bastion has no proper id")
    }
    do {
      let localPort = try LocalPorts.free()
      let process = TunnelProcess(
        program: settings.program, bastion: path, target: target, port: port, localPort: localPort,
        patience: settings.patience, loop: loop)
      let name = SafeText.line(path.name)
      let end = await process.run { promise.fulfil(.success(GuestTunnel(localPort: localPort, name: name))) }
      return MonitorFailure("the tunnel through the bastion \(name): \(end)")
    } catch {
      return error
    }
  }

  private func startSweeper() {
    guard sweeper == nil else { return }
    let (loop, pause) = (loop, min(settings.idleLimit, .seconds(30)))
    sweeper = Task { [weak self] in
      while !Task.isCancelled {
        _ = await loop.sleep(until: .now + pause)
        guard let self else { return }
        await self.sweep()
      }
    }
  }

  private func sweep() {
    let now = ContinuousClock.now
    for (key, entry) in entries where entry.opened.now != nil && entry.lastUse + settings.idleLimit <= now {
      remove(key)
    }
  }
}
