import Glibc

/// What the machine knows of users and groups, as far as the refusal rules need it.
struct Accounts: Sendable {
  struct Account: Hashable, Sendable {
    var name: String
    var primaryGroup: gid_t
    var home: String
  }
  struct Group: Hashable, Sendable {
    var name: String
    var members: [String]
  }

  var account: @Sendable (uid_t) -> Account?
  var group: @Sendable (gid_t) -> Group?
  /// Names of the users whose primary group it is, as far as `/etc/passwd` tells.
  var primaryUsers: @Sendable (gid_t) -> [String]

  /// Whether nobody but `owner` is in the group: it is the owner's primary group and has the owner's name, as
  /// Debian's and Red Hat's user-private groups have, and has no other member.
  func isPrivate(_ id: gid_t, of owner: uid_t) -> Bool {
    guard let account = account(owner), account.primaryGroup == id, let group = group(id) else { return false }
    return group.name == account.name && (group.members + primaryUsers(id)).allSatisfy { $0 == account.name }
  }

  func name(of user: uid_t) -> String { account(user)?.name ?? "user \(user)" }
  func name(ofGroup id: gid_t) -> String { group(id)?.name ?? "\(id)" }

  /// The accounts of this machine.
  static let live = Accounts(
    account: { user in
      var entry = passwd()
      var found: UnsafeMutablePointer<passwd>?
      var buffer = [CChar](repeating: 0, count: 16_384)
      guard getpwuid_r(user, &entry, &buffer, buffer.count, &found) == 0, found != nil else { return nil }
      return Account(
        name: String(cString: entry.pw_name), primaryGroup: entry.pw_gid, home: String(cString: entry.pw_dir))
    },
    group: { id in
      var entry = Glibc.group()
      var found: UnsafeMutablePointer<Glibc.group>?
      var buffer = [CChar](repeating: 0, count: 65_536)
      guard getgrgid_r(id, &entry, &buffer, buffer.count, &found) == 0, found != nil else { return nil }
      var members: [String] = []
      var next = entry.gr_mem
      while let name = next?.pointee {
        members.append(String(cString: name))
        next = next?.successor()
      }
      return Group(name: String(cString: entry.gr_name), members: members)
    },
    primaryUsers: { id in
      SmallFile.lines("/etc/passwd").compactMap { line in
        let fields = line.split(separator: ":", omittingEmptySubsequences: false)
        return fields.count > 3 && gid_t(fields[3]) == id ? String(fields[0]) : nil
      }
    })
}

/// Reads small files of the machine's own.
enum SmallFile {
  /// The first `limit` bytes; empty where it cannot be read.
  static func bytes(_ path: String, limit: Int = 1 << 20) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { return [] }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: min(limit, 16_384))
    while bytes.count < limit {
      let count = read(descriptor, &buffer, min(buffer.count, limit - bytes.count))
      guard count > 0 else { break }
      bytes.append(contentsOf: buffer[..<count])
    }
    return bytes
  }

  static func lines(_ path: String) -> [Substring] {
    String(decoding: bytes(path), as: UTF8.self).split(separator: "\n")
  }
}
