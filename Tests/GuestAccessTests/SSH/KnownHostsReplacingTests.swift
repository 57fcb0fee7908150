import Glibc
import Testing

@testable import GuestAccess

@Suite("Replacing a host's key in known_hosts")
struct KnownHostsReplacingTests {
  private let new = "web-1 ssh-ed25519 NEW"

  private func replaced(_ text: String, _ name: String = "web-1") -> KnownHosts.Replacement {
    KnownHosts.replacing(name, in: Array(text.utf8), by: new)
  }

  private func text(_ replacement: KnownHosts.Replacement) -> String {
    String(decoding: replacement.bytes, as: UTF8.self)
  }

  @Test("exactly that host's lines go, the new one stands where the first was, all others stay byte by byte")
  func exactly() {
    let result = replaced(
      "# a comment\n\nweb-10 ssh-ed25519 A\nweb-1 ssh-rsa B old\n[web-1]:2222 ssh-rsa C\n  WEB-1\tssh-ed25519 D\nlast ssh-rsa E"
    )
    #expect(
      text(result)
        == "# a comment\n\nweb-10 ssh-ed25519 A\n\(new)\n[web-1]:2222 ssh-rsa C\nlast ssh-rsa E\n")
    #expect(result.removed == 2)
  }

  @Test("of a line that names several hosts, only this one's name goes")
  func lists() {
    #expect(text(replaced("db,web-1,10.0.0.4 ssh-rsa A c\n")) == "\(new)\ndb,10.0.0.4 ssh-rsa A c\n")
    #expect(text(replaced("web-1,!web-2 ssh-rsa A\n")) == "\(new)\n")
  }

  @Test("a pattern for many hosts, a revoked key and an authority are left alone")
  func left() {
    let kept = "web-* ssh-rsa A\n@revoked web-1 ssh-rsa B\n@cert-authority web-1 ssh-rsa C\n"
    let result = replaced(kept)
    #expect(text(result) == kept + "\(new)\n")
    #expect(result.removed == 0)
  }

  @Test("a hashed line is found by its name")
  func hashed() throws {
    let hash = try #require(KnownHosts.hashedName("web-1", salt: Array(1...20)))
    let other = try #require(KnownHosts.hashedName("web-2", salt: Array(1...20)))
    #expect(text(replaced("\(other) ssh-rsa A\n\(hash) ssh-rsa B\n")) == "\(other) ssh-rsa A\n\(new)\n")
  }

  @Test("bytes that are no UTF-8 stay as they are")
  func bytes() {
    let odd: [UInt8] = Array("x ssh-rsa A caf".utf8) + [0xe9, 0x0a]
    let result = KnownHosts.replacing("web-1", in: odd + Array("web-1 ssh-rsa B\n".utf8), by: nil)
    #expect(result.bytes == odd)
    #expect(result.removed == 1)
  }

  @Test("the file is swapped as a whole: mode and link stay, nothing is left beside it")
  func file() throws {
    let folder = try TestFolder()
    defer { folder.remove() }
    try folder.write("web-1 ssh-rsa A\n", to: "real")
    #expect(chmod(folder.path + "/real", 0o644) == 0)
    #expect(symlink("real", folder.path + "/known_hosts") == 0)
    var configuration = SSHConfiguration(hostName: "web-1", user: "ops", port: 22)
    configuration.userKnownHosts = [folder.path + "/known_hosts", folder.path + "/missing"]
    let key = KnownHosts.Key(type: "ssh-ed25519", blob: "NEW")
    #expect(try HostKeyJudge().replace(by: key, for: configuration) == [folder.path + "/known_hosts"])
    #expect(folder.read("real") == "web-1 ssh-ed25519 NEW\n")
    var status = stat()
    #expect(stat(folder.path + "/real", &status) == 0)
    #expect(status.st_mode & 0o7777 == 0o644)
    #expect(lstat(folder.path + "/known_hosts", &status) == 0)
    #expect(status.st_mode & S_IFMT == S_IFLNK)
    #expect(folder.names() == ["known_hosts", "real"])
  }

  @Test("the same key in the second of the operator's files goes too")
  func secondFile() throws {
    let folder = try TestFolder()
    defer { folder.remove() }
    try folder.write("other ssh-rsa A\nweb-1 ssh-rsa A\n", to: "second")
    var configuration = SSHConfiguration(hostName: "web-1", user: "ops", port: 22)
    configuration.userKnownHosts = [folder.path + "/first", folder.path + "/second"]
    let judge = HostKeyJudge()
    let key = KnownHosts.Key(type: "ssh-ed25519", blob: "NEW")
    #expect(try judge.replace(by: key, for: configuration) == configuration.userKnownHosts)
    #expect(folder.read("first") == "web-1 ssh-ed25519 NEW\n")
    #expect(folder.read("second") == "other ssh-rsa A\n")
    #expect(judge.judge(key, for: configuration) == .known)
  }
}

/// A folder of one test.
private struct TestFolder {
  let path: String

  init() throws {
    var template = Array("/tmp/azlin-known-XXXXXX".utf8CString)
    let made = try #require(mkdtemp(&template))
    path = String(cString: made)
  }

  func write(_ text: String, to name: String) throws {
    let file = try #require(fopen(path + "/" + name, "w"))
    fputs(text, file)
    fclose(file)
  }

  func read(_ name: String) -> String {
    let number = open(path + "/" + name, O_RDONLY)
    defer { close(number) }
    return String(decoding: KnownHostsFile.bytes(of: number) ?? [], as: UTF8.self)
  }

  func names() -> [String] {
    guard let folder = opendir(path) else { return [] }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  func remove() {
    for name in names() { unlink(path + "/" + name) }
    rmdir(path)
  }
}
