#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Where azlin keeps what a person can read: `AZLIN_CONFIG_DIR`, by default `~/.azlin`.
package struct ConfigurationDirectory: Hashable, Sendable {
  /// Absolute, without a slash at the end.
  package let path: String
  /// The operator's home directory; empty where none is known.
  package let home: String

  /// The directory of an absolute path.
  package init(path: String, home: String = "") {
    var path = path
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    self.path = path
    self.home = home
  }

  /// The directory in force: `option` (`--config-dir`), else `AZLIN_CONFIG_DIR`, else `~/.azlin`.
  /// - Throws: `ConfigurationError` where it is not absolute, or none can be named.
  package static func find(
    option: String? = nil, environment: [String: String]
  ) throws(ConfigurationError) -> ConfigurationDirectory {
    let home = environment["HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil } ?? Self.homeOfThisUser() ?? ""
    let said = option ?? environment["AZLIN_CONFIG_DIR"].flatMap { $0.isEmpty ? nil : $0 }
    guard let said else {
      guard !home.isEmpty else { throw .noDirectory }
      return ConfigurationDirectory(path: home + "/.azlin", home: home)
    }
    let path = said == "~" || said.hasPrefix("~/") ? home + said.dropFirst() : said
    guard !path.isEmpty, !path.contains("\0") else { throw .invalidDirectory(said, why: "it is no path") }
    if path.hasPrefix("/") { return ConfigurationDirectory(path: path, home: home) }
    guard option != nil, let here = currentDirectory() else {
      throw .invalidDirectory(said, why: "it is not an absolute path")
    }
    return ConfigurationDirectory(path: here + "/" + path, home: home)
  }

  private static func homeOfThisUser() -> String? {
    guard let entry = getpwuid(getuid()), let home = entry.pointee.pw_dir else { return nil }
    return String(cString: home)
  }

  private static func currentDirectory() -> String? {
    guard let path = getcwd(nil, 0) else { return nil }
    defer { free(path) }
    return String(cString: path)
  }

  /// Policy files: `defaults.yaml`, `<vm>.yaml`, `<group>/<vm>.yaml`.
  package var autopilot: String { path + "/autopilot" }
  /// The fleet's policy.
  package var defaults: String { autopilot + "/defaults.yaml" }
  /// Operators' scripts.
  package var hooks: String { path + "/hooks" }
  package var logs: String { path + "/logs" }
  /// The operator's own themes.
  package var themes: String { path + "/themes" }
  /// Hosts without Azure.
  package var inventory: String { path + "/inventory.yaml" }
  /// The SQLite store.
  package var journal: String { path + "/journal.sqlite" }
  /// Key bindings of the dashboard.
  package var keys: String { path + "/keys.toml" }
  /// Sorting, columns and view of the dashboard: ours, not the operator's.
  package var dashboardState: String { path + "/dashboard-state.json" }

  /// Creates the directory and its folders, 0700 each, where they are missing.
  /// - Throws: `ConfigurationError` naming the path and the remedy; also where the directory exists but cannot be
  ///   written.
  package func create() throws(ConfigurationError) {
    for folder in [path, autopilot, hooks, logs, themes] {
      do { try FileAccess.makeDirectory(folder) } catch {
        // The operator set the top directory, not the folder in it.
        if case .unwritable(let at, let why) = error { throw .invalidDirectory(at, why: why) }
        throw error
      }
    }
    guard access(path, W_OK | X_OK) == 0 else { throw .invalidDirectory(path, why: FileAccess.lastError) }
  }

  /// A path as an operator knows it: `~/.azlin/autopilot/web-1.yaml`.
  package func shown(_ path: String) -> String {
    guard home.count > 1, path.hasPrefix(home + "/") else { return path }
    return "~" + path.dropFirst(home.count)
  }

  /// A path with `~/` replaced by the operator's home directory.
  package func expanded(_ path: String) -> String {
    path.hasPrefix("~/") && !home.isEmpty ? home + path.dropFirst() : path
  }
}
