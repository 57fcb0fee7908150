import FleetModel
import Glibc

/// What a hook gets from azlin's own surroundings; nothing else of azlin's environment reaches it (semantics 8.1).
package struct HookSurroundings: Hashable, Sendable {
  /// `AZLIN_CONFIG_DIR`, absolute: also where a hook starts, and where `logs/` is.
  package var configDirectory: String
  /// `AZLIN_CONTEXT`: the name of the context in force; empty where there is none.
  package var context: String
  /// `AZURE_CONFIG_DIR`.
  package var azureConfigDirectory: String
  package var home: String
  /// Where azlin itself lies: first on the hook's PATH, so that `azlin status` is this azlin.
  package var programDirectory: String
  /// azlin's own PATH; only its absolute entries are passed on.
  package var searchPath: String
  package var language: String
  /// nil: the machine's own zone (an empty `TZ` would mean UTC).
  package var timeZone: String?

  package init(
    configDirectory: String, context: String = "", azureConfigDirectory: String, home: String,
    programDirectory: String, searchPath: String, language: String, timeZone: String? = nil
  ) {
    self.configDirectory = configDirectory
    self.context = context
    self.azureConfigDirectory = azureConfigDirectory
    self.home = home
    self.programDirectory = programDirectory
    self.searchPath = searchPath
    self.language = language
    self.timeZone = timeZone
  }

  /// The surroundings of this process.
  package static func current(configDirectory: String, context: String) -> HookSurroundings {
    func variable(_ name: String) -> String? {
      getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }
    let home = variable("HOME") ?? Accounts.live.account(getuid())?.home ?? "/"
    var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
    let length = readlink("/proc/self/exe", &buffer, buffer.count)
    let program = length > 0 ? String(decoding: buffer[..<length], as: UTF8.self) : ""
    return HookSurroundings(
      configDirectory: configDirectory, context: context,
      azureConfigDirectory: variable("AZURE_CONFIG_DIR") ?? home + "/.azure", home: home,
      programDirectory: FilePlace.directory(of: program),
      searchPath: variable("PATH") ?? "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
      language: variable("LANG") ?? "C.UTF-8", timeZone: variable("TZ"))
  }

  /// The path of a registration with `~` expanded.
  func expanded(_ path: String) -> String {
    path == "~" ? home : path.hasPrefix("~/") ? home + path.dropFirst() : path
  }

  /// The whole environment of a hook, in the order of semantics 8.1.
  func environment(for occasion: HookOccasion) -> [(name: String, value: String)] {
    let machine = occasion.machine
    var variables: [(name: String, value: String)] = [
      ("AZLIN_VM_NAME", machine.name), ("AZLIN_VM_ID", machine.id.rawValue), ("AZLIN_EVENT", occasion.event.rawValue),
      ("AZLIN_TIMESTAMP", TimestampText.rfc3339(occasion.at)), ("AZLIN_REGION", machine.region),
      ("AZLIN_RESOURCE_GROUP", machine.group), ("AZLIN_REASON", occasion.reason),
      ("AZLIN_VERDICT", occasion.verdict.rawValue), ("AZLIN_ATTEMPT", String(occasion.attempt)),
      ("AZLIN_CONFIG_DIR", configDirectory), ("AZLIN_CONTEXT", context), ("AZURE_CONFIG_DIR", azureConfigDirectory),
      ("PATH", path), ("HOME", home), ("LANG", language),
    ]
    if let timeZone { variables.append(("TZ", timeZone)) }
    return variables.map { ($0.name, HookText.safe($0.value)) }
  }

  /// Entries that are relative would be looked up in whatever directory a hook has gone to.
  private var path: String {
    var entries: [Substring] = []
    for entry in [programDirectory[...]] + searchPath.split(separator: ":") where entry.hasPrefix("/") {
      if !entries.contains(entry) { entries.append(entry) }
    }
    return entries.joined(separator: ":")
  }
}

/// Text from outside on its way into a hook's arguments and environment (semantics 10).
enum HookText {
  /// Characters of one text, at most: the kernel refuses more than 128 KiB in one argument.
  static let longest = 8_000

  /// One line without control characters.
  static func safe(_ text: String) -> String {
    let line = SafeText.line(String(text.unicodeScalars.filter { $0 != "\0" }.map { Character($0) }))
    return line.unicodeScalars.count <= longest
      ? line : String(String.UnicodeScalarView(line.unicodeScalars.prefix(longest))) + "…"
  }
}
