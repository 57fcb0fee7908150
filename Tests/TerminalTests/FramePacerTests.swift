import Testing

@testable import Terminal

@Suite("Frame pacer")
struct FramePacerTests {
  private let start = ContinuousClock.now
  private func at(_ milliseconds: Int) -> ContinuousClock.Instant { start + .milliseconds(milliseconds) }

  @Test("Nothing is drawn that was not asked for")
  func quiet() {
    let pacer = FramePacer(interval: .milliseconds(34))
    #expect(!pacer.isDue(at: at(0)))
    #expect(pacer.dueTime(at: at(0)) == nil)
  }

  @Test("The first frame and those for the operator are drawn at once, others wait for the interval")
  func urgency() {
    var pacer = FramePacer(interval: .milliseconds(34))
    pacer.request(isUrgent: false)
    #expect(pacer.isDue(at: at(0)))
    pacer.drew(at: at(0))
    pacer.request(isUrgent: false)
    #expect(!pacer.isDue(at: at(33)))
    #expect(pacer.dueTime(at: at(1)) == at(34))
    #expect(pacer.isDue(at: at(34)))
    pacer.request(isUrgent: true)
    #expect(pacer.isDue(at: at(2)))
    pacer.drew(at: at(2))
    #expect(pacer.dueTime(at: at(3)) == nil)
  }

  @Test("A flood of requests draws no more frames than the interval allows")
  func flood() {
    var pacer = FramePacer(interval: .milliseconds(34))
    var frames = 0
    for millisecond in 0..<1000 {
      pacer.request(isUrgent: false)
      if pacer.isDue(at: at(millisecond)) {
        pacer.drew(at: at(millisecond))
        frames += 1
      }
    }
    #expect(frames == 30)
  }
}
