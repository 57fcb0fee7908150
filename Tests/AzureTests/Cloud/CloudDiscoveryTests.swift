import Azure
import FleetModel
import HTTPTypes
import Testing

private let endpoint = "https://localhost:8443"

/// `/metadata/endpoints?api-version=2022-09-01` as management.azure.com answers it, shortened.
private let document = """
  {"portal":"https://portal.example.org","authentication":{"loginEndpoint":"https://login.example.org/",
  "audiences":["https://management.core.example.org/","https://management.example.org/"],"tenant":"common",
  "identityProvider":"AAD"},"graphAudience":"https://graph.example.org/","graph":"https://graph.example.org/",
  "name":"ExampleCloud","suffixes":{"storage":"core.example.org"},"batch":"https://batch.core.example.org/",
  "resourceManager":"https://management.example.org/"}
  """

@Suite("Which cloud is meant")
struct CloudDiscoveryTests {
  private func cloud(
    _ environment: [String: String], name: String? = nil,
    _ transport: ScriptedIdentityServer = ScriptedIdentityServer([])
  ) async throws(AzureError) -> Cloud {
    try await CloudDiscovery.cloud(environment: environment, name: name, transport: transport)
  }

  private func error(
    _ environment: [String: String], name: String? = nil,
    _ transport: ScriptedIdentityServer = ScriptedIdentityServer([])
  ) async -> AzureError? {
    do {
      _ = try await cloud(environment, name: name, transport)
      return nil
    } catch {
      return error
    }
  }

  @Test("is the public one, or the one named, without asking anybody")
  func named() async throws {
    #expect(try await cloud([:]) == .publicCloud)
    #expect(try await cloud([:], name: "azureusgovernment") == .usGovernment)
    #expect(try await cloud(["AZLIN_ARM_ENDPOINT": ""], name: "AzureChinaCloud") == .china)
    let unknown = await error([:], name: "AzureGermanCloud\u{1b}")
    #expect(unknown?.sentence.contains("cloud AzureGermanCloud^[ is not known: it can be AzureCloud, ") == true)
  }

  @Test("is asked from AZLIN_ARM_ENDPOINT")
  func discovered() async throws {
    let transport = ScriptedIdentityServer([HTTPReply(200, document)])
    let found = try await cloud(["AZLIN_ARM_ENDPOINT": endpoint + "/"], name: "AzureChinaCloud", transport)
    #expect(
      found
        == Cloud(
          name: "ExampleCloud", resourceManager: endpoint, authority: "https://login.example.org",
          audience: "https://management.core.example.org/", metricsSuffix: ""))
    #expect(transport.sent.map(\.url) == [endpoint + "/metadata/endpoints?api-version=2022-09-01"])
    #expect(transport.sent[0].request.headerFields[.authorization] == nil)
  }

  @Test("is the entry of that endpoint in the older list of all clouds")
  func list() async throws {
    let other = document.replacing("example.org", with: "other.net").replacing("ExampleCloud", with: "OtherCloud")
    let transport = ScriptedIdentityServer([HTTPReply(200, "[\(other),\(document)]")])
    let found = try await cloud(["AZLIN_ARM_ENDPOINT": "https://management.example.org"], transport)
    #expect(found.name == "ExampleCloud")
  }

  @Test(
    "is the public one behind an endpoint that knows no such path",
    arguments: [
      HTTPReply(404, "{\"error\":{\"code\":\"NotFound\"}}"), HTTPReply(200, "<html>"), HTTPReply(200, "[]"),
      HTTPReply(501, ""), HTTPReply(200, "{\"value\":[]}"),
    ])
  func fallback(reply: HTTPReply) async throws {
    let found = try await cloud(["AZLIN_ARM_ENDPOINT": "http://127.0.0.1:9000"], ScriptedIdentityServer([reply]))
    #expect(found.resourceManager == "http://127.0.0.1:9000")
    #expect(found.audience == "https://management.azure.com")
    #expect(found.authority == "https://login.microsoftonline.com")
  }

  @Test("takes its authority from AZURE_AUTHORITY_HOST, with or without a scheme")
  func authority() async throws {
    let transport = ScriptedIdentityServer([HTTPReply(200, document)])
    #expect(
      try await cloud(
        ["AZLIN_ARM_ENDPOINT": endpoint, "AZURE_AUTHORITY_HOST": "https://login.microsoftonline.us/"], transport
      )
      .authority == "https://login.microsoftonline.us")
    #expect(try await cloud(["AZURE_AUTHORITY_HOST": "login.own.org"]).authority == "https://login.own.org")
    #expect(
      try await cloud(["AZURE_AUTHORITY_HOST": "http://127.0.0.1:8080/"]).authority == "http://127.0.0.1:8080")
  }

  @Test("may come from a simulator on this machine, which is its own authority")
  func simulator() async throws {
    let local = document.replacing("https://login.example.org/", with: "http://localhost:9001/")
    let found = try await cloud(
      ["AZLIN_ARM_ENDPOINT": "http://localhost:9000"], ScriptedIdentityServer([HTTPReply(200, local)]))
    #expect(found.authority == "http://localhost:9001")
    let remote = document.replacing("https://login.example.org/", with: "http://login.example.org/")
    let error = await error(["AZLIN_ARM_ENDPOINT": endpoint], ScriptedIdentityServer([HTTPReply(200, remote)]))
    #expect(error?.sentence.contains("would send tokens unprotected") == true)
  }

  @Test("is not guessed where the endpoint gives no answer")
  func unreachable() async {
    let transport = ScriptedIdentityServer { _ throws(TransportFailure) in
      throw TransportFailure(.notSent, "localhost:8443: nothing listens there")
    }
    let error = await error(["AZLIN_ARM_ENDPOINT": endpoint], transport)
    #expect(error?.kind == .unreachable)
    #expect(error?.sentence == "AZLIN_ARM_ENDPOINT gives no answer: localhost:8443: nothing listens there")
  }

  @Test(
    "is refused where tokens would travel unprotected, or nothing can be made of a variable",
    arguments: [
      ("AZLIN_ARM_ENDPOINT", "http://management.azure.com", "only for this machine"),
      ("AZLIN_ARM_ENDPOINT", "http://169.254.169.254", "only for this machine"),
      ("AZLIN_ARM_ENDPOINT", "management.azure.com", "is no address of a service"),
      ("AZLIN_ARM_ENDPOINT", "https://", "is no address of a service"),
      ("AZLIN_ARM_ENDPOINT", "https://a?b", "is no address of a service"),
      ("AZLIN_ARM_ENDPOINT", "https://user@a", "is no address of a service"),
      ("AZURE_AUTHORITY_HOST", "http://login.microsoftonline.com", "only for this machine"),
      ("AZURE_AUTHORITY_HOST", "ftp://a", "is no address of a service"),
    ])
  func refused(variable: String, value: String, expected: String) async {
    let transport = ScriptedIdentityServer([HTTPReply(200, document)])
    let sentence = await error([variable: value], transport)?.sentence ?? ""
    #expect(sentence.hasPrefix(variable + " "))
    #expect(sentence.contains(expected), "\(sentence)")
    #expect(transport.sent.isEmpty)
  }
}
