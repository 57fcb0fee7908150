import Foundation
import LabKit
import Testing

@Suite("Secrets of every kind of credential", .serialized)
struct PlantedSecretTests {
  /// How azlin is given an identity, with a secret that can be found again.
  enum Kind: String, CaseIterable, CustomTestStringConvertible {
    case clientSecret, certificate, workload, managedIdentity, az
    var testDescription: String { rawValue }
  }

  @Test("appear in nothing that azlin writes, at its most talkative", arguments: Kind.allCases)
  func nowhere(_ kind: Kind) async throws {
    try await SimulatedAzure.with { azure in
      let folder = azure.azlin.directory + "-azure/said"
      try await LabCommand.succeed(["mkdir", "-p", folder])
      let (variables, planted) = try await plant(kind, azure)
      try PlantedSecret.tell(planted)
      for (number, words) in [["list"], ["status"], ["autopilot", "recover", "vm-web-01", "--dry-run"]].enumerated() {
        let said = try await azure.run(words + ["--verbose"], variables)
        try await azure.azlin.write(said.output + said.errors, to: folder + "/\(number)")
        // az's token is not one of the simulator's: what it is told then must not repeat it.
        #expect((said.status == 0) == (kind != .az), "\(said.output)\(said.errors)")
        #expect(said.errors.contains("azlin: "), "the most talkative azlin says something of each call")
      }
      #expect(try await places(of: planted, in: azure).isEmpty)
      // Tokens that were given to azlin begin like this, whatever is in them.
      #expect(try await places(of: "eyJ", in: azure).isEmpty)
      // The search finds what is there.
      try await azure.azlin.write("once \(planted) leaked\n", to: folder + "/leak")
      #expect(try await places(of: planted, in: azure) == [folder + "/leak"])
      try await LabCommand.succeed(["rm", folder + "/leak"])
    }
  }

  /// Files that hold a text: journal, policies, everything said, the server's trace and its words.
  private func places(of text: String, in azure: SimulatedAzure) async throws -> [String] {
    let found = try await LabCommand.run(
      [
        "grep", "-rlaF", "--", text, azure.azlin.directory, azure.azlin.directory + "-azure/said", azure.trace,
        azure.azlin.directory + "-azure/errors",
      ])
    try #require(found.status <= 1, "\(found.errors)")
    return found.output.split(separator: "\n").map(String.init)
  }

  private func plant(_ kind: Kind, _ azure: SimulatedAzure) async throws -> (variables: [String: String], text: String)
  {
    let folder = azure.azlin.directory + "-planted"
    let planted = PlantedSecret.make()
    var variables = [
      "AZURE_TENANT_ID": "7e4a0000-0000-4000-8000-00000000a211",
      "AZURE_CLIENT_ID": "a9900000-0000-4000-8000-00000000a211",
      "AZURE_AUTHORITY_HOST": azure.environment["AZLIN_ARM_ENDPOINT"] ?? "", "IDENTITY_ENDPOINT": "",
    ]
    switch kind {
    case .clientSecret:
      variables["AZURE_CLIENT_SECRET"] = planted
      variables["AZURE_TOKEN_CREDENTIALS"] = "EnvironmentCredential"
      return (variables, planted)
    case .certificate:
      try await LabCommand.succeed(["mkdir", "-p", folder])
      try await LabCommand.succeed([
        "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=azlin", "-days", "2", "-keyout",
        folder + "/key", "-out", folder + "/certificate",
      ])
      let script = #"cat "$1/key" "$1/certificate" > "$1/both.pem"; chmod 600 "$1/both.pem"; sed -n 9p "$1/key""#
      let line = try await LabCommand.succeed(["sh", "-c", script, "sh", folder]).text
      variables["AZURE_CLIENT_CERTIFICATE_PATH"] = folder + "/both.pem"
      variables["AZURE_TOKEN_CREDENTIALS"] = "EnvironmentCredential"
      return (variables, line)
    case .workload:
      // As an identity provider writes it; its signature is the secret that is looked for.
      let now = Int(Date().timeIntervalSince1970)
      let claims = """
        {"iss":"https://issuer.example","sub":"system:serviceaccount:azlin","aud":"api://AzureADTokenExchange",\
        "iat":\(now),"nbf":\(now),"exp":\(now + 3600)}
        """
      let token = [#"{"alg":"RS256","typ":"JWT","kid":"1"}"#, claims, planted]
        .map {
          Data($0.utf8).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing(
            "=", with: "")
        }
      try await azure.azlin.write(token.joined(separator: "."), to: folder + "/token")
      variables["AZURE_FEDERATED_TOKEN_FILE"] = folder + "/token"
      variables["AZURE_TOKEN_CREDENTIALS"] = "WorkloadIdentityCredential"
      return (variables, token[2])
    case .managedIdentity:
      return (["AZURE_TOKEN_CREDENTIALS": "ManagedIdentityCredential"], azure.environment["IDENTITY_HEADER"] ?? "")
    case .az:
      let answer = #"{"accessToken": "\#(planted)", "expires_on": 4102444800, "tokenType": "Bearer"}"#
      try await azure.azlin.write("#!/bin/sh\necho '\(answer)'\n", to: folder + "/az", mode: "0700")
      variables["PATH"] = folder + ":/usr/local/bin:/usr/bin:/bin"
      variables["AZURE_TOKEN_CREDENTIALS"] = "AzureCliCredential"
      return (variables, planted)
    }
  }
}
