import CryptoExtras
import FleetModel
import Foundation
import HTTPTypes
import NIOSSL
import Testing
import X509

@testable import Azure

@Suite("The HTTP transport's TLS", .timeLimit(.minutes(1)))
struct TransportSecurityTests {
  private let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  /// A server's certificate that it signed itself, written to a file.
  private func identity(
    _ name: String, ends: TimeInterval = 3600
  ) throws -> (context: NIOSSLContext, file: String) {
    let key = try _RSA.Signing.PrivateKey(keySize: .bits2048)
    let certificate = try Certificate(
      version: .v3, serialNumber: .init(), publicKey: .init(key.publicKey),
      notValidBefore: Date(timeIntervalSinceNow: -7200),
      notValidAfter: Date(timeIntervalSinceNow: ends), issuer: DistinguishedName { CommonName("azlin test") },
      subject: DistinguishedName { CommonName("azlin test") }, signatureAlgorithm: .sha256WithRSAEncryption,
      extensions: try Certificate.Extensions {
        Critical(BasicConstraints.isCertificateAuthority(maxPathLength: nil))
        SubjectAlternativeNames([.dnsName(name)])
      }, issuerPrivateKey: .init(key))
    let pem = try certificate.serializeAsPEM().pemString
    let context = try NIOSSLContext(
      configuration: .makeServerConfiguration(
        certificateChain: [.certificate(try NIOSSLCertificate(bytes: Array(pem.utf8), format: .pem))],
        privateKey: .privateKey(try NIOSSLPrivateKey(bytes: Array(key.pemRepresentation.utf8), format: .pem))))
    return (context, try folder.write("\(name).pem", pem))
  }

  private func get(_ authority: String) -> HTTPRequest {
    HTTPRequest(method: .get, scheme: "https", authority: authority, path: "/")
  }

  @Test("trusts the authorities of AZLIN_CA_FILE")
  func trusted() async throws {
    let (context, file) = try identity("localhost")
    let server = try await LoopbackServer.start(tls: context) { _ in .answer(200) }
    try await AsyncHTTPTransport.using(["AZLIN_CA_FILE": file]) { transport in
      let status = try await transport.status(get("localhost:\(server.port)"))
      #expect(status == 200)
    }
    await server.stop()
  }

  @Test("sends nothing to a server whose certificate nobody vouches for, and names the remedy")
  func untrusted() async throws {
    let server = try await LoopbackServer.start(tls: try identity("localhost").context) { _ in .answer(200) }
    try await AsyncHTTPTransport.using { transport in
      let failure = await transport.failure(get("localhost:\(server.port)"))
      #expect(failure?.kind == .notSent)
      #expect(failure?.description.contains("set AZLIN_CA_FILE to it") == true)
    }
    #expect(server.received.isEmpty)
    await server.stop()
  }

  @Test("sends nothing to a server with another's name or a certificate that is over")
  func wrong() async throws {
    for (name, ends, expected) in [("other.example", 3600.0, "for another name"), ("localhost", -60, "has expired")] {
      let (context, file) = try identity(name, ends: ends)
      let server = try await LoopbackServer.start(tls: context) { _ in .answer(200) }
      try await AsyncHTTPTransport.using(["AZLIN_CA_FILE": file]) { transport in
        let failure = await transport.failure(get("localhost:\(server.port)"))
        #expect(failure?.kind == .notSent)
        #expect(failure?.description.contains(expected) == true, "\(String(describing: failure))")
      }
      #expect(server.received.isEmpty)
      await server.stop()
    }
  }

  @Test("sends nothing where TLS is answered by something else")
  func notTLS() async throws {
    let server = try await LoopbackServer.start { _ in .answer(200) }
    try await AsyncHTTPTransport.using { transport in
      let failure = await transport.failure(get("127.0.0.1:\(server.port)"))
      #expect(failure?.kind == .notSent)
      #expect(failure?.description.contains("TLS") == true, "\(String(describing: failure))")
    }
    await server.stop()
  }

  @Test("is not made with a CA file that is none")
  func unusable() throws {
    let file = try folder.write("empty.pem", "hello\n")
    for path in [file, folder.path + "/none.pem"] {
      do throws(AzureError) {
        _ = try AsyncHTTPTransport(environment: ["AZLIN_CA_FILE": path])
        Issue.record("\(path) was taken")
      } catch {
        #expect(error.sentence.contains("AZLIN_CA_FILE \(path)"))
      }
    }
  }
}
