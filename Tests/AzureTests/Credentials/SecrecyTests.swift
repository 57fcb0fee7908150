import FleetModel
import Testing

@testable import Azure

@Suite("Secrets")
struct SecrecyTests {
  @Test("are in no description and no dump of what holds them")
  func unseen() {
    let planted = "azlinplanted4711"
    let transport = ScriptedIdentityServer([])
    let clock = SteppedClock()
    let endpoint = TokenEndpoint(authority: "https://a", transport: transport, clock: clock)
    let environment = [
      "AZURE_TENANT_ID": "t", "AZURE_CLIENT_ID": "c", "AZURE_CLIENT_SECRET": planted,
      "IDENTITY_ENDPOINT": "http://localhost/x", "IDENTITY_HEADER": planted,
    ]
    let things: [Any] = [
      AccessToken(value: planted, expiresAt: Instant(seconds: 1)),
      Secret(planted), EnvironmentCredential(environment: environment, endpoint: endpoint),
      ManagedIdentityCredential(environment: environment, transport: transport, clock: clock, isOnlyOne: false),
      AzureCliCredential(environment: environment, tenant: nil, subscription: nil, clock: clock),
      TokenShelf(AccessToken(value: planted, expiresAt: Instant(seconds: 1)), at: clock.now(), replaces: nil),
    ]
    for thing in things {
      var text = "\(thing) \(String(reflecting: thing))"
      dump(thing, to: &text)
      #expect(!text.contains(planted), "\(type(of: thing))")
    }
    // The search finds what is there.
    var open = ""
    dump(planted, to: &open)
    #expect(open.contains(planted))
  }

  @Test("are taken out of a stranger's words, with everything that looks like a token")
  func scrubbed() {
    #expect(
      Scrubbed.line("a p&w b p%26w c eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ.x-_ d eyJ e\u{1b}", secrets: [Secret("p&w")])
        == "a (secret) b (secret) c (token) d eyJ e^[")
    #expect(Scrubbed.line(String(repeating: "x", count: 400)).count == 301)
  }
}
