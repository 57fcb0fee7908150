import FleetModel

#if canImport(Glibc)
  import Glibc
#endif

/// The wall clock.
package struct SystemClock: EngineClock {
  package init() {}

  package func now() -> Instant {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Instant(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
  }

  package func sleep(until deadline: Instant) async {
    let span = deadline - now()
    guard span > .zero else { return }
    // A little slack lets the kernel gather wake-ups: an idle monitor should not be felt.
    try? await Task.sleep(for: span, tolerance: .milliseconds(20))
  }
}
