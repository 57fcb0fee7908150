import Subprocess

/// A set of real Debian guests on this machine: each boots its own systemd and sshd in namespaces of its own, behind a
/// cable of its own, and answers SSH within a second. A guest is cheap (about 30 MB); six at once are fine.
///
/// Needs root: put `.requiresLab` on the suite. One lab lives at a time in a process, so suites may run in parallel.
package actor Lab {
  /// 0...511; in the names of all that the lab makes on this machine (`azlin-lab7-web-1`, `azl7v0`).
  package nonisolated let number: Int
  /// Holds all the lab's files; gone when the lab is.
  package nonisolated let directory: String

  private var names: [String] = []

  private init(number: Int, directory: String) {
    self.number = number
    self.directory = directory
  }

  /// Private key that `root`, `ops` (may sudo) and `viewer` (may not) of every guest accept.
  package nonisolated var identity: String { "\(directory)/identity" }
  /// The host keys of all guests, as ssh's UserKnownHostsFile has them.
  package nonisolated var knownHosts: String { "\(directory)/known_hosts" }

  /// Makes a lab, hands it to `body`, and takes everything away again, also after an error or a cancellation; when the
  /// whole process is killed, within a second after that.
  ///
  /// The first use on a machine builds the guests' Debian tree, about a minute, and keeps it in `AZLIN_LAB_CACHE`
  /// (default `~/.cache/azlin-lab`).
  /// - Throws: `LabError`, or what `body` throws.
  package static func with<Result: Sendable>(_ body: (Lab) async throws -> Result) async throws -> Result {
    if let unavailableReason { throw LabError.unavailable(unavailableReason) }
    await LabTurn.shared.take()
    do {
      let result = try await hold(root: try await LabRoot.path(), body)
      await LabTurn.shared.giveBack()
      return result
    } catch {
      await LabTurn.shared.giveBack()
      throw error
    }
  }

  /// Creates a guest, boots it and waits until its sshd answers.
  /// - Parameters:
  ///   - name: its host name: up to 20 lower-case letters, digits and dashes.
  ///   - disk: what is mounted at /var/tmp; nil: nothing, it is volatile.
  ///   - boot: false leaves it off, as it was bought.
  package func guest(_ name: String, disk: LabDisk? = nil, boot: Bool = true) async throws -> LabGuest {
    let isHostName = name.wholeMatch(of: /[a-z0-9]([a-z0-9-]{0,18}[a-z0-9])?/) != nil
    guard isHostName, !names.contains(name) else { throw LabError.badName(name) }
    let index = names.count
    names.append(name)
    let base = "198.\(18 + number / 256).\(number % 256)"
    let guest = LabGuest(name: name, address: "\(base).\(index * 4 + 2)", lab: self)
    try await guest.act("create", "\(index)")
    if let disk {
      let sizes = [disk.mebibytes, disk.usedPercent, disk.oldFiles, disk.ageDays].map(String.init)
      try await guest.act("disk", sizes, input: disk.setup)
    }
    try await rememberHostKey(of: guest)
    if boot {
      try await guest.start()
      try await guest.awaitSSH()
    }
    return guest
  }

  private func rememberHostKey(of guest: LabGuest) async throws {
    let script = #"printf '%s %s\n' "$1" "$(cut -d ' ' -f 1,2 "$2")" >> "$3""#
    try await LabCommand.succeed(
      ["sh", "-c", script, "sh", guest.address, "\(guest.directory)/ssh/host_ed25519.pub", knownHosts])
  }

  private static func hold<Result: Sendable>(
    root: String, _ body: (Lab) async throws -> Result
  ) async throws -> Result {
    var options = PlatformOptions()
    // Out of reach of a Ctrl-C, which is meant for the test; the holder cleans up when its input ends.
    options.createSession = true
    options.teardownSequence = [.send(signal: .terminate, allowedDurationToNextStep: .seconds(20))]
    let holder = try await Subprocess.run(
      .name("bash"), arguments: ["-c", LabScripts.hold, "hold.sh", state],
      environment: .inherit.updating(["PATH": LabCommand.path]), platformOptions: options,
      input: .inputWriter, output: .sequence, error: .string(limit: 1 << 16)
    ) { execution -> Swift.Result<Result, any Error> in
      let outcome: Swift.Result<Result, any Error>
      do {
        let lab = try await claimed(execution.standardOutput)
        try await lab.furnish(root: root)
        outcome = .success(try await body(lab))
      } catch {
        outcome = .failure(error)
      }
      try? await execution.standardInputWriter.finish()  // a holder that has ended needs no telling
      return outcome
    }
    if case .failure(LabError.unavailable) = holder.closureResult, !holder.standardError.isEmpty {
      throw LabError.unavailable(holder.standardError)
    }
    return try holder.closureResult.get()
  }

  private static func claimed(_ output: SubprocessOutputSequence) async throws -> Lab {
    for try await line in output.strings() {
      let words = line.split(whereSeparator: \.isWhitespace)
      guard words.count == 2, let number = Int(words[0]) else { break }
      return Lab(number: number, directory: String(words[1]))
    }
    throw LabError.unavailable("no lab number could be claimed in \(state)")
  }

  private func furnish(root: String) async throws {
    try await LabCommand.succeed(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "azlin-lab", "-f", identity])
    try await write("number=\(number)\nroot=\(root)\n", to: "lab.conf", mode: "0600")
    try await write(LabScripts.guest, to: "guest.sh", mode: "0700")
    try await write("", to: "known_hosts", mode: "0600")
    try await LabCommand.succeed(["mkdir", "\(directory)/bin"])
    for verb in LabInventory.verbs {
      try await write("#!/bin/sh\nexec '\(directory)/guest.sh' \(verb) \"$1\"\n", to: "bin/\(verb)", mode: "0700")
    }
  }

  private func write(_ text: String, to file: String, mode: String) async throws {
    let path = "\(directory)/\(file)"
    try await LabCommand.succeed(
      ["sh", "-c", #"umask 077; cat > "$1" && chmod "$2" "$1""#, "sh", path, mode], input: text)
  }

  /// Survives no reboot, and need not: what lies here after one is swept by the next lab.
  private static let state = "/var/tmp/azlin-lab"
}
