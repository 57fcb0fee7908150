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
  /// What is run in the shell; nil: the probe stops at the banner, or below.
  let script: String?
  let connectivityDeadline: ContinuousClock.Instant
  let deadline: ContinuousClock.Instant

  init(_ machine: VirtualMachine, _ request: ProbeRequest, from start: ContinuousClock.Instant) {
    target = SSHTarget(machine, request)
    isWindows = machine.system == .windows
    let onlyWitnesses = request.depth == .witnesses
    wantsPower = !onlyWitnesses && request.checks.contains(.power)
    wantsWitnesses = onlyWitnesses || request.checks.contains(.connectivity)
    wantsSSH = !onlyWitnesses && !isWindows && request.checks.contains(.ssh)
    let guestChecks: Set<CheckKind> = [.disk, .memory, .cpu, .iowait, .logs]
    wantsGuest = !onlyWitnesses && !isWindows && !request.checks.isDisjoint(with: guestChecks)
    if request.depth == .full, wantsGuest {
      script = ProbeScript.text(request)
    } else if request.depth == .full, wantsSSH {
      // The shell rung needs a command; this one only proves that there is a shell.
      script = ":\n"
    } else {
      script = nil
    }
    connectivityDeadline = start + request.connectivityTimeout
    deadline =
      wantsSSH || wantsGuest ? start + max(request.sshTimeout, request.connectivityTimeout) : connectivityDeadline
  }

  var wantsNetwork: Bool { wantsWitnesses || wantsSSH || script != nil }
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
    guard plan.script != nil else {
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
    case .failure(.monitor(let why)): guest = .notMeasured(.monitor(why))
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
