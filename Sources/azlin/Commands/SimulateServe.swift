import ARMSimulator
import ArgumentParser
import Autopilot
import FleetModel
import Glibc
import GuestAccess
import Simulator

/// `azlin simulate serve`: plays Azure for other programs.
struct SimulateServe: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve", abstract: "Play Azure for other programs: azlin, the official SDKs, az.",
    discussion: """
      When it listens it prints one line of JSON: where the Resource Manager and the managed-identity endpoint are, and \
      what to trust; with --env the same as shell exports, for a file to be sourced. It listens on 127.0.0.1 only, and \
      runs until it is told to stop.

      az needs https and trust of its own: serve --tls, export REQUESTS_CA_BUNDLE=CERTIFICATE, az cloud register -n local \
      --endpoint-resource-manager ARM, az cloud set -n local, az login --identity, with IDENTITY_ENDPOINT and \
      IDENTITY_HEADER set as --env prints them.

      With --clock-offset every time that it tells is off by so much: Date, tokens, operations, the Activity Log, and the \
      guests' clocks. To clients it is as if their own machine's clock were wrong by the same, the other way.
      """)

  @Option(help: "Port of the Resource Manager on 127.0.0.1; 0: any free one.") var port = 0
  @Flag(help: "Serve https with a certificate made at the start.") var tls = false
  @Option(help: "Simulated VMs, 1–10000.") var vms = 20
  @Option(help: "The same seed gives the same fleet.") var seed: UInt64 = 1
  @Option(help: "How many times shorter durations are than real ones, 0.01–1000; timestamps stay the wall clock's.")
  var speed = 1.0
  @Option(help: "How far its clock is ahead of this machine's, as in 10m; --clock-offset=-10m: behind it. Up to 1d.")
  var clockOffset: ClockOffset = .none
  @Flag(name: .customLong("env"), help: "Print shell exports instead of JSON.") var asExports = false
  @Option(help: "Faults to let strike: a JSON list of {\"vm\", \"fault\", \"after\", \"for\"}.") var faults: String?
  @Option(help: "Write every call that reached the simulator into this file, a JSON line each.") var trace: String?

  func validate() throws {
    guard (0...65_535).contains(port) else { throw ValidationError("--port takes 0 to 65535") }
    guard (1...10_000).contains(vms) else { throw ValidationError("--vms takes 1 to 10000") }
    guard speed >= 0.01, speed <= 1000 else { throw ValidationError("--speed takes 0.01 to 1000") }
  }

  func run() async throws {
    let script = try faults.map(Self.script)
    let file = try trace.map(TraceFile.init)
    let signals = StopSignals()
    let clock = ShiftedClock(SystemClock(), offset: clockOffset.duration)
    var parameters = SimulatedFleet.Parameters(
      machines: vms, seed: seed, startAt: clock.now(), hasOddMachines: false)
    parameters.pace = speed
    parameters.hasActivityLog = true
    let fleet = SimulatedFleet(parameters)
    var settings = ARMSettings()
    settings.hasShields = true
    settings.speed = speed
    settings.identityHeader = Self.secret()
    let server: ARMServer
    let guests: GuestProxy
    let keys = try await SimulatedGuestKeys.make()
    defer { keys.remove() }
    do {
      guests = try await GuestProxy.start(fleet: fleet, now: { clock.now() }, speed: speed) { machine in
        [machine.address?.host, fleet.publicAddress(of: machine.id)].compactMap { $0 }
      }
    } catch {
      throw ExitStatus(
        ExitStatus.unavailable,
        (error as? MonitorFailure)?.explanation ?? "the guests' proxy finds no free port on 127.0.0.1")
    }
    let traced: (@Sendable (String) -> Void)? = file.map { file in { @Sendable line in file.write(line) } }
    do throws(ARMServer.Failure) {
      server = try await ARMServer.start(
        fleet: fleet, settings: settings, clock: clock, port: port, tls: tls, guestProxy: guests.url, trace: traced)
    } catch {
      throw ExitStatus(ExitStatus.unavailable, error.description)
    }
    if let script, let why = server.simulator.plan(script) {
      await server.stop()
      throw ExitStatus(ExitStatus.usage, "\(faults ?? ""): \(why)")
    }
    Console(color: .never, isQuiet: false).result(asExports ? Self.exports(server, keys) : Self.line(server, keys))
    let signal = await signals.wait()
    await server.stop()
    await guests.stop()
    // By a signal's own code, as a shell would tell it.
    if let signal { throw ExitStatus(128 + signal) }
  }

  static func script(_ path: String) throws -> FaultScript {
    guard let file = fopen(path, "r") else {
      throw ExitStatus(ExitStatus.usage, "--faults: \(path) cannot be read: \(String(cString: strerror(errno)))")
    }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = fread(&buffer, 1, buffer.count, file)
      guard count > 0, bytes.count < 16 << 20 else { break }
      bytes += buffer[..<count]
    }
    do { return try FaultScript(bytes) } catch {
      throw ExitStatus(ExitStatus.usage, "--faults: \(path): \(error.description)")
    }
  }

  /// 128 bits of the system's chance, in hex.
  private static func secret() -> String {
    var generator = SystemRandomNumberGenerator()
    return (0..<2).map { _ in
      let digits = String(generator.next(), radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }.joined()
  }

  private static func line(_ server: ARMServer, _ keys: SimulatedGuestKeys) -> String {
    var pairs = [
      ("arm", server.arm), ("token", server.token), ("identity_header", server.identityHeader),
      ("subscription", server.subscription),
    ]
    if let path = server.certificatePath { pairs.append(("certificate", path)) }
    if let proxy = server.guestProxy { pairs.append(("guest_proxy", proxy)) }
    pairs.append(("ssh_config", keys.configuration))
    return "{" + pairs.map { "\"\($0.0)\": \(quoted($0.1))" }.joined(separator: ", ") + "}"
  }

  /// Paths may hold quotation marks; nothing here holds control characters but by a strange TMPDIR.
  private static func quoted(_ text: String) -> String {
    "\"" + SafeText.line(text).replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
  }

  private static func exports(_ server: ARMServer, _ keys: SimulatedGuestKeys) -> String {
    var pairs = [
      ("AZLIN_ARM_ENDPOINT", server.arm), ("IDENTITY_ENDPOINT", server.token),
      ("IDENTITY_HEADER", server.identityHeader),
      ("AZURE_SUBSCRIPTION_ID", server.subscription),
    ]
    if let path = server.certificatePath { pairs.append(("AZLIN_CA_FILE", path)) }
    if let proxy = server.guestProxy { pairs.append(("AZLIN_GUEST_PROXY", proxy)) }
    pairs.append(("AZLIN_SSH_CONFIG", keys.configuration))
    return pairs.map { "export \($0.0)='\($0.1.replacing("'", with: "'\\''"))'" }.joined(separator: "\n")
  }
}

/// The value of `--clock-offset`: a duration, with a minus for a clock that is behind.
struct ClockOffset: ExpressibleByArgument, Sendable {
  let duration: Duration

  static let none = ClockOffset(duration: .zero)

  private init(duration: Duration) { self.duration = duration }

  init?(argument: String) {
    let isBehind = argument.hasPrefix("-")
    guard let span = try? DurationText.parse(isBehind ? String(argument.dropFirst()) : argument), span <= .days(1)
    else {
      return nil
    }
    duration = isBehind ? .zero - span : span
  }

  var defaultValueDescription: String { "0s" }
}

/// The file of `--trace`: a line is written whole or not at all.
private struct TraceFile: Sendable {
  private let descriptor: Int32

  init(_ path: String) throws {
    descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw ExitStatus(ExitStatus.usage, "--trace: \(path) cannot be written: \(String(cString: strerror(errno)))")
    }
  }

  func write(_ line: String) {
    let bytes = Array((line + "\n").utf8)
    _ = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
  }
}
