import Autopilot
import FleetModel
import Testing

@testable import Azure

@Suite("A monitor whose clock is wrong")
struct PlatformClockTests {
  /// 22:13:20 by the monitor's clock.
  private static let now = Instant(seconds: 1_700_000_000)
  private static let machine = VirtualMachine(
    id: MachineID(vmID("a")), name: "a", group: "RG-Web", provider: .azure, abilities: .power)

  /// A session on a service by whose clock it is 21:54, 19 minutes and 20 seconds before the monitor's.
  private static func bench(
    _ fields: [(String, String)] = [("Date", "Tue, 14 Nov 2023 21:54:00 GMT")], events: String = ""
  ) -> (session: AzureSession, transport: ScriptedTransport) {
    let transport = ScriptedTransport { sent, _ in
      let path = sent.request.path ?? ""
      if path.contains("/eventtypes/") { return HTTPReply(200, "{\"value\":[\(events)]}", fields) }
      if path.contains("/availabilityStatuses/") || path.contains("/metrics") { return HTTPReply(200, "{}", fields) }
      let power = events.isEmpty ? "running" : "stopped"
      return HTTPReply(
        200,
        """
        {"properties":{"timeCreated":"2023-11-14T21:50:00Z","instanceView":{
         "vmAgent":{"statuses":[{"code":"ProvisioningState/succeeded","displayStatus":"Ready",
          "time":"2023-11-14T21:53:50Z"}]},
         "statuses":[{"code":"ProvisioningState/succeeded","time":"2023-11-14T21:51:00Z"},
          {"code":"PowerState/\(power)"}]}}}
        """, fields)
    }
    let bench = ClientBench(transport)
    let session = AzureSession(
      caller: bench.client, scope: AzureScope(subscriptions: [subscription]), clock: bench.clock)
    return (session, transport)
  }

  private static func inspected(_ session: AzureSession) async -> PlatformReport {
    let order = InspectionOrder(askedAt: now, isThorough: true, wantsSerialLog: false, timeout: .seconds(5))
    return await session.control.inspect(machine, order)
  }

  @Test("takes the platform's times for what they are by its own clock: a living agent's word is ten seconds old")
  func ages() async throws {
    let report = await Self.inspected(Self.bench().session)
    // `Date` has whole seconds, so that half a second is anybody's guess.
    let half = Duration.milliseconds(500)
    #expect(report.agent.value?.at == Self.now - .seconds(10) - half)
    #expect(report.provisioning.value?.at == Self.now - .minutes(3) - half)
    #expect(report.createdAt == Self.now - .minutes(4) - half)
  }

  @Test("does not take a gateway's word for the platform's: its clock is its own")
  func gateway() async throws {
    let bench = ClientBench(
      HTTPReply(502, "", [("Date", "Tue, 14 Nov 2023 21:54:00 GMT")]),
      HTTPReply(200, "{}", [("Date", "Tue, 14 Nov 2023 22:13:20 GMT")]))
    _ = try await bench.client.call(ClientBench.read)
    #expect(await bench.client.platformClock() == .same)
    let failing = ClientBench(HTTPReply(404, "", [("Date", "Tue, 14 Nov 2023 21:54:00 GMT")]))
    _ = try? await failing.client.call(ClientBench.read)
    #expect(await failing.client.platformClock() == .same)
  }

  @Test("asks for spans of the platform's time")
  func spans() async throws {
    let (session, transport) = Self.bench()
    _ = await Self.inspected(session)
    _ = await Self.inspected(session)
    let metrics = try #require(transport.sent.last { $0.request.path?.contains("/metrics") == true })
    #expect(metrics.request.path?.contains("2023-11-14T21%3A45%3A00Z%2F2023-11-14T21%3A54%3A00Z") == true)
  }

  @Test("believes the log's stop of two minutes ago, and not one from before the machine was last seen running")
  func stops() async throws {
    func reason(_ time: String) async -> StopReport.Reason {
      let event = """
        {"eventTimestamp":"2023-11-14T\(time)Z","caller":"jo@x",
         "operationName":{"value":"Microsoft.Compute/virtualMachines/deallocate/action"},"status":{"value":"Succeeded"}}
        """
      let (session, transport) = Self.bench(events: event)
      let ours = Self.now - .minutes(40)...Self.now - .minutes(30)
      let question = StopQuestion(
        askedAt: Self.now, offSince: Self.now - .minutes(1), runningAt: Self.now - .minutes(3), ours: [ours])
      let reason = await session.control.stopReason(of: Self.machine, question).reason
      let asked = transport.sent.compactMap(\.request.path).first { $0.contains("/eventtypes/") }
      #expect(asked?.contains("le%20%272023-11-14T22%3A54%3A00Z%27") == true)
      return reason
    }
    #expect(await reason("21:52:00") == .asked(by: "jo@x"))
    // By the monitor's clock this is half an hour ago, when azlin itself was acting.
    #expect(await reason("21:20:00") != .asked(by: "jo@x"))
  }

  @Test(
    "is not corrected by what says nothing of it: no Date, a cached answer, a difference within the error",
    arguments: [[], [("Date", "Tue, 14 Nov 2023 21:54:00 GMT"), ("Age", "1160")], [("Date", "\(Self.close)")]])
  func same(_ fields: [(String, String)]) async throws {
    let report = await Self.inspected(Self.bench(fields).session)
    #expect(report.agent.value?.at == Self.now - .minutes(19) - .seconds(30))
  }
  private static let close = "Tue, 14 Nov 2023 22:13:17 GMT"

  @Test("is known again once it is set right, and a slow answer does not make it wrong")
  func estimate() {
    var clock = PlatformClock.same
    func answer(_ served: Int, from sent: Int, to received: Int) {
      clock.note(
        served: Self.now + .seconds(served), sent: Self.now + .seconds(sent), received: Self.now + .seconds(received))
    }
    // Made at once, and 50 s under way; or made after 50 s.
    answer(0, from: 0, to: 50)
    #expect(clock == .same)
    answer(50, from: 0, to: 50)
    #expect(clock == .same)
    answer(600, from: 0, to: 0)
    #expect(clock.ahead == .milliseconds(600_500))
    // The next answers fit what is known.
    answer(603, from: 0, to: 4)
    answer(640, from: 0, to: 41)
    #expect(clock.ahead == .milliseconds(600_500))
    // One that took so long that it might come from a clock like ours tells nothing new.
    answer(601, from: 0, to: 601)
    #expect(clock.ahead == .milliseconds(600_500))
    #expect(clock.ours(clock.theirs(Self.now)) == Self.now)
    answer(1, from: 0, to: 1)
    #expect(clock == .same)
  }
}
