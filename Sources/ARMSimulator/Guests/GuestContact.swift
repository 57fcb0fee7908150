import Autopilot
import FleetModel
import GuestAccess
import Simulator

/// What a simulated guest gives whoever knocks at its SSH port now, taken from its truth.
struct GuestContact: Sendable {
  /// How far a connection comes.
  enum Door: Hashable, Sendable {
    /// Nobody answers.
    case dark
    /// The kernel answers with a reset.
    case closed
    /// Handshakes succeed; nothing follows.
    case mute
    case open
  }

  var door: Door
  /// One way and back.
  var latency = Duration.zero
  /// What sshd calls itself, without `SSH-2.0-`.
  var banner = ""
  /// Tells the host keys of one guest apart; empty: the first one.
  var keyMark = ""
  /// The administrator's key is still accepted.
  var acceptsKeys = true
  /// Logins get no shell yet.
  var isBooting = false
  /// The kernel is stuck: connections that stand are dead too.
  var isHung = false
  /// nil: not to be seen from outside now.
  var bootID: String?

  /// Nothing goes through connections that stand already.
  var isStuck: Bool { door == .dark || isHung }
}

/// One guest of a simulated fleet as the proxy and the SSH server see it.
struct ServedGuest: Sendable {
  let machine: VirtualMachine
  let fleet: SimulatedFleet
  let time: GuestTime

  /// The port its sshd listens on.
  var port: UInt16 { UInt16(clamping: machine.address?.port ?? 22) }
  /// Who may log in.
  var user: String { machine.address?.user ?? "azureuser" }

  private static let request = ProbeRequest(
    depth: .full, checks: [.connectivity, .ssh], connectivityTimeout: .seconds(5), sshTimeout: .seconds(5))

  /// What is so now.
  func contact() -> GuestContact {
    let now = time.now()
    let report = fleet.probe(machine, Self.request, at: now)
    guard let truth = fleet.truth(of: machine.id, at: now) else { return GuestContact(door: .dark) }
    var contact: GuestContact
    switch report.tcp {
    case .value(.answered(let latency)): contact = GuestContact(door: .open, latency: latency)
    case .value(.refused(let latency)): contact = GuestContact(door: .closed, latency: latency)
    default: contact = GuestContact(door: .dark)
    }
    if let rungs = report.ssh.value {
      if contact.door == .open, rungs.failure == .noBanner { contact.door = .mute }
      contact.banner = (rungs.banner ?? "").replacing("SSH-2.0-", with: "", maxReplacements: 1)
      if case .hostKeyChanged(_, let offered) = rungs.failure { contact.keyMark = offered }
    }
    contact.acceptsKeys = !truth.faults.contains(.authRefused)
    contact.isBooting = truth.isBooting
    contact.isHung = truth.faults.contains(.hung)
    contact.bootID = report.guest.value?.bootID
    return contact
  }

  /// The key that its SSH server shows.
  func hostKey(_ contact: GuestContact) throws -> GuestHostKey {
    try GuestHostKey(fleet: fleet.parameters.seed, machine: machine.id.rawValue, mark: contact.keyMark)
  }

  /// A script with azlin's question for the host keys answered: the guest's shell has no ssh-keygen.
  func answering(_ script: String) -> String {
    guard script.contains(HostKeyScript.text), let key = try? hostKey(contact()) else { return script }
    return script.replacing(
      HostKeyScript.text, with: "echo '\(HostKeyScript.marker)'\necho 'key=\(key.publicText)'\necho end\n")
  }

  /// Runs a script, or a command, in the guest's shell.
  func run(_ script: String) -> GuestShellResult {
    let (prelude, rest) = Self.split(answering(script))
    let now = time.now()
    var result = fleet.runScript(on: machine.id, script: rest, throughAgent: false, at: now)
    if !prelude.isEmpty {
      let before = GuestShell.run(script: prelude, in: GuestFacts(host: machine.name))
      result.stdout = before.stdout + result.stdout
      result.stderr = before.stderr + result.stderr
    }
    return result
  }

  /// The lines of `echo` that a script begins with, and the rest: azlin's own scripts are known by what follows.
  private static func split(_ script: String) -> (String, String) {
    var rest = script[...]
    while rest.hasPrefix("echo "), let end = rest.firstIndex(of: "\n") { rest = rest[rest.index(after: end)...] }
    return rest.isEmpty ? ("", script) : (String(script[..<rest.startIndex]), String(rest))
  }
}

/// The fleet's clock, and how long its durations take in reality.
struct GuestTime: Sendable {
  let now: @Sendable () -> Instant
  /// Simulated seconds in a real one.
  let speed: Double

  /// The real time until a simulated instant.
  func wait(until instant: Instant) -> Duration {
    let left = (instant - now()).inSeconds / speed
    return left > 0 ? .milliseconds(Int64((min(left, 86400) * 1000).rounded(.up))) : .zero
  }

  func real(_ duration: Duration) -> Duration { .nanoseconds(Int64(duration.inSeconds / speed * 1e9)) }
}
