import FleetModel
import Glibc

/// The refusal rules of semantics 8.3: whoever could change a script, or put another in its place, would run programs
/// as azlin's user.
struct HookInspection: Sendable {
  var accounts = Accounts.live

  /// Why the script at `path` may not run; nil: it may. The text names the path and what to do.
  func problem(with path: String) -> String? {
    let shown = SafeText.line(path)
    guard path.hasPrefix("/") else { return "\(shown) is not an absolute path: write it from / or from ~/" }
    guard !path.utf8.contains(0) else { return "\(shown) contains a NUL character: no file has such a name" }
    var facts = stat()
    guard stat(path, &facts) == 0 else {
      return switch errno {
      case ENOENT, ENOTDIR: "\(shown) does not exist: create it, or remove the hook"
      case EACCES: "\(shown) cannot be reached: a directory on its way is closed to azlin's user"
      case ELOOP: "\(shown) is a symbolic link that leads nowhere: point it to the script"
      default: "\(shown) cannot be examined: \(String(cString: strerror(errno)))"
      }
    }
    guard facts.st_mode & S_IFMT == S_IFREG else {
      return "\(shown) is \(Self.kind(facts.st_mode)), not a regular file: name the script itself"
    }
    if let problem = writers(of: shown, facts, isDirectory: false) { return problem }
    guard access(path, X_OK) == 0 else { return "\(shown) is not executable: chmod u+x \(shown)" }
    // A link can be replaced where it stands, and its target where that stands.
    for place in Set([path, FilePlace.resolved(path) ?? path]) {
      if let problem = problemWithDirectories(of: place) { return problem }
    }
    return nil
  }

  /// The file's own directory may be writable by nobody else; those above it may be sticky, as /tmp is, where others
  /// can add names but not replace ours.
  private func problemWithDirectories(of path: String) -> String? {
    var directory = FilePlace.directory(of: path)
    var isOwn = true
    while true {
      var facts = stat()
      guard stat(directory, &facts) == 0 else {
        return "its directory \(SafeText.line(directory)) cannot be examined: \(String(cString: strerror(errno)))"
      }
      if isOwn || facts.st_mode & S_ISVTX == 0 {
        if let problem = writers(of: SafeText.line(directory), facts, isDirectory: true) { return problem }
      }
      if directory == "/" { return nil }
      directory = FilePlace.directory(of: directory)
      isOwn = false
    }
  }

  private func writers(of shown: String, _ facts: stat, isDirectory: Bool) -> String? {
    let what = isDirectory ? "its directory \(shown)" : shown
    if facts.st_mode & S_IWOTH != 0 { return "\(what) is writable by others: chmod o-w \(shown)" }
    if facts.st_mode & S_IWGRP != 0, facts.st_gid != 0, !accounts.isPrivate(facts.st_gid, of: facts.st_uid) {
      let group = SafeText.line(accounts.name(ofGroup: facts.st_gid))
      return "\(what) is writable by the group \(group): chmod g-w \(shown)"
    }
    if facts.st_uid != 0, facts.st_uid != geteuid() {
      let owner = SafeText.line(accounts.name(of: facts.st_uid))
      return "\(what) belongs to \(owner), who could change it: chown it to azlin's user or to root"
    }
    return nil
  }

  private static func kind(_ mode: mode_t) -> String {
    switch mode & S_IFMT {
    case S_IFDIR: "a directory"
    case S_IFIFO: "a pipe"
    case S_IFSOCK: "a socket"
    case S_IFCHR, S_IFBLK: "a device"
    default: "a special file"
    }
  }

  /// Why a script that passed every rule could not be started all the same, as far as its first line tells.
  static func startProblem(with path: String) -> String? {
    let head = SmallFile.bytes(path, limit: 512)
    if head.starts(with: [0x7F, 0x45, 0x4C, 0x46]) { return nil }
    guard head.starts(with: Array("#!".utf8)) else {
      return "it has no #! line: begin it with #!/bin/sh, or the interpreter it needs"
    }
    let line = head.dropFirst(2).prefix { $0 != 0x0A }
    let interpreter = line.drop { $0 == 0x20 || $0 == 0x09 }.prefix { $0 != 0x20 && $0 != 0x09 }
    let name = String(decoding: interpreter, as: UTF8.self)
    if name.hasSuffix("\r") { return "its lines end with CR LF: convert it with `sed -i 's/\\r$//'`" }
    return access(name, X_OK) == 0 ? nil : "its interpreter \(SafeText.line(name)) cannot be run"
  }
}

/// Places of files, as text.
enum FilePlace {
  /// The directory a path stands in; `/` for names at the top.
  static func directory(of path: String) -> String {
    let trimmed = path.count > 1 && path.hasSuffix("/") ? path.dropLast() : path[...]
    guard let slash = trimmed.lastIndex(of: "/"), slash != trimmed.startIndex else { return "/" }
    return String(trimmed[..<slash])
  }

  /// The path with every link followed; nil where it does not exist.
  static func resolved(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
  }
}
