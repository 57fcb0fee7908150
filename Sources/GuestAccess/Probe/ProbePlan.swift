import Autopilot
import FleetModel

/// What one probe asks, and until when.
struct ProbePlan: Sendable {
  let target: SSHTarget?
  let isWindows: Bool
  let wantsPower: Bool
  let wantsWitnesses: Bool
  let wantsSSH: Bool
  let wantsGuest: Bool
  let goal: SSHAccess.Goal
  /// Until then ssh_config must be read and the name be looked up: time that no guest is to blame for.
  let preparationEnd: ContinuousClock.Instant
  /// Past it nothing is waited for any more.
  let end: ContinuousClock.Instant
  private let start: ContinuousClock.Instant
  private let connectivityTimeout: Duration
  private let sshTimeout: Duration

  init(_ machine: VirtualMachine, _ request: ProbeRequest, from start: ContinuousClock.Instant) {
    target = SSHTarget(machine, request)
    isWindows = machine.system == .windows
    let onlyWitnesses = request.depth == .witnesses
    wantsPower = !onlyWitnesses && request.checks.contains(.power)
    wantsWitnesses = onlyWitnesses || request.checks.contains(.connectivity)
    wantsSSH = !onlyWitnesses && !isWindows && request.checks.contains(.ssh)
    let guestChecks: Set<CheckKind> = [.disk, .memory, .cpu, .iowait, .logs]
    wantsGuest = !onlyWitnesses && !isWindows && !request.checks.isDisjoint(with: guestChecks)
    switch request.depth {
    case .full where wantsGuest: goal = .shell(ProbeScript.text(request))
    // The shell rung needs a command; this one only proves that there is a shell.
    case .full where wantsSSH: goal = .shell(":\n")
    default: goal = wantsSSH ? .banner : .port
    }
    self.start = start
    connectivityTimeout = request.connectivityTimeout
    sshTimeout = max(request.sshTimeout, request.connectivityTimeout)
    preparationEnd = start + min(request.connectivityTimeout, request.sshTimeout)
    end = start + request.connectivityTimeout + request.sshTimeout
  }

  /// When witnesses and rungs that begin now count as silent: each has its whole time-out.
  /// - Throws: `MonitorFailure` where the preparation has used that up.
  func deadlines(
    from now: ContinuousClock.Instant
  ) throws(MonitorFailure) -> (dialing: ContinuousClock.Instant, ssh: ContinuousClock.Instant) {
    guard now <= preparationEnd else {
      let spent = Int(start.duration(to: now).inSeconds.rounded())
      throw MonitorFailure("reading ssh_config and looking the name up took \(spent) s; the guest was not asked")
    }
    return (now + connectivityTimeout, now + (goal == .port ? connectivityTimeout : sshTimeout))
  }

  var wantsNetwork: Bool { wantsWitnesses || goal != .port }
}

/// What a probe has found so far.
struct ProbeFindings: Sendable {
  var echo: Reading<Witness> = .notMeasured(.switchedOff)
  var tcp: Reading<Witness> = .notMeasured(.switchedOff)
  var ssh: Reading<SSHRungs> = .notMeasured(.switchedOff)
  var guest: Reading<GuestReport> = .notMeasured(.switchedOff)
  var path = ""

  init(_ plan: ProbePlan) {
    guard plan.isWindows else { return }
    ssh = .notApplicable("not checked in a Windows guest")
    guest = .notApplicable("not checked in a Windows guest")
  }

  /// Why nothing could be measured at all.
  enum Obstacle {
    case monitor(MonitorFailure)
    case noPath

    func reading<Value>() -> Reading<Value> {
      switch self {
      case .monitor(let failure): .notMeasured(.monitor(failure.explanation))
      case .noPath: .notApplicable("no direct path")
      }
    }
  }

  /// The same word for everything the plan wanted to know.
  mutating func stop(at obstacle: Obstacle, _ plan: ProbePlan) {
    if plan.wantsWitnesses {
      echo = obstacle.reading()
      tcp = obstacle.reading()
    }
    if plan.wantsSSH { ssh = obstacle.reading() }
    if plan.wantsGuest { guest = obstacle.reading() }
  }

  mutating func take(_ examination: SSHAccess.Examination, _ plan: ProbePlan) {
    if plan.wantsWitnesses { tcp = examination.tcp }
    if plan.wantsSSH { ssh = examination.rungs }
    guard plan.wantsGuest else { return }
    guard plan.goal.script != nil else {
      // A re-check; the figures of the last full probe stand.
      guest = .notMeasured(.notYet)
      return
    }
    switch examination.shell {
    case .success(let output):
      do {
        guest = .value(try ProbeScript.parse(output.output))
      } catch {
        guest = .notMeasured(.notReported(error.description))
      }
    case .failure(.monitor(let why)), .failure(.abandoned(let why)): guest = .notMeasured(.monitor(why))
    case .failure(let failure): guest = .notMeasured(.lowerRungFailed(failure.description))
    case nil:
      switch examination.rungs {
      case .value(let rungs): guest = .notMeasured(.lowerRungFailed(rungs.failure?.explanation ?? "no shell"))
      case .notMeasured(let why): guest = .notMeasured(why)
      case .notApplicable(let why): guest = .notApplicable(why)
      }
    }
  }
}
