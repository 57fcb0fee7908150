import FleetModel
import HTTPTypes
import Testing

@testable import Azure

@Suite("The proxy of the environment", .timeLimit(.minutes(1)))
struct ProxySettingsTests {
  @Test("is asked to connect to the server, and its refusal means that nothing was sent")
  func connects() async throws {
    let proxy = try await LoopbackServer.start { _ in .answer(502) }
    try await AsyncHTTPTransport.using(["HTTPS_PROXY": "http://us%40er:p%3Aw@\(proxy.authority)"]) { transport in
      let failure = await transport.failure(
        HTTPRequest(method: .get, scheme: "https", authority: "management.azure.invalid", path: "/subscriptions"))
      #expect(failure?.kind == .notSent)
      #expect(
        failure?.description == "management.azure.invalid: the proxy of HTTPS_PROXY refused to connect to it")
    }
    let head = try #require(proxy.received.first?.head)
    #expect(head.method == .CONNECT)
    #expect(head.uri == "management.azure.invalid:443")
    // `us@er:p:w`
    #expect(head.headers["proxy-authorization"] == ["Basic dXNAZXI6cDp3"])
    await proxy.stop()
  }

  @Test("is not used for this machine's own addresses, nor for those of NO_PROXY")
  func covers() throws {
    let settings = try ProxySettings(environment: [
      "https_proxy": "proxy:3128",
      "NO_PROXY": "example.org, .inner.net,10.0.0.0/8,192.168.1.1,*.star.io,odd.host:8443",
    ])
    for (host, port, expected) in [
      ("management.azure.com", 443, true), ("169.254.169.254", 80, false), ("localhost", 443, false),
      ("127.0.0.1", 443, false), ("::1", 443, false), ("example.org", 443, false), ("a.example.org", 443, false),
      ("anexample.org", 443, true), ("a.inner.net", 443, false), ("10.200.3.4", 443, false), ("11.0.0.1", 443, true),
      ("192.168.1.1", 443, false), ("192.168.1.2", 443, true), ("x.star.io", 443, false), ("odd.host", 8443, false),
      ("odd.host", 443, true),
    ] { #expect(settings.covers(host: host, port: port) == expected, "\(host):\(port)") }
    #expect(try !ProxySettings(environment: ["HTTPS_PROXY": "p:1", "no_proxy": "*"]).covers(host: "a", port: 443))
    #expect(try !ProxySettings(environment: [:]).covers(host: "a", port: 443))
  }

  @Test(
    "that cannot be used is named without its password",
    arguments: ["https://u:secret@p:1", "socks4://p", "http://", "::"])
  func unusable(text: String) {
    do throws(AzureError) {
      _ = try ProxySettings(environment: ["HTTPS_PROXY": text])
      Issue.record("\(text) was taken")
    } catch {
      #expect(error.sentence.hasPrefix("HTTPS_PROXY cannot be used"))
      #expect(!error.sentence.contains("secret"))
    }
  }

  @Test("may be a SOCKS proxy, also for everything")
  func socks() throws {
    #expect(try ProxySettings(environment: ["ALL_PROXY": "socks5h://127.0.0.1:1080"]).proxy?.port == 1080)
  }
}
