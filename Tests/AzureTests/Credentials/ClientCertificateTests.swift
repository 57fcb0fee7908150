import Azure
import Crypto
import CryptoExtras
import FleetModel
import Foundation
import HTTPTypes
import JWTKit
import SwiftASN1
import Testing
import X509

/// A certificate that a key signed for itself or for another.
private func certificate(
  _ name: String, _ key: _RSA.Signing.PrivateKey, issuer: (name: String, key: _RSA.Signing.PrivateKey)? = nil
) throws -> Certificate {
  try Certificate(
    version: .v3, serialNumber: .init(), publicKey: .init(key.publicKey),
    notValidBefore: Date(timeIntervalSince1970: 1_600_000_000),
    notValidAfter: Date(timeIntervalSince1970: 2_000_000_000),
    issuer: DistinguishedName { CommonName(issuer?.name ?? name) }, subject: DistinguishedName { CommonName(name) },
    signatureAlgorithm: .sha256WithRSAEncryption, extensions: .init(), issuerPrivateKey: .init(issuer?.key ?? key))
}

private struct Claims: JWTPayload {
  var aud, iss, sub, jti: String
  var nbf, iat, exp: Int
  func verify(using algorithm: some JWTAlgorithm) throws {}
}

@Suite("A service principal with a certificate")
struct ClientCertificateTests {
  private let folder: TemporaryFolder
  private let key: _RSA.Signing.PrivateKey
  private let own: Certificate

  init() throws {
    folder = try TemporaryFolder()
    key = try _RSA.Signing.PrivateKey(keySize: .bits2048)
    own = try certificate("azlin", key)
  }

  private func environment(_ pem: String, chain: String? = nil) throws -> [String: String] {
    var values = [
      "AZURE_TENANT_ID": directory, "AZURE_CLIENT_ID": "app-1",
      "AZURE_CLIENT_CERTIFICATE_PATH": try folder.write("client.pem", pem),
    ]
    values["AZURE_CLIENT_SEND_CERTIFICATE_CHAIN"] = chain
    return values
  }

  private func fields(_ assertion: String, part: Int) throws -> [String: Any] {
    var text = String(assertion.split(separator: ".")[part]).replacing("-", with: "+").replacing("_", with: "/")
    text += String(repeating: "=", count: (4 - text.count % 4) % 4)
    let data = try #require(Data(base64Encoded: text))
    return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
  }

  @Test("signs an assertion with PS256 that its public key verifies")
  func assertion() async throws {
    let transport = ScriptedIdentityServer([.token("t1")])
    let clock = SteppedClock(Instant(milliseconds: 1_700_000_000_750))
    let text = key.pemRepresentation + (try own.serializeAsPEM().pemString) + "\n"
    #expect(try await source(try environment(text), transport, clock: clock).token().value == "t1")
    let form = try #require(transport.sent.first?.form)
    #expect(Set(form.keys) == ["grant_type", "client_id", "scope", "client_assertion_type", "client_assertion"])
    #expect(form["client_assertion_type"] == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
    let assertion = try #require(form["client_assertion"])

    let keys = await JWTKeyCollection().add(
      pss: try Insecure.RSA.PublicKey(pem: key.publicKey.pemRepresentation), digestAlgorithm: .sha256)
    let claims = try await keys.verify(assertion, as: Claims.self)
    #expect(claims.aud == "https://login.microsoftonline.com/\(directory)/oauth2/v2.0/token")
    #expect(claims.iss == "app-1")
    #expect(claims.sub == "app-1")
    #expect(claims.nbf == 1_700_000_000)
    #expect(claims.iat == 1_700_000_000)
    #expect(claims.exp == 1_700_000_600)
    #expect(UUID(uuidString: claims.jti) != nil)

    let header = try fields(assertion, part: 0)
    #expect(header["alg"] as? String == "PS256")
    #expect(header["typ"] as? String == "JWT")
    #expect(header["x5c"] == nil)
    let thumbprint = Data(SHA256.hash(data: Data(try own.serializeAsPEM().derBytes))).base64EncodedString()
    #expect(
      header["x5t#S256"] as? String
        == thumbprint.replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: ""))
  }

  @Test("never uses an assertion twice")
  func fresh() async throws {
    let transport = ScriptedIdentityServer([.token("t1", life: 0), .token("t2", life: 0)])
    let clock = SteppedClock()
    let text = key.pemRepresentation + "\n" + (try own.serializeAsPEM().pemString)
    let source = source(try environment(text), transport, clock: clock)
    _ = try await source.token()
    clock.advance(.minutes(1))
    _ = try await source.token()
    #expect(Set(transport.sent.map { $0.form["client_assertion"] }).count == 2)
  }

  @Test("sends its chain, its own certificate first, where asked to")
  func chain() async throws {
    let authority = try _RSA.Signing.PrivateKey(keySize: .bits2048)
    let issued = try certificate("azlin", key, issuer: ("root", authority))
    let root = try certificate("root", authority)
    // As openssl pkcs12 writes it, the issuer first.
    let text =
      "Bag Attributes\n    localKeyID: 01\n" + (try root.serializeAsPEM().pemString) + "\nBag Attributes\n"
      + (try issued.serializeAsPEM().pemString) + "\nKey Attributes: <No Attributes>\n" + key.pemRepresentation + "\n"
    let transport = ScriptedIdentityServer([.token("t1")])
    _ = try await source(try environment(text, chain: "true"), transport).token()
    let header = try fields(try #require(transport.sent.first?.form["client_assertion"]), part: 0)
    #expect(
      header["x5c"] as? [String] == [
        Data(try issued.serializeAsPEM().derBytes).base64EncodedString(),
        Data(try root.serializeAsPEM().derBytes).base64EncodedString(),
      ])
  }

  @Test("that cannot be used says how to mend its file, and sends nothing")
  func unusable() async throws {
    let keyText = key.pemRepresentation
    let ownText = try own.serializeAsPEM().pemString
    let otherText = try certificate("x", try _RSA.Signing.PrivateKey(keySize: .bits2048)).serializeAsPEM().pemString
    let encrypted = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIE\n-----END ENCRYPTED PRIVATE KEY-----\n"
    for (text, expected) in [
      ("0\u{82}\u{1}binary", "openssl pkcs12 -in FILE -nodes -out client.pem"),
      (encrypted + ownText, "AZURE_CLIENT_CERTIFICATE_PASSWORD is not supported"),
      (ownText, "holds no RSA private key"), (keyText, "holds no certificate"),
      (keyText + "\n" + otherText, "no certificate in"),
      ("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n" + ownText, "no RSA key of 2048 bits"),
    ] {
      let transport = ScriptedIdentityServer([.token("t1")])
      let error = try #require(await source(try environment(text), transport).refusal())
      #expect(error.attempts.count == 1)
      #expect(error.description.contains(expected), "\(error)")
      #expect(error.description.contains(folder.path + "/client.pem"))
      #expect(!error.description.contains(keyText.split(separator: "\n")[3]))
      #expect(transport.sent.isEmpty)
    }
    var missing = try environment("")
    missing["AZURE_CLIENT_CERTIFICATE_PATH"] = folder.path + "/none.pem"
    #expect(await source(missing, ScriptedIdentityServer([])).refusal()?.description.contains("no such file") == true)
  }
}
