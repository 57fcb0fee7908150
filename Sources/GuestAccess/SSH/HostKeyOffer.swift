import FleetModel

/// The host key that answers at a machine's address now, beside what is filed for it.
package struct HostKeyOffer: Hashable, Sendable {
  package var configuration: SSHConfiguration
  package var offered: KnownHosts.Key
  /// The keys of the host in all files that are in force.
  package var filed: [KnownHosts.Key]

  /// The offered key is filed for the host already.
  package var isKnown: Bool { filed.contains { $0.marker == nil && $0.blob == offered.blob } }
  /// Somebody has said of the offered key that it must never be trusted.
  package var isRevoked: Bool { filed.contains { $0.marker == .revoked && $0.blob == offered.blob } }
}

extension SSHAccess {
  /// Asks a guest's SSH server for its host key, and logs in nowhere.
  package func offer(of target: SSHTarget, timeout: Duration) async -> Result<HostKeyOffer, ShellFailure> {
    let deadline = ContinuousClock.now + timeout
    return await withTaskExecutorPreference(loops.network) { await offer(of: target, until: deadline) }
  }

  private func offer(
    of target: SSHTarget, until deadline: ContinuousClock.Instant
  ) async -> Result<HostKeyOffer, ShellFailure> {
    let configuration: SSHConfiguration
    switch await self.configuration(of: target, until: deadline) {
    case .success(let answer): configuration = answer
    case .failure(let failure): return .failure(.monitor(failure.explanation))
    }
    let found: Result<KnownHosts.Key, ShellFailure>
    if configuration.isIndirect {
      found = await system.hostKey(of: target, configuration, until: deadline)
    } else {
      found = await directKey(of: target, configuration, until: deadline)
    }
    return found.map { key in
      HostKeyOffer(configuration: configuration, offered: key, filed: judge.keys(for: configuration))
    }
  }

  private func directKey(
    of target: SSHTarget, _ configuration: SSHConfiguration, until deadline: ContinuousClock.Instant
  ) async -> Result<KnownHosts.Key, ShellFailure> {
    let route: GuestRoute
    switch await self.route(of: configuration, until: deadline) {
    case .success(let answer): route = answer
    case .failure(let failure): return .failure(.monitor(failure.explanation))
    }
    let greeting = await greet(route, dialing: deadline, until: deadline)
    guard case .banner = greeting.banner, let descriptor = greeting.descriptor, let address = greeting.address else {
      greeting.leave(on: loops)
      return .failure(greeting.failure)
    }
    do {
      let session = try SSHSession(
        taking: descriptor, to: address, user: configuration.user, host: configuration.hostName,
        hostKeyTypes: judge.knownTypes(for: configuration), loop: loops.network)
      return .success(try await session.handshake(until: deadline))
    } catch SSHSession.Failure.noCommonAlgorithm {
      return await system.hostKey(of: target, configuration, until: deadline)
    } catch SSHSession.Failure.timedOut {
      return .failure(.notReached(.interrupted(.banner, "no host key in time")))
    } catch SSHSession.Failure.closed(let why) {
      return .failure(.notReached(.interrupted(.banner, why)))
    } catch let failure as MonitorFailure {
      return .failure(.monitor(failure.explanation))
    } catch SSHSession.Failure.monitor(let failure) {
      return .failure(.monitor(failure.explanation))
    } catch {
      return .failure(.monitor("\(error)"))
    }
  }

  /// Files the offered key instead of all that the operator's own files hold for this host.
  /// - Returns: the files that were changed, the one with the new key first.
  /// - Throws: `MonitorFailure`, naming the file.
  package func accept(_ offer: HostKeyOffer) throws(MonitorFailure) -> [String] {
    sessions.drop(SSHEndpoint(offer.configuration))
    return try judge.replace(by: offer.offered, for: offer.configuration)
  }
}
