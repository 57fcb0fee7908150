import FleetModel
import Glibc

/// Watches over one started hook until it and all its children are gone: reads its output, keeps its time-out, ends
/// its process group. Blocks the thread it runs on.
struct HookSupervisor {
  /// How a hook ended, and what it said.
  struct Ending: Sendable {
    var result: HookResult
    var output: String
    var errorOutput: String
  }

  /// Between TERM and KILL (semantics 8.2).
  static let grace = Duration.seconds(2)
  /// After KILL, for the kernel to carry it out; a process in an uninterruptible wait takes longer than any patience.
  private static let patience = Duration.seconds(5)

  let session: HookSession
  /// Readable when the leader has ended; -1 where the kernel has no such thing.
  let processDescriptor: Int32
  /// Read ends, non-blocking.
  let output: Int32
  let errorOutput: Int32
  let timeout: Duration

  private enum Phase { case running, terminating, killed }

  func run() -> Ending {
    var (standard, errors) = (CapturedOutput(), CapturedOutput())
    var (standardIsOpen, errorsIsOpen) = (true, true)
    var phase = Phase.running
    var deadline = ContinuousClock.now + timeout
    var ending: HookResult?
    while true {
      // Once the leader is gone only its children are waited for, which have no descriptor to poll.
      let slice = ending == nil && processDescriptor >= 0 ? Duration.seconds(60) : .milliseconds(10)
      wait(
        for: [
          standardIsOpen ? output : -1, errorsIsOpen ? errorOutput : -1, ending == nil ? processDescriptor : -1,
        ], atMost: min(max(deadline - ContinuousClock.now, .zero), slice))
      if standardIsOpen { standardIsOpen = standard.drain(output) }
      if errorsIsOpen { errorsIsOpen = errors.drain(errorOutput) }
      if ending == nil { ending = leaderEnding() }
      // In the grace after TERM the children, too, may end in their own way.
      if ending != nil, phase != .terminating || !session.hasOthers { break }
      guard ContinuousClock.now >= deadline else { continue }
      switch phase {
      case .running:
        session.signalAll(SIGTERM)
        // A stopped process takes its signals only when it goes on.
        session.signalAll(SIGCONT)
        (phase, deadline) = (.terminating, .now + Self.grace)
      case .terminating:
        session.signalAll(SIGKILL)
        (phase, deadline) = (.killed, .now + Self.patience)
      case .killed:
        errors.take("process \(session.leader) does not end even after SIGKILL: it hangs in the kernel\n".utf8)
        return Ending(result: .timedOut, output: standard.text, errorOutput: errors.text)
      }
    }
    session.killRest(within: .seconds(2))
    // What was written last is still in the pipes. Nothing is waited for: a process that has left the session may
    // hold them open for ever.
    _ = standard.drain(output, limit: 16 << 20)
    _ = errors.drain(errorOutput, limit: 16 << 20)
    return Ending(
      result: phase == .running ? ending ?? .timedOut : .timedOut, output: standard.text, errorOutput: errors.text)
  }

  /// How the leader ended, without waiting for it: its id stays taken until the end of the supervision. nil: it runs.
  private func leaderEnding() -> HookResult? {
    var facts = siginfo_t()
    guard waitid(P_PID, id_t(session.leader), &facts, WEXITED | WNOHANG | WNOWAIT) == 0 else {
      // Nobody else waits for it; should it be gone all the same, nobody can say how it ended.
      return errno == ECHILD ? .exited(-1) : nil
    }
    guard facts.si_signo == SIGCHLD else { return nil }
    let status = facts._sifields._sigchld.si_status
    return facts.si_code == CLD_EXITED ? .exited(status) : .killed(signal: status)
  }

  private func wait(for descriptors: [Int32], atMost limit: Duration) {
    var polled = descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    // Rounded up, so that the deadline has passed when the wait ends by itself.
    poll(&polled, nfds_t(polled.count), Int32(clamping: limit.milliseconds + 1))
  }
}
