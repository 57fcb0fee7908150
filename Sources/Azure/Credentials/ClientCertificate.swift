import Crypto
import CryptoExtras
import FleetModel
import FoundationEssentials
import X509

/// A service principal's certificate and its key, from one PEM file.
struct ClientCertificate {
  /// What is wrong with the file, and how to mend it.
  struct Problem: Error { var sentence: String }

  /// An assertion is good for 10 minutes (msal's time).
  private static let life = Duration.minutes(10)
  /// A chain of ten 4096-bit certificates has about 25 KB.
  private static let sizeLimit = 256 * 1024

  private let key: _RSA.Signing.PrivateKey
  /// DER; the first is the key's own.
  private let chain: [[UInt8]]

  /// Reads the file anew each time: certificates are renewed under running programs.
  init(path: String) throws(Problem) {
    let shown = "AZURE_CLIENT_CERTIFICATE_PATH \(SafeText.line(path))"
    let bytes: [UInt8]
    do { bytes = try LocalFile.bytes(path, limit: Self.sizeLimit) } catch {
      throw Problem(sentence: "\(shown) cannot be read: \(error.text)")
    }
    let text = String(decoding: bytes, as: UTF8.self)
    guard text.contains("-----BEGIN ") else {
      throw Problem(
        sentence: "\(shown) is no PEM file; where it is PKCS#12 (.pfx, .p12), convert it: "
          + "openssl pkcs12 -in FILE -nodes -out client.pem")
    }
    if text.contains("-----BEGIN ENCRYPTED PRIVATE KEY") || text.contains("Proc-Type: 4,ENCRYPTED") {
      throw Problem(
        sentence: "the key in \(shown) is encrypted, and AZURE_CLIENT_CERTIFICATE_PASSWORD is not supported: write it "
          + "without (openssl pkey -in FILE -out key.pem), put the certificate behind it, and keep the file to yourself "
          + "(chmod 600)")
    }
    guard let keyText = Self.block(in: text, { $0 == "PRIVATE KEY" || $0 == "RSA PRIVATE KEY" }).first else {
      throw Problem(sentence: "\(shown) holds no RSA private key: put the key and the certificate into the same file")
    }
    let key: _RSA.Signing.PrivateKey
    do { key = try _RSA.Signing.PrivateKey(pemRepresentation: keyText) } catch {
      throw Problem(sentence: "the key in \(shown) is no RSA key of 2048 bits or more, which Entra asks for")
    }
    var certificates = Self.block(in: text) { $0 == "CERTIFICATE" }.compactMap { try? Certificate(pemEncoded: $0) }
    guard
      let own = certificates.firstIndex(where: {
        _RSA.Signing.PublicKey($0.publicKey)?.derRepresentation == key.publicKey.derRepresentation
      })
    else {
      throw Problem(
        sentence: certificates.isEmpty
          ? "\(shown) holds no certificate: put the key and the certificate into the same file"
          : "no certificate in \(shown) belongs to its key")
    }
    certificates.insert(certificates.remove(at: own), at: 0)
    self.key = key
    chain = certificates.compactMap { try? $0.serializeAsPEM().derBytes }
  }

  private struct Header: Encodable {
    var alg = "PS256"
    var typ = "JWT"
    var thumbprint: String
    var x5c: [String]?
    enum CodingKeys: String, CodingKey {
      case alg, typ, x5c
      case thumbprint = "x5t#S256"
    }
  }

  private struct Claims: Encodable {
    var aud, iss, sub, jti: String
    var nbf, iat, exp: Int64
  }

  /// What stands for a client secret: a JWT signed with PS256, as msal makes it.
  /// - Parameters:
  ///   - audience: the token endpoint's URL.
  ///   - sendsChain: with all certificates of the file in `x5c` (subject name and issuer authentication).
  func assertion(client: String, audience: String, now: Instant, sendsChain: Bool) throws(Problem) -> Secret {
    let seconds = now.milliseconds / 1000
    let header = Header(
      thumbprint: Self.base64URL(SHA256.hash(data: chain[0])),
      x5c: sendsChain ? chain.map { Data($0).base64EncodedString() } : nil)
    let claims = Claims(
      aud: audience, iss: client, sub: client, jti: UUID().uuidString.lowercased(), nbf: seconds, iat: seconds,
      exp: seconds + Self.life.milliseconds / 1000)
    let signed = Self.base64URL(JSONText.bytes(header)) + "." + Self.base64URL(JSONText.bytes(claims))
    do {
      let signature = try key.signature(for: SHA256.hash(data: Data(signed.utf8)), padding: .PSS)
      return Secret(signed + "." + Self.base64URL(signature.rawRepresentation))
    } catch {
      throw Problem(sentence: "the key of AZURE_CLIENT_CERTIFICATE_PATH cannot sign: make a new RSA key of 2048 bits")
    }
  }

  private static func base64URL(_ bytes: some Sequence<UInt8>) -> String {
    Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
  }

  /// The PEM blocks of a text whose label is accepted; what stands between blocks (`Bag Attributes`) is left out.
  private static func block(in text: String, _ accepts: (Substring) -> Bool) -> [String] {
    var blocks: [String] = []
    var current: (label: Substring, lines: [Substring])?
    for line in text.split(whereSeparator: \.isNewline) {
      if line.hasPrefix("-----BEGIN "), line.hasSuffix("-----") {
        current = (line.dropFirst(11).dropLast(5), [line])
      } else if current != nil {
        current?.lines.append(line)
        if line.hasPrefix("-----END ") {
          if let done = current, accepts(done.label) { blocks.append(done.lines.joined(separator: "\n") + "\n") }
          current = nil
        }
      }
    }
    return blocks
  }
}
