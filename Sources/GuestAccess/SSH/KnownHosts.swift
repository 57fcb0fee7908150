import CLibSSH
import FoundationEssentials

/// The lines of a known_hosts file (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT").
package struct KnownHosts: Sendable {
  /// A key filed for a host.
  package struct Key: Hashable, Sendable {
    /// `ssh-ed25519`, `ssh-rsa`, …
    package var type: String
    /// The key itself, base64 as OpenSSH writes it.
    package var blob: String
    package var marker: Marker?

    package init(type: String, blob: String, marker: Marker? = nil) {
      self.type = type
      self.blob = blob
      self.marker = marker
    }

    /// `SHA256:…` as ssh-keygen -l prints it; nil: not base64.
    package var fingerprint: String? {
      guard let data = Data(base64Encoded: blob) else { return nil }
      var digest = [UInt8](repeating: 0, count: 32)
      let made = data.withUnsafeBytes { clibssh_sha256($0.baseAddress, $0.count, &digest) }
      guard made == 1 else { return nil }
      let text = Data(digest).base64EncodedString()
      return "SHA256:" + text.prefix { $0 != "=" }
    }
  }

  package enum Marker: String, Hashable, Sendable {
    case revoked = "@revoked"
    /// The key signs host certificates; it is not a host's own.
    case certificateAuthority = "@cert-authority"
  }

  private struct Line: Sendable {
    var patterns: Substring
    var key: Key
  }

  private var lines: [Line] = []
  /// Lines by the names they spell out, in lower case: with thousands of hosts most lines are such.
  private var plain: [String: [Int]] = [:]
  /// Lines with wildcards, negations or hashed names, which must be tried one by one.
  private var others: [Int] = []

  /// Reads the file's text; lines that are not entries are skipped, as OpenSSH does.
  package init(_ text: String) { append(text) }

  /// Reads lines that were added to the file.
  package mutating func append(_ text: String) {
    for line in text.utf8.split(whereSeparator: { $0 == 0x0a || $0 == 0x0d }) {
      guard let line = Self.line(Substring(line)) else { continue }
      if line.patterns.utf8.contains(where: { "*?!|".utf8.contains($0) }) {
        others.append(lines.count)
      } else {
        for name in line.patterns.split(separator: ",") { plain[name.lowercased(), default: []].append(lines.count) }
      }
      lines.append(line)
    }
  }

  private static func line(_ line: Substring) -> Line? {
    var fields = line.split(maxSplits: 4, whereSeparator: { $0 == " " || $0 == "\t" })[...]
    guard let first = fields.first, !first.hasPrefix("#") else { return nil }
    var marker: Marker?
    if first.hasPrefix("@") {
      // An unknown marker makes the line mean something this reader does not know.
      guard let known = Marker(rawValue: String(first)) else { return nil }
      marker = known
      fields = fields.dropFirst()
    }
    guard fields.count >= 3 else { return nil }
    let base = fields.startIndex
    return Line(
      patterns: fields[base],
      key: Key(type: String(fields[base + 1]), blob: String(fields[base + 2]), marker: marker))
  }

  /// The keys filed for a name.
  /// - Parameter name: `host` or `[host]:port`, lower case.
  package func keys(for name: String) -> [Key] {
    let found = (plain[name] ?? []) + others.filter { Self.matches(name, lines[$0].patterns) }
    return Set(found).sorted().map { lines[$0].key }
  }

  /// The line of a new entry, without its newline.
  package static func entry(for name: String, _ key: Key, hashed: Bool) -> String {
    let host = hashed ? hashedName(name, salt: (0..<20).map { _ in UInt8.random(in: .min ... .max) }) ?? name : name
    return "\(host) \(key.type) \(key.blob)"
  }

  static func hashedName(_ name: String, salt: [UInt8]) -> String? {
    var digest = [UInt8](repeating: 0, count: 20)
    let bytes = Array(name.utf8)
    guard clibssh_hmac_sha1(salt, Int32(salt.count), bytes, bytes.count, &digest) == 1 else { return nil }
    return "|1|\(Data(salt).base64EncodedString())|\(Data(digest).base64EncodedString())"
  }

  private static func matches(_ name: String, _ patterns: Substring) -> Bool {
    if patterns.hasPrefix("|1|") {
      let parts = patterns.split(separator: "|")
      guard parts.count == 3, let salt = Data(base64Encoded: String(parts[1])) else { return false }
      return hashedName(name, salt: Array(salt)) == String(patterns)
    }
    var found = false
    for pattern in patterns.split(separator: ",") {
      if pattern.hasPrefix("!") {
        if glob(Array(pattern.dropFirst().lowercased()), Array(name)) { return false }
      } else if !found {
        found = pattern == name || glob(Array(pattern.lowercased()), Array(name))
      }
    }
    return found
  }

  /// `*` and `?`, in time linear to pattern × name: the file is the operator's, but long.
  private static func glob(_ pattern: [Character], _ name: [Character]) -> Bool {
    var (p, n) = (0, 0)
    var star: (pattern: Int, name: Int)?
    while n < name.count {
      if p < pattern.count, pattern[p] == "*" {
        star = (p, n)
        p += 1
      } else if p < pattern.count, pattern[p] == "?" || pattern[p] == name[n] {
        p += 1
        n += 1
      } else if let last = star {
        star = (last.pattern, last.name + 1)
        p = last.pattern + 1
        n = last.name + 1
      } else {
        return false
      }
    }
    return pattern[p...].allSatisfy { $0 == "*" }
  }
}
