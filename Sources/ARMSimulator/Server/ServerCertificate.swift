import Crypto
import FleetModel
import FoundationEssentials
import Glibc
import NIOSSL
import SwiftASN1
import X509

/// A certificate of the server's own, made anew at every start, for `localhost` and `127.0.0.1`.
struct ServerCertificate {
  let configuration: TLSConfiguration
  /// The certificate alone, in PEM: what clients are given to trust.
  let pem: String

  /// Valid from a day before to a year after an instant.
  init(at now: Instant) throws {
    let key = P256.Signing.PrivateKey()
    let own = Certificate.PrivateKey(key)
    let name = try DistinguishedName {
      CommonName("localhost")
      OrganizationName("azlin simulator")
    }
    let certificate = try Certificate(
      version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: own.publicKey,
      notValidBefore: Date(timeIntervalSince1970: now.seconds - 86_400),
      notValidAfter: Date(timeIntervalSince1970: now.seconds + 365 * 86_400), issuer: name, subject: name,
      signatureAlgorithm: .ecdsaWithSHA256,
      extensions: try Certificate.Extensions {
        Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
        Critical(KeyUsage(digitalSignature: true, keyCertSign: true))
        try ExtendedKeyUsage([.serverAuth])
        SubjectKeyIdentifier(hash: own.publicKey)
        SubjectAlternativeNames([
          .dnsName("localhost"), .ipAddress(ASN1OctetString(contentBytes: [127, 0, 0, 1])),
        ])
      }, issuerPrivateKey: own)
    pem = try certificate.serializeAsPEM().pemString
    let chain = try NIOSSLCertificate.fromPEMBytes(Array(pem.utf8)).map { NIOSSLCertificateSource.certificate($0) }
    configuration = .makeServerConfiguration(
      certificateChain: chain,
      privateKey: .privateKey(try NIOSSLPrivateKey(bytes: Array(key.pemRepresentation.utf8), format: .pem)))
  }

  /// Writes the certificate into a folder of its own that only this user can enter.
  /// - Returns: the file.
  func write() throws(ARMServer.Failure) -> String {
    let folder = ProcessFolder.temporary
    var template = Array("\(folder)/azlin-simulator-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      throw .certificate("no folder could be made in \(folder): \(String(cString: strerror(errno)))")
    }
    let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self) + "/certificate.pem"
    guard let file = fopen(path, "w") else {
      throw .certificate("\(path) cannot be written: \(String(cString: strerror(errno)))")
    }
    let isWritten = fputs(pem, file) >= 0
    guard fclose(file) == 0, isWritten else {
      throw .certificate("\(path) cannot be written: \(String(cString: strerror(errno)))")
    }
    return path
  }

  /// Removes what `write` made.
  static func remove(_ path: String) {
    unlink(path)
    let folder = path.split(separator: "/").dropLast().joined(separator: "/")
    rmdir("/" + folder)
  }
}

/// Where temporary files go.
private enum ProcessFolder {
  static var temporary: String {
    let set = getenv("TMPDIR").map { String(cString: $0) } ?? ""
    return set.isEmpty ? "/tmp" : set
  }
}
