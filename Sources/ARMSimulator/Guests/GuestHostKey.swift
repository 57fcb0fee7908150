import Crypto
import FoundationEssentials

/// The Ed25519 host key of a simulated guest: the same at every start of the same fleet.
struct GuestHostKey: Sendable {
  private let privateKey: Curve25519.Signing.PrivateKey

  /// - Parameters:
  ///   - fleet: the fleet's seed.
  ///   - machine: the machine's id.
  ///   - mark: tells the keys apart that it had one after another.
  init(fleet: UInt64, machine: String, mark: String) throws {
    let seed = SHA256.hash(data: Data("azlin simulated host key \(fleet) \(machine) \(mark)".utf8))
    privateKey = try Curve25519.Signing.PrivateKey(rawRepresentation: Data(seed))
  }

  /// The public half, as ssh-keygen -y prints it.
  var publicText: String {
    let blob = Self.string(Data("ssh-ed25519".utf8)) + Self.string(privateKey.publicKey.rawRepresentation)
    return "ssh-ed25519 \(blob.base64EncodedString())"
  }

  /// The key as OpenSSH writes it (PROTOCOL.key), without a passphrase.
  var text: String {
    let publicKey = privateKey.publicKey.rawRepresentation
    let type = Self.string(Data("ssh-ed25519".utf8))
    var secret = Data(repeating: 0x5a, count: 8)  // two equal check integers
    secret += type + Self.string(publicKey) + Self.string(privateKey.rawRepresentation + publicKey)
    secret += Self.string(Data())
    var padding: UInt8 = 1
    while secret.count % 8 != 0 {
      secret.append(padding)
      padding += 1
    }
    var whole = Data("openssh-key-v1\0".utf8)
    whole += Self.string(Data("none".utf8)) + Self.string(Data("none".utf8)) + Self.string(Data())
    whole += Data([0, 0, 0, 1])
    whole += Self.string(type + Self.string(publicKey)) + Self.string(secret)
    let lines = Array(whole.base64EncodedString())
    let body = stride(from: 0, to: lines.count, by: 70).map { String(lines[$0..<min($0 + 70, lines.count)]) }
    return "-----BEGIN OPENSSH PRIVATE KEY-----\n\(body.joined(separator: "\n"))\n-----END OPENSSH PRIVATE KEY-----\n"
  }

  /// A string of the SSH protocol: its length in four bytes, then itself.
  private static func string(_ bytes: Data) -> Data {
    withUnsafeBytes(of: UInt32(bytes.count).bigEndian) { Data($0) } + bytes
  }
}
