import FleetModel
import Foundation
import Testing

@testable import Azure

@Suite("The Azure CLI")
struct AzureCliTests {
  private let folder: TemporaryFolder
  private let clock = SteppedClock()
  init() throws { folder = try TemporaryFolder() }

  /// A program named az that notes its arguments, folder and environment.
  private func az(_ script: String) throws {
    try folder.write(
      "az",
      """
      #!/bin/sh
      for word; do echo "$word"; done >'\(folder.path)/arguments'
      { pwd; echo "$AZURE_CORE_NO_COLOR"; } >'\(folder.path)/surroundings'
      \(script)

      """, mode: 0o755)
  }

  private var arguments: String? { try? String(contentsOfFile: folder.path + "/arguments", encoding: .utf8) }

  private func source(tenant: String? = nil, subscription: String? = nil) -> any TokenSource {
    Credentials.standard(
      environment: ["PATH": folder.path + ":/usr/bin:/bin", "AZURE_TOKEN_CREDENTIALS": "dev"], cloud: .publicCloud,
      tenant: tenant, subscription: subscription, transport: ScriptedIdentityServer([]), clock: clock)
  }

  @Test("gives its token and the end that is written in seconds")
  func answer() async throws {
    try az(
      """
      echo '{"accessToken":"cli-token","expiresOn":"1999-01-01 00:00:00.000000","expires_on":1700003600,\
      "subscription":"s","tenant":"t","tokenType":"Bearer"}'
      """)
    let token = try await source().token()
    #expect(token.value == "cli-token")
    #expect(token.expiresAt == Instant(seconds: 1_700_003_600))
    #expect(arguments == "account\nget-access-token\n--output\njson\n--resource\nhttps://management.azure.com\n")
    #expect(
      try String(contentsOfFile: folder.path + "/surroundings", encoding: .utf8)
        .hasSuffix("/bin\ntrue\n"))
  }

  @Test("is asked for a subscription's account, else for a tenant's")
  func account() async throws {
    try az("echo '{\"accessToken\":\"a\",\"expires_on\":1700003600}'")
    _ = try await source(tenant: "contoso.com").token()
    #expect(arguments?.hasSuffix("--tenant\ncontoso.com\n") == true)
    _ = try await source(tenant: "contoso.com", subscription: "My Subscription_1").token()
    #expect(arguments?.hasSuffix("management.azure.com\n--subscription\nMy Subscription_1\n") == true)
    #expect(await source(subscription: "--help").refusal()?.description.contains("neither an id nor a name") == true)
    #expect(await source(tenant: "x;y").refusal()?.description.contains("neither an id nor a domain") == true)
  }

  @Test("of old versions writes a local time")
  func localTime() {
    func end(_ text: String, _ zone: DisplayZone) -> Instant? {
      AzureCliCredential.token(
        "{\"accessToken\":\"a\",\"expiresOn\":\"\(text)\"}", now: clock.now(), zone: zone)?.expiresAt
    }
    #expect(end("2026-01-31 13:37:00.250000", .utc) == TimestampText.parseRFC3339("2026-01-31T13:37:00.25Z"))
    #expect(end("2026-01-31 13:37:00", .fixed(-5 * 3600)) == TimestampText.parseRFC3339("2026-01-31T18:37:00Z"))
    #expect(end("soon", .utc) == nil)
  }

  @Test("whose sign-in is missing or refused says what to run")
  func signIn() async throws {
    try az("echo \"ERROR: Please run 'az login' to setup account.\" >&2; exit 1")
    #expect(
      await source(tenant: "t-1").refusal()?.attempts
        == [.init(credential: "AzureCliCredential", problem: "nobody is signed in: run `az login --tenant t-1`")])
    try az("echo 'ERROR: AADSTS50173: The provided grant has expired. Run az login.' >&2; exit 1")
    let error = await source().refusal()
    #expect(error?.attempts.first?.problem == "the sign-in of az is refused (AADSTS50173): run `az login`")
    #expect(error?.attempts.first?.isFinal == true)
    try az("echo \"ERROR: The subscription of 's-1' doesn't exist in cloud 'AzureCloud'.\" >&2; exit 1")
    #expect(
      await source(subscription: "s-1").refusal()?.description.contains(
        "az does not know subscription s-1: run `az login`")
        == true)
    try az("echo warning >&2; echo 'ERROR: no connection eyJhbGciOiJub25lIn0.e30.sig \u{1b}[31m' >&2; exit 3")
    #expect(
      await source().refusal()?.attempts.first?.problem == "az ended with status 3: ERROR: no connection (token) ^[[31m"
    )
  }

  @Test("that prints something else is not believed, and its words are not shown")
  func garbage() async throws {
    try az("echo 'accessToken: azlinplanted-words'")
    let error = try #require(await source().refusal())
    #expect(error.description.contains("no token"))
    #expect(!error.description.contains("azlinplanted-words"))
  }

  @Test("that hangs is killed with all it started")
  func hanging() async throws {
    try az("sleep 300 & echo $! >'\(folder.path)/child'; sleep 300")
    let credential = AzureCliCredential(
      environment: ["PATH": folder.path + ":/usr/bin:/bin"], tenant: nil, subscription: nil, clock: clock,
      timeout: .seconds(2))
    do throws(CredentialError.Attempt) {
      _ = try await credential.token(TokenDemand(resource: arm))
      Issue.record("it gave a token")
    } catch {
      #expect(error.problem.contains("no answer within 2s and was stopped"))
    }
    let child = try #require(
      Int32(try String(contentsOfFile: folder.path + "/child", encoding: .utf8).filter(\.isNumber)))
    let deadline = ContinuousClock.now + .seconds(10)
    // A killed process stays until init has reaped it.
    while kill(child, 0) == 0, !isZombie(child), ContinuousClock.now < deadline {
      try await Task.sleep(for: .milliseconds(20))
    }
    #expect(kill(child, 0) != 0 || isZombie(child))
  }

  private func isZombie(_ process: Int32) -> Bool {
    (try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8))?.contains(") Z ") ?? true
  }

  @Test("that is not installed says so")
  func missing() async {
    let source = Credentials.standard(
      environment: ["PATH": folder.path + ":.:relative", "AZURE_TOKEN_CREDENTIALS": "AzureCliCredential"],
      cloud: .publicCloud, tenant: nil, subscription: nil, transport: ScriptedIdentityServer([]), clock: clock)
    #expect(await source.refusal()?.description.contains("is not on PATH: install it and run `az login`") == true)
  }

  @Test("cannot take a claims challenge, but its sign-in can")
  func claims() async throws {
    try az("echo '{\"accessToken\":\"a\",\"expires_on\":1700003600}'")
    let error = await source(tenant: "t-1").refusal(claims: "{\"access_token\":{}}")
    #expect(
      error?.description.contains(
        "`az login --tenant t-1 --scope https://management.azure.com/.default --claims-challenge "
          + "eyJhY2Nlc3NfdG9rZW4iOnt9fQ==` (az 2.76 or later)") == true)
    #expect(arguments == nil)
  }
}
