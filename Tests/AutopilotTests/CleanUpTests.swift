import FleetModel
import Testing

@testable import Autopilot

@Suite("Clean-ups that free nothing, or do not last")
struct CleanUpTests {
  @Test("a clean-up that frees next to nothing calls a person at once, with what it found and how fast it fills")
  func futile() throws {
    var rig = Rig()
    // A point every 5 minutes.
    for percent in stride(from: UInt64(80), through: 97, by: 1) {
      rig.world.change("c") {
        $0.diskPercent = percent
        $0.cures = false
        $0.remedyOutcome = .failed("less than 2 points: freed 0 B on /: 97 % → 97 %; largest files: /srv/a 9 GiB")
      }
      rig.run(.minutes(5))
    }
    rig.run(.minutes(10))
    #expect(rig.world.acts.map(\.remedy) == [.cleanDisk])
    let call = try #require(rig.calls().first)
    #expect(call.contains("largest files: /srv/a 9 GiB"))
    #expect(call.contains("; it fills by 11.") || call.contains("; it fills by 12."), "\(call)")
    rig.run(.hours(3))
    #expect(rig.calls().count == 1)
    #expect(rig.world.acts.count == 1)
  }

  @Test("a disk that is full again within six hours of its clean-up is for a person")
  func fullAgain() throws {
    var rig = Rig()
    rig.run(.minutes(5))
    rig.world.change("c") { $0.diskPercent = 97 }
    rig.run(.hours(1))
    #expect(rig.world.acts.map(\.remedy) == [.cleanDisk])
    #expect(rig.calls().isEmpty)
    rig.world.change("c") { $0.diskPercent = 97 }
    rig.run(.hours(1))
    #expect(rig.world.acts.count == 1)
    #expect(rig.calls().count == 1)
    #expect(rig.calls().first?.contains("full again after the clean-up of ") == true)
  }

  @Test("seven hours after a clean-up the next one is an ordinary one")
  func fullLater() {
    var rig = Rig()
    rig.run(.minutes(5))
    rig.world.change("c") { $0.diskPercent = 97 }
    rig.run(.hours(7))
    rig.world.change("c") { $0.diskPercent = 97 }
    rig.run(.hours(1))
    #expect(rig.world.acts.map(\.remedy) == [.cleanDisk, .cleanDisk])
    #expect(rig.calls().isEmpty)
  }
}

@Suite("How fast a disk fills")
struct DiskFillRateTests {
  private func rate(_ percents: [Double?], every: Duration = .minutes(5)) -> Double? {
    var history = MetricHistory()
    for (n, percent) in percents.enumerated() {
      history.append(MetricSample(at: Instant(milliseconds: 0) + every * n, disk: percent))
    }
    return history.diskFillRate
  }

  @Test("it is measured since the disk last shrank, in points an hour")
  func since() throws {
    #expect(try abs(#require(rate([90, 50, 51, nil, 53])) - 12) < 0.01)
    #expect(try abs(#require(rate([40, 41, 40.8, 42])) - 8) < 0.01)
  }

  @Test("too short, not measured or not filling: there is none")
  func none() {
    #expect(rate([]) == nil)
    #expect(rate([50]) == nil)
    #expect(rate([50, 60]) == nil)
    #expect(rate([50, 50, 50, 50]) == nil)
    #expect(rate([nil, nil, nil]) == nil)
    #expect(rate([90, 80, 70, 60]) == nil)
  }
}
