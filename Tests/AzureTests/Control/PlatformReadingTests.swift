import Azure
import FleetModel
import HTTPTypes
import Synchronization
import Testing

/// A blob store that keeps what it was asked.
private final class BlobStore: HTTPTransport, Sendable {
  let requests = Mutex<[HTTPRequest]>([])
  private let reply: HTTPReply
  init(_ reply: HTTPReply) { self.reply = reply }
  func send(
    _ request: HTTPRequest, body: [UInt8], timeout: Duration
  ) async throws(TransportFailure) -> HTTPReply {
    requests.withLock { $0.append(request) }
    return reply
  }
}

@Suite("What the platform tells of a machine")
struct PlatformReadingTests {
  @Test(
    "Resource Health tells a fault of Azure's from a person's stop",
    arguments: [
      ("Unavailable", "Unplanned", PlatformHealth.Availability.unavailable, PlatformHealth.Cause.platform),
      ("Unavailable", "UserInitiated", .unavailable, .user), ("Degraded", "Planned", .degraded, .platform),
      ("Available", "", .available, .unknown), ("Purple", "", .unknown, .unknown),
    ])
  func health(
    _ state: String, _ reason: String, _ availability: PlatformHealth.Availability, _ cause: PlatformHealth.Cause
  ) throws {
    let health = try PlatformHealth(
      ARMReply(
        """
        {"properties":{"availabilityState":"\(state)","reasonType":"\(reason)","summary":"a\\u0007b",
         "occuredTime":"2024-08-26T08:13:20Z"}}
        """))
    #expect(health.availability == availability)
    #expect(health.cause == cause)
    #expect(health.summary == "a^Gb")
    #expect(health.since == Instant(seconds: 1_724_660_000))
  }

  @Test("A minute without a value is no zero: the last value that there is counts, as test_vm_metric_tail shows")
  func metrics() throws {
    let metrics = try PlatformMetrics(
      ARMReply(
        """
        {"cost":59,"interval":"PT1M","value":[{"name":{"value":"Percentage CPU"},"unit":"Percent","timeseries":[
         {"metadatavalues":[],"data":[{"timeStamp":"2024-08-26T08:11:00Z"},
          {"timeStamp":"2024-08-26T08:12:00Z","average":12.5},{"timeStamp":"2024-08-26T08:13:00Z"}]}]},
         {"name":{"value":"Available Memory Bytes"},"timeseries":[]}]}
        """))
    #expect(metrics.latest == ["Percentage CPU": .init(at: Instant(seconds: 1_724_659_920), average: 12.5)])
  }

  @Test("A batch is told apart by machine, whatever the case of its ids")
  func batch() throws {
    let all = try PlatformMetrics.batch(
      ARMReply(
        """
        {"values":[{"resourceid":"/Subscriptions/S/VM","value":[{"name":{"value":"Percentage CPU"},"timeseries":[
         {"data":[{"timeStamp":"2024-08-26T08:12:00Z","average":0}]}]}]}]}
        """))
    #expect(all[MachineID("/subscriptions/s/vm")]?.latest["Percentage CPU"]?.average == 0)
  }

  @Test("The serial log is fetched by its link alone, without a token, and made safe to show")
  func serialLog() async throws {
    let arm = ScriptedARM { _ in
      ARMReply(
        "{\"serialConsoleLogBlobUri\":\"https://md-x.z13.blob.storage.azure.net:443/c/v.log?sv=1&sig=azlinplanted\"}")
    }
    let store = BlobStore(HTTPReply(status: 200, body: Array("boot\u{1b}[2J\nlogin:".utf8)))
    let vm = try #require(ResourcePath(vmID("a")))
    let log = try await BootDiagnostics(caller: arm, transport: store).serialLog(of: vm)
    #expect(log == "boot^[[2J\nlogin:")
    let request = try #require(store.requests.withLock { $0.first })
    #expect(request.path == "/c/v.log?sv=1&sig=azlinplanted")
    #expect(request.authority == "md-x.z13.blob.storage.azure.net:443")
    #expect(request.headerFields.isEmpty)
  }

  @Test("No error about the serial log holds the link's signature, and a plain link is not followed")
  func secrets() async throws {
    for (link, status) in [("https://h/c?sig=azlinplanted", 403), ("http://h/c?sig=azlinplanted", 200)] {
      let arm = ScriptedARM { _ in ARMReply("{\"serialConsoleLogBlobUri\":\"\(link)\"}") }
      let store = BlobStore(HTTPReply(status: status))
      let vm = try #require(ResourcePath(vmID("a")))
      let error = try await #require(throws: AzureError.self) {
        try await BootDiagnostics(caller: arm, transport: store).serialLog(of: vm)
      }
      #expect(!"\(error)".contains("azlinplanted"))
      #expect(store.requests.withLock { $0.count } == (link.hasPrefix("https") ? 1 : 0))
    }
  }
}
