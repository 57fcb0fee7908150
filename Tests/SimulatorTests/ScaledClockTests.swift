import Autopilot
import FleetModel
import Testing

@testable import Simulator

@Suite("The scaled clock")
struct ScaledClockTests {
  @Test("It starts at its origin and runs at its speed")
  func runsAtSpeed() async throws {
    let clock = ScaledClock(origin: midnight, speed: 1000)
    let wall = ContinuousClock.now
    await clock.sleep(until: midnight + .seconds(60))
    let took = ContinuousClock.now - wall
    #expect(clock.now() >= midnight + .seconds(60))
    #expect(took >= .milliseconds(55) && took < .seconds(300), "\(took)")
  }

  @Test("Its instants never go back")
  func isMonotone() {
    let clock = ScaledClock(origin: midnight, speed: 50)
    var last = clock.now()
    #expect(last >= midnight && last < midnight + .minutes(10))
    for _ in 0..<10_000 {
      let now = clock.now()
      #expect(now >= last)
      last = now
    }
  }

  @Test("A deadline that has passed returns at once")
  func pastDeadline() async {
    let clock = ScaledClock(origin: midnight, speed: 1)
    await clock.sleep(until: midnight - .hours(1))
    await ScaledClock(origin: midnight, speed: 0).sleep(until: midnight)
  }

  @Test("Frozen, it stands still and sleep returns on cancellation only", .timeLimit(.minutes(1)))
  func frozen() async {
    let clock = ScaledClock(origin: midnight, speed: 0)
    #expect(clock.now() == midnight)
    let sleeper = Task { await clock.sleep(until: midnight + .milliseconds(1)) }
    let first = await withTaskGroup(of: String.self) { group in
      group.addTask {
        await sleeper.value
        return "woke"
      }
      group.addTask {
        // Not a wait for a condition: the span in which nothing may happen.
        try? await Task.sleep(for: .milliseconds(80))
        sleeper.cancel()
        return "still asleep"
      }
      let first = await group.next()
      await group.waitForAll()
      return first
    }
    #expect(first == "still asleep")
    #expect(clock.now() == midnight)
  }

  @Test("Cancellation ends a long sleep", .timeLimit(.minutes(1)))
  func cancellation() async {
    let clock = ScaledClock(origin: midnight, speed: 1)
    let sleeper = Task { await clock.sleep(until: .distantFuture) }
    sleeper.cancel()
    await sleeper.value
    #expect(clock.now() < midnight + .minutes(1))
  }
}
