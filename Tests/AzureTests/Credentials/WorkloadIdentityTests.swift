import Azure
import FleetModel
import Testing

@Suite("A workload's identity")
struct WorkloadIdentityTests {
  @Test("sends its service account's token, read anew each time")
  func renewed() async throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("token", "eyJ.first\n")
    let transport = ScriptedIdentityServer([.token("t1", life: 600), .token("t2", life: 600)])
    let clock = SteppedClock()
    let source = source(
      ["AZURE_TENANT_ID": directory, "AZURE_CLIENT_ID": "app-2", "AZURE_FEDERATED_TOKEN_FILE": path], transport,
      clock: clock)
    _ = try await source.token()
    try folder.write("token", "eyJ.second")
    clock.advance(.minutes(9))
    #expect(try await source.token().value == "t2")
    #expect(transport.sent.map { $0.form["client_assertion"] } == ["eyJ.first", "eyJ.second"])
    #expect(transport.sent[0].url == "https://login.microsoftonline.com/\(directory)/oauth2/v2.0/token")
    #expect(
      transport.sent[0].body
        == "grant_type=client_credentials&client_id=app-2&scope=https%3A%2F%2Fmanagement.azure.com%2F.default"
        + "&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer"
        + "&client_assertion=eyJ.first")
  }

  @Test("whose file is gone is not replaced by another identity")
  func missingFile() async throws {
    let error = try #require(
      await source(
        ["AZURE_TENANT_ID": directory, "AZURE_CLIENT_ID": "app-2", "AZURE_FEDERATED_TOKEN_FILE": "/nonexistent/token"],
        ScriptedIdentityServer([.token("t1")])
      ).refusal())
    #expect(error.attempts.map(\.credential) == ["EnvironmentCredential", "WorkloadIdentityCredential"])
    #expect(error.attempts[1].problem.contains("/nonexistent/token cannot be read: no such file or directory"))
  }
}
