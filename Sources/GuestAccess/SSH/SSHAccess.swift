import FleetModel
import Synchronization

/// The way into guests by SSH: live sessions where there are some, new ones where not, the system's `ssh` where
/// libssh cannot go.
package final class SSHAccess: RemoteShell {
  /// What one examination of a guest's SSH found.
  package struct Examination: Sendable {
    package var tcp: Reading<Witness>
    package var rungs: Reading<SSHRungs>
    /// What came of the script; nil: none was asked for, or the way ended before.
    package var shell: ShellResult?
  }

  /// How far an examination goes.
  package enum Goal: Hashable, Sendable {
    case port, banner
    /// To the shell, which runs this script.
    case shell(String)

    var script: String? {
      if case .shell(let script) = self { script } else { nil }
    }
  }

  package let settings: SSHSettings
  package let configurations: SSHConfigurationReader
  package let sessions: SSHSessions
  let dialer: TCPDialer
  let judge = HostKeyJudge()
  let refusals: SSHRefusals
  let system: SystemSSH
  let loops: NetworkLoops
  let resolver: Resolver
  let tunnels: (any GuestTunnels)?
  /// Guests whose algorithms libssh does not know; they are asked by the system's `ssh` from then on.
  private let beyondLibSSH = Mutex<Set<SSHEndpoint>>([])

  /// - Parameter tunnels: for machines whose way is `bastion`.
  package init(
    settings: SSHSettings, loops: NetworkLoops, resolver: Resolver, tunnels: (any GuestTunnels)? = nil
  ) {
    self.settings = settings
    self.loops = loops
    self.resolver = resolver
    self.tunnels = tunnels
    configurations = SSHConfigurationReader(settings: settings, loop: loops.network)
    sessions = SSHSessions(settings: settings, loop: loops.network)
    dialer = TCPDialer(loop: loops.network)
    refusals = SSHRefusals(retry: settings.refusedRetry)
    system = SystemSSH(settings: settings, loop: loops.network)
  }

  package func run(script: String, on target: SSHTarget, timeout: Duration) async -> ShellResult {
    let deadline = ContinuousClock.now + timeout
    return await withTaskExecutorPreference(loops.network) {
      await run(script, on: target, until: deadline)
    }
  }

  private func run(
    _ script: String, on target: SSHTarget, until deadline: ContinuousClock.Instant
  ) async -> ShellResult {
    let configuration: SSHConfiguration
    switch await self.configuration(of: target, until: deadline) {
    case .success(let answer): configuration = answer
    case .failure(let failure): return .failure(.monitor(failure.explanation))
    }
    if await usesSystemSSH(configuration) {
      return await runByHand(script, on: target, configuration, until: deadline)
    }
    let route: GuestRoute
    switch await self.route(of: configuration, until: deadline) {
    case .success(let answer): route = answer
    case .failure(let failure): return .failure(.monitor(failure.explanation))
    }
    let opening = min(deadline, .now + Self.patienceWithLiveSession)
    if let done = await runOnLiveSession(script, configuration, route, opening: opening, until: deadline) {
      return done
    }
    let greeting = await greet(route, dialing: deadline, until: deadline)
    guard case .banner = greeting.banner else { return .failure(greeting.failure) }
    return await openAndRun(script, on: target, configuration, greeting, until: deadline)
  }

  /// The addresses of a directly dialled host.
  package func addresses(
    of configuration: SSHConfiguration, until deadline: ContinuousClock.Instant
  ) async -> Resolver.Answer {
    await resolver.addresses(
      of: configuration.hostName, port: UInt16(clamping: configuration.port), families: configuration.families,
      until: deadline)
  }

  /// Climbs the rungs of a host that can be dialled: the port and the banner always on a new connection, because a live
  /// session outlives a stopped server.
  /// - Parameters:
  ///   - dialing: until then the port must have answered.
  package func examine(
    _ target: SSHTarget, _ configuration: SSHConfiguration, by route: GuestRoute, to goal: Goal,
    dialing: ContinuousClock.Instant, until deadline: ContinuousClock.Instant
  ) async -> Examination {
    let start = ContinuousClock.now
    async let greeted = greet(route, readsBanner: goal != .port, dialing: dialing, until: deadline)
    let byHand = await usesSystemSSH(configuration)
    var shell: ShellResult?
    if let script = goal.script, !byHand {
      let patience = min(Self.patienceWithLiveSession, start.duration(to: deadline) / 2)
      shell = await runOnLiveSession(
        script, configuration, route, opening: start + patience, until: deadline)
    }
    let greeting = await greeted
    defer { greeting.leave(on: loops) }
    if goal == .port, greeting.descriptor != nil {
      let rungs = SSHRungs(reached: .port, elapsed: start.duration(to: greeting.at))
      return Examination(tcp: greeting.tcp, rungs: .value(rungs), shell: nil)
    }
    guard case .banner(let banner) = greeting.banner else {
      return Examination(tcp: greeting.tcp, rungs: greeting.rungs(since: start), shell: shell)
    }
    guard let script = goal.script else {
      return Examination(
        tcp: greeting.tcp,
        rungs: .value(SSHRungs(reached: .banner, banner: banner, elapsed: start.duration(to: greeting.at))),
        shell: nil)
    }
    if shell == nil {
      shell =
        byHand
        ? await runBySystem(script, on: target, configuration, until: deadline)
        : await openAndRun(script, on: target, configuration, greeting, until: deadline)
    }
    return Examination(
      tcp: greeting.tcp, rungs: Self.rungs(of: shell, banner: banner, since: start), shell: shell)
  }

  /// Closes what is open.
  package func close() { sessions.close() }

  /// A live session that has not opened a channel by then is left for a new one.
  private static let patienceWithLiveSession = Duration.seconds(3)

  func usesSystemSSH(_ configuration: SSHConfiguration) async -> Bool {
    configuration.needsSystemSSH != nil || judge.knowsAuthorityOnly(configuration)
      || beyondLibSSH.withLock { $0.contains(SSHEndpoint(configuration)) }
  }

  func noteBeyondLibSSH(_ endpoint: SSHEndpoint) {
    beyondLibSSH.withLock { _ = $0.insert(endpoint) }
  }

  /// Runs a script by the system's `ssh`, unless a refusal of its login stands.
  func runBySystem(
    _ script: String, on target: SSHTarget, _ configuration: SSHConfiguration,
    until deadline: ContinuousClock.Instant
  ) async -> ShellResult {
    let endpoint = SSHEndpoint(configuration)
    let means = await self.means(configuration, until: deadline)
    if let methods = refusals.standing(endpoint, means) {
      return .failure(.notReached(.authenticationRefused(methods: methods)))
    }
    let result = await runByHand(script, on: target, configuration, until: deadline)
    if case .failure(.notReached(.authenticationRefused(let methods))) = result {
      refusals.note(endpoint, means, methods: methods)
    }
    return result
  }

  func means(_ configuration: SSHConfiguration, until deadline: ContinuousClock.Instant) async -> SSHRefusals.Means {
    var keys: [SSHAgent.Key] = []
    if let socket = configuration.agentSocket {
      keys =
        await SSHAgent.keys(socket: socket, until: min(deadline, .now + .seconds(1)), on: loops.network) ?? []
    }
    return SSHRefusals.Means(files: configuration.identityFiles, agentKeys: keys)
  }

  /// The rungs above the banner, told by what came of the shell.
  static func rungs(
    of shell: ShellResult?, banner: String?, since start: ContinuousClock.Instant
  ) -> Reading<SSHRungs> {
    let elapsed = start.duration(to: .now)
    func rungs(_ reached: SSHRung?, _ failure: SSHFailure?) -> Reading<SSHRungs> {
      .value(SSHRungs(reached: reached, failure: failure, banner: banner, elapsed: elapsed))
    }
    switch shell {
    case .success, nil: return rungs(.shell, nil)
    case .failure(.monitor(let why)), .failure(.abandoned(let why)): return .notMeasured(.monitor(why))
    case .failure(.unknown(let why)): return rungs(.authentication, .shellFailed(why))
    case .failure(.notReached(let failure)):
      switch failure {
      case .portRefused, .portSilent, .interrupted(.port, _): return rungs(nil, failure)
      case .noBanner, .interrupted(.banner, _): return rungs(.port, failure)
      case .hostKeyChanged, .hostKeyUnknown, .authenticationRefused, .interrupted(.authentication, _):
        return rungs(.banner, failure)
      case .shellFailed, .interrupted(.shell, _): return rungs(.authentication, failure)
      }
    }
  }
}
