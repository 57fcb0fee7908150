import CLinux
import FleetModel
import Glibc
import Synchronization

/// Holds offered host keys against the operator's known_hosts files, and files new ones where that is allowed.
package final class HostKeyJudge: Sendable {
  package enum Judgement: Hashable, Sendable {
    case known
    /// It was new, and is filed now.
    case filed
    case refused(SSHFailure)
    /// The key could not be filed: a key that is not remembered protects nothing.
    case monitor(MonitorFailure)
  }

  private struct Cached {
    var stamp: FileStamp
    var hosts: KnownHosts
  }

  private struct State {
    var files: [String: Cached] = [:]
    /// Keys accepted while no file could take them (`UserKnownHostsFile none`): they must stay the same.
    var pinned: [String: KnownHosts.Key] = [:]
  }

  private let state = Mutex(State())

  package init() {}

  /// The key types filed for a host, best known first, so that the server is asked for a key that can be compared.
  package func knownTypes(for configuration: SSHConfiguration) -> [String] {
    var types: [String] = []
    for key in keys(for: configuration) where key.marker == nil && !types.contains(key.type) {
      types.append(key.type)
    }
    return types
  }

  /// Only a certificate authority is filed for the host: its keys change by design and libssh cannot verify them.
  package func knowsAuthorityOnly(_ configuration: SSHConfiguration) -> Bool {
    let keys = keys(for: configuration)
    return keys.contains { $0.marker == .certificateAuthority } && !keys.contains { $0.marker == nil }
  }

  /// Judges the key a server offered.
  package func judge(_ offered: KnownHosts.Key, for configuration: SSHConfiguration) -> Judgement {
    let name = configuration.knownHostsName
    let filed = keys(for: configuration)
    let fingerprint = offered.fingerprint ?? "unreadable"
    if filed.contains(where: { $0.marker == .revoked && $0.blob == offered.blob }) {
      return .refused(.hostKeyChanged(known: "revoked in known_hosts", offered: fingerprint))
    }
    let own = filed.filter { $0.marker == nil }
    if own.contains(where: { $0.blob == offered.blob }) { return .known }
    if let other = own.first(where: { $0.type == offered.type }) ?? own.first {
      return .refused(.hostKeyChanged(known: other.fingerprint ?? "unreadable", offered: fingerprint))
    }
    switch configuration.newHostKeys {
    case .refused:
      return .refused(.hostKeyUnknown(offered: fingerprint))
    case .accepted:
      return file(offered, under: name, configuration)
    }
  }

  /// Files a key instead of all others that the operator's own files hold for a host.
  /// - Returns: the files that were changed, the one with the new key first.
  /// - Throws: `MonitorFailure`, naming the file; the key is then filed nowhere, or in addition to older ones.
  package func replace(
    by key: KnownHosts.Key, for configuration: SSHConfiguration
  ) throws(MonitorFailure) -> [String] {
    let name = configuration.knownHostsName
    guard let first = configuration.userKnownHosts.first else {
      throw MonitorFailure(
        "ssh_config names no UserKnownHostsFile for \(configuration.hostName), so no key of it is kept: restart azlin, "
          + "or name a file")
    }
    if let failure = Self.makeDirectory(of: first) { throw failure }
    let entry = KnownHosts.entry(for: name, key, hashed: configuration.hashesKnownHosts)
    try KnownHostsFile(path: first).replace { KnownHosts.replacing(name, in: $0, by: entry).bytes }
    var changed = [first]
    for path in configuration.userKnownHosts.dropFirst() where access(path, F_OK) == 0 {
      let isChanged = try KnownHostsFile(path: path).replace { text in
        let new = KnownHosts.replacing(name, in: text, by: nil)
        return new.removed > 0 ? new.bytes : nil
      }
      if isChanged { changed.append(path) }
    }
    state.withLock { $0.pinned[name] = nil }
    return changed
  }

  private static func makeDirectory(of path: String) -> MonitorFailure? {
    let directory = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    guard mkdir(directory, 0o700) != 0, errno != EEXIST else { return nil }
    return MonitorFailure(errno, while: "filing a new host key in \(path)")
  }

  /// Everything that is filed for a host, revocations and authorities too.
  func keys(for configuration: SSHConfiguration) -> [KnownHosts.Key] {
    let name = configuration.knownHostsName
    var keys = (configuration.userKnownHosts + configuration.globalKnownHosts).flatMap { hosts(in: $0).keys(for: name) }
    if let pinned = state.withLock({ $0.pinned[name] }), !keys.contains(pinned) { keys.append(pinned) }
    return keys
  }

  private func hosts(in path: String) -> KnownHosts {
    let stamp = FileStamp(path)
    if let cached = state.withLock({ $0.files[path] }), cached.stamp == stamp { return cached.hosts }
    let hosts = KnownHosts(KnownHostsFile.text(of: path) ?? "")
    state.withLock { $0.files[path] = Cached(stamp: stamp, hosts: hosts) }
    return hosts
  }

  private func file(
    _ key: KnownHosts.Key, under name: String, _ configuration: SSHConfiguration
  ) -> Judgement {
    guard let path = configuration.userKnownHosts.first else {
      let pinned = state.withLock { state -> KnownHosts.Key in
        let key = state.pinned[name] ?? key
        state.pinned[name] = key
        return key
      }
      return pinned == key
        ? .filed
        : .refused(
          .hostKeyChanged(known: pinned.fingerprint ?? "unreadable", offered: key.fingerprint ?? "unreadable"))
    }
    let doing = "filing a new host key in \(path)"
    if let failure = Self.makeDirectory(of: path) { return .monitor(failure) }
    let descriptor: Descriptor
    do { descriptor = try KnownHostsFile(path: path).locked(O_RDWR | O_APPEND, while: doing) } catch {
      return .monitor(error)
    }
    let number = descriptor.value
    // Under the lock: another probe or an `ssh` by hand may have been faster.
    let filed = hosts(in: path).keys(for: name).filter { $0.marker == nil }
    if filed.contains(where: { $0.blob == key.blob }) { return .known }
    if let other = filed.first {
      return .refused(
        .hostKeyChanged(known: other.fingerprint ?? "unreadable", offered: key.fingerprint ?? "unreadable"))
    }
    let entry = KnownHosts.entry(for: name, key, hashed: configuration.hashesKnownHosts) + "\n"
    let before = FileStamp(path)
    let bytes = Array((Self.endsLine(number) ? entry : "\n" + entry).utf8)
    // One write of an append-only descriptor is never torn by another.
    guard write(number, bytes, bytes.count) == bytes.count else {
      return .monitor(MonitorFailure(errno, while: doing))
    }
    remember(entry, bytes.count, in: path, since: before)
    descriptor.close()
    return .filed
  }

  /// What was just written need not be read again: a file of thousands of hosts is not read for each new one.
  private func remember(_ entry: String, _ count: Int, in path: String, since before: FileStamp) {
    let stamp = FileStamp(path)
    state.withLock { state in
      // An `ssh` by hand may have written in between.
      guard state.files[path]?.stamp == before, stamp.isGrown(from: before, by: count) else { return }
      state.files[path]?.hosts.append(entry)
      state.files[path]?.stamp = stamp
    }
  }

  /// Whether a file is empty, or its last line is complete.
  private static func endsLine(_ number: Int32) -> Bool {
    var last: UInt8 = 0
    let size = lseek(number, 0, SEEK_END)
    return size <= 0 || pread(number, &last, 1, size - 1) < 1 || last == 0x0a
  }
}
