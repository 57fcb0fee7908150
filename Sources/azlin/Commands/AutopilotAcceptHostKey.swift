import ArgumentParser
import Autopilot
import FleetModel
import GuestAccess
import Journal

/// `azlin autopilot accept-host-key VM`: a person's word that the key which answers now is the machine's own
/// (semantics 2.3).
struct AutopilotAcceptHostKey: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "accept-host-key",
    abstract: "Trust the SSH host key that a machine offers now, after showing it beside the known one.")

  @Argument(help: "The machine.") var machine: String
  @Option(help: "Accept exactly this key (SHA256:…, as ssh-keygen -l prints it), without asking.")
  var fingerprint: String?
  @Flag(name: .shortAndLong, help: "Do not ask; refused where the machine itself names another key.") var yes = false
  @OptionGroup var output: OutputOptions
  @OptionGroup var global: GlobalOptions

  func validate() throws {
    guard let fingerprint else { return }
    guard fingerprint.hasPrefix("SHA256:"), fingerprint.utf8.count >= 50 else {
      throw ValidationError("--fingerprint '\(fingerprint)': write it as ssh-keygen -l prints it, SHA256:…")
    }
  }

  func run() async throws {
    let site = try Site(global)
    let word = try await FleetWord.read(site)
    let found = try Selection.machines(named: [machine], among: word.statuses)
    guard let target = found.first?.machine, found.count == 1 else {
      throw ExitStatus(ExitStatus.usage, "'\(machine)' names \(found.count) machines; accept-host-key takes one")
    }
    do { try await judge(target, word, at: site) } catch {
      await site.close()
      throw error
    }
    await site.close()
  }

  private func judge(_ target: VirtualMachine, _ word: FleetWord, at site: Site) async throws {
    let console = output.console(global)
    let name = SafeText.line(target.qualifiedName)
    let (ssh, source) = try await site.hostKeyWays(of: target)
    guard let place = SSHTarget(target, await request(target, site)) else {
      throw ExitStatus(
        ExitStatus.usage, "'\(name)' has no address to ask: see azlin autopilot config --address, --proxy")
    }
    async let told = source.hostKeys(of: target)
    let offer: HostKeyOffer
    switch await ssh.offer(of: place, timeout: .seconds(30)) {
    case .success(let answer): offer = answer
    case .failure(let failure):
      throw ExitStatus(ExitStatus.unavailable, "'\(name)' offers no host key: \(SafeText.line(failure.description))")
    }
    console.result("\(name) (\(SafeText.line(offer.configuration.place)))")
    let known = offer.filed.filter { $0.marker == nil }
    for key in known { console.result("known:   \(Self.text(key))") }
    if known.isEmpty { console.result("known:   none") }
    console.result("offered: \(Self.text(offer.offered))")
    console.note("asking \(name) itself for its keys…")
    let inside = HostKeyComparison(offer.offered, await told)
    for line in inside.lines { console.result("inside:  \(line)") }

    if offer.isRevoked {
      throw ExitStatus(ExitStatus.failed, "the offered key is revoked in known_hosts; nothing was changed")
    }
    if offer.isKnown {
      console.result("✓ the offered key is the known one; nothing to do")
      return
    }
    try confirm(offer.offered, inside, name)
    let files: [String]
    do { files = try ssh.accept(offer) } catch { throw ExitStatus(ExitStatus.failed, error.explanation) }
    console.result("✓ \(name) is known by \(Self.text(offer.offered)) from now on, in \(files.joined(separator: ", "))")
    // A living engine need not wait for its next round.
    if word.engine?.isAlive == true { _ = try? await CommandPost.submit(.checkNow([target.id]), at: site) }
  }

  /// - Throws: `ExitStatus` 1 where nobody, or the wrong key, was named.
  private func confirm(_ offered: KnownHosts.Key, _ inside: HostKeyComparison, _ name: String) throws {
    if let fingerprint {
      let wanted = fingerprint.reversed().drop { $0 == "=" }.reversed()
      guard let actual = offered.fingerprint, actual.elementsEqual(wanted) else {
        throw ExitStatus(ExitStatus.failed, "the offered key is not \(fingerprint); nothing was changed")
      }
      return
    }
    if yes {
      guard inside.isContradicted else { return }
      throw ExitStatus(
        ExitStatus.failed,
        "the machine itself names another key, so somebody else may answer at its address; nothing was changed. "
          + "--fingerprint with the offered one accepts it nonetheless")
    }
    let question =
      inside.isContradicted
      ? "The machine itself names ANOTHER key. Trust the offered one for \(name) nonetheless?"
      : "Trust the offered key for \(name)?"
    guard Console.confirms(question, flag: "--fingerprint SHA256:… or --yes") else {
      throw ExitStatus(ExitStatus.failed, "not confirmed; nothing was changed")
    }
  }

  private func request(_ machine: VirtualMachine, _ site: Site) async -> ProbeRequest {
    let policy = await SitePolicies(files: site.policies).policies(for: [machine])[machine.id] ?? EffectivePolicy()
    return ProbeRequest(.full, [.ssh], of: machine, policy.policy)
  }

  static func text(_ key: KnownHosts.Key) -> String {
    "\(key.fingerprint ?? "unreadable") (\(SafeText.line(String(key.type.prefix(60)))))"
  }
}

/// The offered key beside what the guest itself says by a way that is not SSH.
struct HostKeyComparison {
  let lines: [String]
  /// The guest names its keys, and the offered one is not among them.
  let isContradicted: Bool

  init(_ offered: KnownHosts.Key, _ word: HostKeyWord) {
    switch word {
    case .notTold(let why):
      lines = ["not known (\(SafeText.line(why)))"]
      isContradicted = false
    case .told(let keys):
      lines = keys.map { key in
        AutopilotAcceptHostKey.text(key) + (key.blob == offered.blob ? ": the same as offered" : "")
      }
      isContradicted = !keys.contains { $0.blob == offered.blob }
    }
  }
}
