import FleetModel

/// A new connection up to its banner, kept open for a login.
struct SSHGreeting: Sendable {
  var route: GuestRoute
  /// Of the route, the one that was dialled.
  var address: SocketAddress?
  var dialled: TCPDialer.Outcome
  /// nil: the port is not open, or the banner was not asked for.
  var banner: SSHBanner.Outcome?
  /// When the last rung ended.
  var at: ContinuousClock.Instant

  var tcp: Reading<Witness> { dialled.witness }

  var descriptor: Descriptor? {
    if case .connected(let descriptor, _) = dialled { descriptor } else { nil }
  }

  /// Says goodbye, where no login took the connection over.
  func leave(on loops: NetworkLoops) {
    if let descriptor { SSHBanner.leave(descriptor, on: loops.network) }
  }

  /// Why there is no banner.
  var failure: ShellFailure {
    switch dialled {
    case .connected: break
    case .refused: return .notReached(.portRefused)
    case .silent, .unreachable: return .notReached(.portSilent)
    case .monitor(let failure): return .monitor(failure.explanation)
    }
    switch banner {
    case .failed(let failure): return .notReached(failure)
    case .monitor(let failure): return .monitor(failure.explanation)
    case .banner, nil: return .notReached(.noBanner)
    }
  }

  /// The rungs where the banner was not reached.
  func rungs(since start: ContinuousClock.Instant) -> Reading<SSHRungs> {
    switch failure {
    case .monitor(let why), .unknown(let why), .abandoned(let why): .notMeasured(.monitor(why))
    case .notReached(let failure):
      .value(SSHRungs(reached: descriptor == nil ? nil : .port, failure: failure, elapsed: start.duration(to: at)))
    }
  }
}

extension SSHAccess {
  /// Dials, and reads the banner where that is wanted.
  func greet(
    _ route: GuestRoute, readsBanner: Bool = true, dialing: ContinuousClock.Instant,
    until deadline: ContinuousClock.Instant
  ) async -> SSHGreeting {
    let (address, dialled, proof) = await dial(route, until: min(dialing, deadline))
    guard case .connected(let descriptor, _) = dialled, readsBanner || proof != .handshake else {
      return SSHGreeting(route: route, address: address, dialled: dialled, banner: nil, at: .now)
    }
    let banner = await SSHBanner.read(from: descriptor.value, until: deadline, on: loops.network)
    if case .failed(let failure) = banner, !SSHBanner.hasHeard(descriptor),
      let objection = proof.objection(isClosed: failure != .noBanner)
    {
      return SSHGreeting(route: route, address: address, dialled: .monitor(objection), banner: nil, at: .now)
    }
    return SSHGreeting(route: route, address: address, dialled: dialled, banner: banner, at: .now)
  }

  /// Runs a script on a live session; nil: there is none, or it turned out dead before anything ran.
  func runOnLiveSession(
    _ script: String, _ configuration: SSHConfiguration, _ route: GuestRoute,
    opening: ContinuousClock.Instant, until deadline: ContinuousClock.Instant
  ) async -> ShellResult? {
    let endpoint = SSHEndpoint(configuration)
    while let session = sessions.take(endpoint, to: route.addresses) {
      let outcome = await session.run(ShellProof.framed(script), opening: opening, until: deadline)
      if case .dead = outcome { continue }
      return await conclude(outcome, session, endpoint)
    }
    return nil
  }

  /// Logs in on a connection whose banner was seen, and runs a script there.
  func openAndRun(
    _ script: String, on target: SSHTarget, _ configuration: SSHConfiguration, _ greeting: SSHGreeting,
    until deadline: ContinuousClock.Instant
  ) async -> ShellResult {
    let endpoint = SSHEndpoint(configuration)
    let means = await self.means(configuration, until: deadline)
    if let methods = refusals.standing(endpoint, means) {
      return .failure(.notReached(.authenticationRefused(methods: methods)))
    }
    var refused = ""
    var connection: SSHGreeting? = greeting
    for credential in credentials(configuration, means) {
      if connection == nil {
        guard let address = greeting.address else { break }
        let again = await greet(greeting.route.narrowed(to: address), dialing: deadline, until: deadline)
        guard case .banner = again.banner else {
          again.leave(on: loops)
          return .failure(again.failure)
        }
        connection = again
      }
      guard let current = connection else { break }
      connection = nil
      switch await open(current, configuration, credential, until: deadline) {
      case .session(let session):
        refusals.forget(endpoint)
        let outcome = await session.run(ShellProof.framed(script), opening: deadline, until: deadline)
        return await conclude(outcome, session, endpoint)
      case .authenticationRefused(let methods): refused = methods
      case .failed(let failure): return .failure(failure)
      case .beyondLibSSH:
        noteBeyondLibSSH(endpoint)
        return await runBySystem(script, on: target, configuration, until: deadline)
      }
    }
    refusals.note(endpoint, means, methods: refused)
    return .failure(.notReached(.authenticationRefused(methods: refused)))
  }

  /// Files first: they need no other program, and a named identity is meant to be used. Without any key a login is
  /// still tried, because it tells what the server offers.
  private func credentials(_ configuration: SSHConfiguration, _ means: SSHRefusals.Means) -> [SSHCredential] {
    let files = configuration.identityFiles.filter { SSHKeyPair(file: $0) != nil }
    var credentials: [SSHCredential] = []
    // OpenSSH servers hang up after six attempts (MaxAuthTries).
    if !files.isEmpty { credentials.append(.files(Array(files.prefix(5)))) }
    if let socket = configuration.agentSocket, means.agentKeys.contains(where: { !$0.isHardware }) {
      credentials.append(.agent(socket: socket))
    }
    return credentials.isEmpty ? [.files([])] : credentials
  }

  private enum Opened {
    case session(SSHSession)
    case authenticationRefused(String)
    case failed(ShellFailure)
    case beyondLibSSH
  }

  private func open(
    _ greeting: SSHGreeting, _ configuration: SSHConfiguration, _ credential: SSHCredential,
    until deadline: ContinuousClock.Instant
  ) async -> Opened {
    guard let descriptor = greeting.descriptor, let address = greeting.address else {
      return .failed(greeting.failure)
    }
    // An agent may keep its thread waiting: sessions that log in with it have one of their own.
    let loop = if case .agent = credential { loops.agent } else { loops.network }
    do {
      let session = try SSHSession(
        taking: descriptor, to: address, user: configuration.user, host: configuration.hostName,
        hostKeyTypes: judge.knownTypes(for: configuration), loop: loop)
      return await logIn(session, configuration, credential, until: deadline)
    } catch {
      return .failed(.monitor(error.explanation))
    }
  }

  private func logIn(
    _ session: SSHSession, _ configuration: SSHConfiguration, _ credential: SSHCredential,
    until deadline: ContinuousClock.Instant
  ) async -> Opened {
    do {
      let key = try await session.handshake(until: deadline)
      switch judge.judge(key, for: configuration) {
      case .known, .filed: break
      case .refused(let failure): return .failed(.notReached(failure))
      case .monitor(let failure): return .failed(.monitor(failure.explanation))
      }
      let watcher = session.loop === loops.agent ? loops.network : loops.agent
      switch try await session.logIn(with: credential, until: deadline, watchedBy: watcher) {
      case .accepted: return .session(session)
      case .refused(let methods): return .authenticationRefused(methods)
      }
    } catch {
      switch error {
      case .timedOut: return .failed(.notReached(.interrupted(.authentication, "no answer in time")))
      case .closed(let why):
        // Too many keys were offered: that is a refusal, not a fault of the server.
        return why.contains("Too many authentication failures")
          ? .authenticationRefused("publickey") : .failed(.notReached(.interrupted(.authentication, why)))
      case .noCommonAlgorithm: return .beyondLibSSH
      case .monitor(let failure): return .failed(.monitor(failure.explanation))
      }
    }
  }

  /// Puts a good session back, and reads what the shell said.
  private func conclude(
    _ outcome: SSHCommandOutcome, _ session: SSHSession, _ endpoint: SSHEndpoint
  ) async -> ShellResult {
    switch outcome {
    case .ended(var output):
      if await session.isAlive { sessions.put(session, endpoint) }
      guard let proven = ShellProof.output(after: output.output) else {
        return .failure(
          .notReached(
            ShellProof.failure(status: output.exitStatus, output: output.output, errors: output.errors)))
      }
      output.output = proven
      return .success(output)
    case .dead(let why), .refused(let why): return .failure(.notReached(.shellFailed(why)))
    case .unknown(let why): return .failure(.unknown(why))
    case .abandoned(let why): return .failure(.abandoned(why))
    case .monitor(let failure): return .failure(.monitor(failure.explanation))
    }
  }
}
