import FleetModel
import FoundationEssentials
import HTTPTypes

/// Which cloud is meant, and where its services are.
package enum CloudDiscovery {
  private static let timeout = Duration.seconds(10)
  /// What az sends since 2022.
  private static let version = "2022-09-01"

  /// `AZLIN_ARM_ENDPOINT` first (its services are asked from it), then a name, else the public cloud.
  /// `AZURE_AUTHORITY_HOST` says where tokens come from in each of them.
  /// - Parameter name: as in `az cloud list` and azureProfile.json's `environmentName`.
  /// - Throws: of kind `unreachable`, where a variable or a name cannot be used or the endpoint gives no answer.
  package static func cloud(
    environment: [String: String], name: String?, transport: any HTTPTransport
  ) async throws(AzureError) -> Cloud {
    let authority = try environment["AZURE_AUTHORITY_HOST"].flatMap { $0.isEmpty ? nil : $0 }.map(Self.authority)
    var cloud: Cloud
    if let endpoint = environment["AZLIN_ARM_ENDPOINT"], !endpoint.isEmpty {
      cloud = try await custom(base(endpoint, "AZLIN_ARM_ENDPOINT"), transport)
    } else {
      cloud = try named(name)
    }
    if let authority { cloud.authority = authority }
    return cloud
  }

  private static func named(_ name: String?) throws(AzureError) -> Cloud {
    guard let name, !name.isEmpty else { return .publicCloud }
    if let cloud = Cloud.all.first(where: { $0.name.lowercased() == name.lowercased() }) { return cloud }
    throw problem(
      "cloud \(SafeText.line(name)) is not known: it can be \(Cloud.all.map(\.name).joined(separator: ", ")); for another, "
        + "set AZLIN_ARM_ENDPOINT to its Resource Manager (https://…)")
  }

  /// `login.microsoftonline.com`, with or without its scheme.
  private static func authority(_ text: String) throws(AzureError) -> String {
    try base(text.contains("://") ? text : "https://" + text, "AZURE_AUTHORITY_HOST")
  }

  /// A service's URL without the slashes at its end.
  private static func base(_ text: String, _ what: String) throws(AzureError) -> String {
    let url = String(text.reversed().drop { $0 == "/" }.reversed())
    guard let scheme = url.firstRange(of: "://"), ["http", "https"].contains(url[..<scheme.lowerBound].lowercased()),
      let request = HTTPRequest(.get, tokenURL: url), !url.contains("?"), !url.contains("#"),
      let host = HTTPTarget.place(request.authority ?? "")?.host
    else {
      throw problem(
        "\(what) \(SafeText.line(text)) is no address of a service: write https://HOST or https://HOST:PORT")
    }
    guard request.scheme == "https" || HTTPTarget.isLoopback(host) else {
      throw problem(
        "\(what) \(SafeText.line(text)) would send tokens unprotected: http is only for this machine (localhost, "
          + "127.0.0.1, [::1]); write https://")
    }
    return url
  }

  private static func problem(_ sentence: String) -> AzureError { AzureError(kind: .unreachable, sentence: sentence) }

  /// Asks the endpoint for its cloud. A server that plays recordings knows no such path: it stands for the public cloud.
  private static func custom(_ endpoint: String, _ transport: any HTTPTransport) async throws(AzureError) -> Cloud {
    var cloud = Cloud(
      name: "AZLIN_ARM_ENDPOINT", resourceManager: endpoint, authority: Cloud.publicCloud.authority,
      audience: Cloud.publicCloud.audience, metricsSuffix: "")
    guard var request = HTTPRequest(.get, tokenURL: endpoint + "/metadata/endpoints?api-version=" + version) else {
      return cloud
    }
    request.headerFields[.accept] = "application/json"
    let reply: HTTPReply
    do { reply = try await transport.send(request, body: [], timeout: timeout) } catch {
      throw AzureError(
        kind: error.kind == .cancelled ? .cancelled : error.kind == .lost ? .lost : .unreachable,
        sentence: "AZLIN_ARM_ENDPOINT gives no answer: \(error.description)")
    }
    guard reply.status == 200, let found = CloudDocument(reply.body, endpoint: endpoint) else { return cloud }
    if let name = found.name { cloud.name = SafeText.line(name) }
    if let known = Cloud.all.first(where: { $0.resourceManager == endpoint }) {
      cloud.metricsSuffix = known.metricsSuffix
    }
    if let audience = found.audience { cloud.audience = audience }
    if let authority = found.authority {
      cloud.authority = try base(authority, "the authority that AZLIN_ARM_ENDPOINT names,")
    }
    return cloud
  }
}

/// `/metadata/endpoints`: one cloud, or in older versions a list of all.
struct CloudDocument {
  private struct Entry: Decodable {
    struct Authentication: Decodable {
      var loginEndpoint: String?
      var audiences: [String]?
    }
    var name: String?
    var resourceManager: String?
    var authentication: Authentication?
  }

  let name: String?
  let authority: String?
  let audience: String?

  /// - Parameter endpoint: which of several is meant.
  /// - Returns: nil where the body is something else.
  init?(_ body: [UInt8], endpoint: String) {
    let data = Data(body)
    let entries =
      (try? JSONDecoder().decode([Entry].self, from: data)) ?? (try? [JSONDecoder().decode(Entry.self, from: data)])
    let all = (entries ?? []).filter { $0.authentication != nil }
    func host(_ url: String) -> String {
      url.lowercased().split(separator: "/").dropFirst().first.map(String.init) ?? ""
    }
    guard let entry = all.first(where: { host($0.resourceManager ?? "") == host(endpoint) }) ?? all.first else {
      return nil
    }
    name = entry.name
    authority = entry.authentication?.loginEndpoint.flatMap { $0.isEmpty ? nil : $0 }
    audience = entry.authentication?.audiences?.first { !$0.isEmpty }
  }
}
