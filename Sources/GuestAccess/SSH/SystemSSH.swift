import FleetModel
import Glibc

/// The system's own `ssh`, for what libssh cannot do: jump hosts, proxy commands, hardware keys, certificates.
///
/// Connections are shared through ssh's control sockets and close by themselves ten minutes after the last use.
package struct SystemSSH: Sendable {
  private let settings: SSHSettings
  private let loop: EpollExecutor

  package init(settings: SSHSettings, loop: EpollExecutor) {
    self.settings = settings
    self.loop = loop
  }

  /// Runs a script as `RemoteShell.run` does.
  package func run(
    script: String, on target: SSHTarget, _ configuration: SSHConfiguration,
    until deadline: ContinuousClock.Instant
  ) async -> ShellResult {
    if let failure = prepareControlDirectory() { return .failure(.monitor(failure.explanation)) }
    let command = LocalCommand(
      settings.program,
      options(configuration, until: deadline) + ["-T"] + settings.arguments(for: target) + ["/bin/sh -s"],
      input: ShellProof.framed(script), environment: ["LC_ALL": "C"])
    switch await command.run(until: deadline, on: loop) {
    case .exited(let status, let output, let errors):
      if let proven = ShellProof.output(after: output) {
        // 255 is ssh's own word for "the connection failed", also half-way.
        if status == 255, let complaint = Self.lostConnection(errors) {
          return .failure(.unknown("the connection ended while the command ran: \(complaint)"))
        }
        return .success(ShellOutput(exitStatus: status, output: proven, errors: errors))
      }
      if status == 255 { return .failure(Self.failure(of: errors)) }
      return .failure(.notReached(ShellProof.failure(status: status, output: output, errors: errors)))
    case .timedOut:
      return Task.isCancelled
        ? .failure(.abandoned("the probe was cancelled")) : .failure(.unknown("ssh did not end in time"))
    case .failed(let why):
      return .failure(.monitor(why))
    }
  }

  /// Asks for the host key of a machine that only the system's `ssh` reaches: it files the key in a file of its own,
  /// and logs in nowhere.
  package func hostKey(
    of target: SSHTarget, _ configuration: SSHConfiguration, until deadline: ContinuousClock.Instant
  ) async -> Result<KnownHosts.Key, ShellFailure> {
    if let failure = prepareControlDirectory() { return .failure(.monitor(failure.explanation)) }
    // ssh makes the file; the directory is nobody else's.
    let file = "\(settings.controlDirectory)/offered-\(getpid())-\(UInt64.random(in: .min ... .max))"
    defer { unlink(file) }
    let own = [
      // A shared connection would show no key.
      "ControlPath=none", "UserKnownHostsFile=\(file)", "GlobalKnownHostsFile=/dev/null", "KnownHostsCommand=none",
      "StrictHostKeyChecking=accept-new", "HashKnownHosts=no", "PreferredAuthentications=none", "UpdateHostKeys=no",
    ]
    let arguments =
      own.flatMap { ["-o", $0] } + options(configuration, until: deadline) + ["-T"]
      + settings.arguments(for: target) + ["exit"]
    let command = LocalCommand(settings.program, arguments, environment: ["LC_ALL": "C"])
    let outcome = await command.run(until: deadline, on: loop)
    let line = KnownHostsFile.text(of: file)?.split(whereSeparator: \.isNewline).first
    if let words = line?.split(separator: " "), words.count >= 3 {
      return .success(KnownHosts.Key(type: String(words[1]), blob: String(words[2])))
    }
    switch outcome {
    case .exited(_, _, let errors): return .failure(Self.failure(of: errors))
    case .timedOut: return .failure(.notReached(.interrupted(.banner, "no host key in time")))
    case .failed(let why): return .failure(.monitor(why))
    }
  }

  /// What the SSH port says, asked through the jump host (`ssh -W`).
  package enum Greeting: Hashable, Sendable {
    case banner(String, elapsed: Duration)
    /// The jump host reached the machine's port, but this came of it.
    case failed(SSHFailure, Witness)
    /// The way to the machine failed before anything was learned of it.
    case monitor(MonitorFailure)
  }

  /// Asks for the banner through the last jump host.
  package func greet(
    through jump: String, _ configuration: SSHConfiguration, until deadline: ContinuousClock.Instant
  ) async -> Greeting {
    if let failure = prepareControlDirectory() { return .monitor(failure) }
    return await greet(through: jump, configuration, isShared: true, until: deadline)
  }

  private func greet(
    through jump: String, _ configuration: SSHConfiguration, isShared: Bool, until deadline: ContinuousClock.Instant
  ) async -> Greeting {
    var hops = jump.split(separator: ",").map(String.init)
    guard let last = hops.popLast() else { return .monitor(MonitorFailure("no jump host is named")) }
    let host = configuration.hostName.contains(":") ? "[\(configuration.hostName)]" : configuration.hostName
    // The jump host's answer is news of level INFO to ssh.
    var arguments = ["-o", "LogLevel=INFO"] + (isShared ? [] : ["-o", "ControlPath=none"])
    arguments += options(configuration, until: deadline)
    if let file = settings.configurationFile { arguments += ["-F", file] }
    if !hops.isEmpty { arguments += ["-J", hops.joined(separator: ",")] }
    // `[user@]host[:port]` as ssh itself takes it, in the form of a URL, which has a place for the port.
    arguments += ["-W", "\(host):\(configuration.port)", "--", last.hasPrefix("ssh://") ? last : "ssh://\(last)"]
    let start = ContinuousClock.now
    let command = LocalCommand(
      settings.program, arguments, input: "SSH-2.0-azlin\r\n", environment: ["LC_ALL": "C"])
    switch await command.run(until: deadline, on: loop) {
    case .exited(_, let output, let errors):
      let elapsed = start.duration(to: .now)
      if let line = output.split(whereSeparator: \.isNewline).first(where: { $0.hasPrefix("SSH-2.0-") }) {
        return .banner(SafeText.line(String(line.prefix(255))), elapsed: elapsed)
      }
      // Who shares a connection is told that the port did not open, but not why: that only its owner sees.
      if isShared, errors.contains("Stdio forwarding request failed") {
        return await greet(through: jump, configuration, isShared: false, until: deadline)
      }
      // sshd's answer to a forwarded connection: "channel 0: open failed: connect failed: Connection refused"
      guard let refusal = errors.split(separator: "\n").first(where: { $0.contains("open failed") }) else {
        return output.isEmpty && errors.isEmpty
          ? .failed(.noBanner, .answered(latency: elapsed))
          : .monitor(MonitorFailure("the way over \(last): \(Self.lastLine(errors))"))
      }
      let words = SafeText.line(String(refusal))
      if words.contains("Connection refused") { return .failed(.portRefused, .refused(latency: elapsed)) }
      if words.contains("timed out") { return .failed(.portSilent, .silent) }
      if words.contains("prohibited") {
        return .monitor(MonitorFailure("the jump host \(last) forwards no connections: \(words)"))
      }
      return .failed(.portSilent, .unreachable("says \(last): \(words)"))
    case .timedOut:
      return .monitor(MonitorFailure("the way over \(last) gave no answer in time"))
    case .failed(let why):
      return .monitor(MonitorFailure(why))
    }
  }

  private func options(_ configuration: SSHConfiguration, until deadline: ContinuousClock.Instant) -> [String] {
    let seconds = max(1, Int(ContinuousClock.now.duration(to: deadline).inSeconds.rounded(.down)))
    var options = [
      "BatchMode=yes", "ConnectTimeout=\(seconds)", "ServerAliveInterval=15", "ServerAliveCountMax=3",
      "ControlMaster=auto", "ControlPath=\(settings.controlDirectory)/%C", "ControlPersist=600",
      "ForwardAgent=no", "ForwardX11=no", "ClearAllForwardings=yes", "RequestTTY=no", "LogLevel=ERROR",
    ]
    if configuration.newHostKeys == .accepted { options.append("StrictHostKeyChecking=accept-new") }
    return options.flatMap { ["-o", $0] }
  }

  /// The directory must be the operator's alone: who can write there can speak for every guest.
  private func prepareControlDirectory() -> MonitorFailure? {
    let path = settings.controlDirectory
    if mkdir(path, 0o700) != 0, errno != EEXIST {
      return MonitorFailure(errno, while: "making the directory \(path) for ssh's control sockets")
    }
    var status = stat()
    guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR, status.st_uid == getuid(),
      status.st_mode & 0o077 == 0
    else {
      return MonitorFailure("\(path) is not a directory of your own with mode 0700; remove it or mend it")
    }
    return nil
  }

  /// What ssh's complaint means (OpenSSH writes it in English whatever the locale).
  static func failure(of errors: String) -> ShellFailure {
    let words = lastLine(errors)
    if errors.contains("IDENTIFICATION HAS CHANGED") {
      let offered = errors.split(whereSeparator: \.isWhitespace).first { $0.hasPrefix("SHA256:") } ?? "not told"
      return .notReached(
        .hostKeyChanged(known: "another key", offered: String(offered.prefix { $0 != "." })))
    }
    if errors.contains("host key is known for") || errors.contains("Host key verification failed") {
      return .notReached(.hostKeyUnknown(offered: "see `ssh` by hand"))
    }
    if let range = errors.firstIndex(of: "(").flatMap({ start in
      errors[start...].firstIndex(of: ")").map { errors.index(after: start)..<$0 }
    }), errors.contains("Permission denied") {
      return .notReached(
        .authenticationRefused(methods: SafeText.line(String(errors[range])).replacing(",", with: ", ")))
    }
    if errors.contains("Permission denied") || errors.contains("Too many authentication failures") {
      return .notReached(.authenticationRefused(methods: ""))
    }
    if errors.contains("Could not resolve") { return .monitor(words) }
    if errors.contains("banner") { return .notReached(.noBanner) }
    if errors.contains("Connection refused") { return .notReached(.portRefused) }
    if errors.contains("timed out") || errors.contains("No route to host") || errors.contains("unreachable") {
      return .notReached(.portSilent)
    }
    return .notReached(.interrupted(.authentication, words))
  }

  private static func lostConnection(_ errors: String) -> String? {
    let signs = ["closed", "reset", "Broken pipe", "timed out", "not responding", "disconnect"]
    let last = lastLine(errors)
    return signs.contains { last.contains($0) } ? last : nil
  }

  private static func lastLine(_ errors: String) -> String {
    let line = errors.split(whereSeparator: \.isNewline).last { !$0.allSatisfy(\.isWhitespace) } ?? "no reason given"
    return SafeText.line(String(line.prefix(200)))
  }
}
