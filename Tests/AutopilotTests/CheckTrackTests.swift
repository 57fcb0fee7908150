import FleetModel
import Testing

@testable import Autopilot

@Suite("Soft, hard and flapping")
struct CheckTrackTests {
  private func feed(
    _ track: inout CheckTrack, _ results: [Severity?], every step: Duration = .seconds(10), sustain: Duration = .zero
  ) {
    var now = Instant(milliseconds: 0)
    for result in results {
      _ = track.absorb(result, reason: "", at: now, confirm: 3, sustain: sustain, isScheduled: true)
      now = now + step
    }
  }

  @Test("three bad results in a row are hard at the mildest of them")
  func mildest() {
    var track = CheckTrack()
    feed(&track, [.critical, .critical])
    #expect(track.hard == .healthy)
    #expect(track.streak(limit: 3) == 2)
    feed(&track, [.warning])
    #expect(track.hard == .warning)
  }

  @Test("unknown neither counts nor resets")
  func unknown() {
    var track = CheckTrack()
    feed(&track, [.critical, nil, .critical, nil, nil, .critical])
    #expect(track.hard == .critical)
  }

  @Test("leaving hard takes two healthy results")
  func leaving() {
    var track = CheckTrack()
    feed(&track, [.critical, .critical, .critical, .healthy])
    #expect(track.hard == .critical)
    feed(&track, [.critical, .healthy])
    #expect(track.hard == .critical)
    feed(&track, [.healthy])
    #expect(track.hard == .healthy)
  }

  @Test("a sustained check is hard only after five minutes")
  func sustained() {
    var track = CheckTrack()
    feed(&track, Array(repeating: .critical, count: 30), sustain: .minutes(5))
    #expect(track.hard == .healthy)
    var longer = CheckTrack()
    feed(&longer, Array(repeating: .critical, count: 31), sustain: .minutes(5))
    #expect(longer.hard == .critical)
  }

  @Test("more than 30 % changes in 20 results flaps; five equal results end it")
  func flapping() {
    var track = CheckTrack()
    feed(&track, (0..<20).map { $0 % 2 == 0 ? .healthy : .critical })
    #expect(track.isFlapping)
    feed(&track, [.healthy, .healthy, .healthy, .healthy, .healthy])
    #expect(!track.isFlapping)
  }

  @Test("a steady check never flaps")
  func steady() {
    var track = CheckTrack()
    feed(&track, Array(repeating: .healthy, count: 12) + Array(repeating: .critical, count: 12))
    #expect(!track.isFlapping)
  }
}

@Suite("The schedule")
struct ScheduleTests {
  @Test("starts are spread over the interval by a hash of the id")
  func spread() {
    var buckets = [Int](repeating: 0, count: 12)
    let now = Instant(milliseconds: 1_000_000_000)
    for number in 0..<1200 {
      var schedule = Schedule(id: MachineID("vm-\(number)"), interval: .minutes(2), now: now, spread: .seconds(1))
      _ = schedule.advance(past: now + .seconds(1))
      let offset = (schedule.next - now).milliseconds % 120_000
      buckets[Int(offset / 10_000)] += 1
    }
    #expect(buckets.allSatisfy { (60...140).contains($0) }, "\(buckets)")
  }

  @Test("the next start is planned from the plan, and missed ones are counted, not queued")
  func noDrift() {
    let now = Instant(milliseconds: 1_000_000_000)
    var schedule = Schedule(id: MachineID("vm"), interval: .seconds(10), now: now, spread: .zero)
    _ = schedule.advance(past: now)
    let first = schedule.next
    #expect(schedule.advance(past: first + .seconds(3)) == 0)
    #expect(schedule.next == first + .seconds(10))
    #expect(schedule.advance(past: schedule.next + .seconds(35)) == 3)
    #expect((schedule.next - first).milliseconds % 10_000 == 0)
  }

  @Test("re-checks are limited fleet-wide")
  func recheckBudget() {
    var budget = RecheckBudget()
    let now = Instant(milliseconds: 0)
    let slots = (0..<100).map { _ in budget.slot(atOrAfter: now, scheduledRate: 50) }
    // 20 % of 50 a second is 10 a second.
    #expect((slots.last ?? now) - now == .milliseconds(9900))
  }
}
