import FleetModel

/// The policy files of a configuration directory, found anew only when a folder changes, and each read anew only when
/// it changes.
struct PolicyFolder {
  /// One file as last seen.
  struct File {
    var stamp: FileStamp?
    var reading: PolicyReading
    /// What it said when it was last right; nil: it never was.
    var lastGood: PolicyDocument?
  }

  let directory: ConfigurationDirectory
  /// By path below the folder: `web-1.yaml`, `prod/web-1.yaml`.
  private(set) var files: [String: File] = [:]
  /// Why a folder could not be listed.
  private(set) var folderProblems: [String] = []
  private var folders: [String: FileStamp?] = [:]
  private var stamps: [String: UInt64] = [:]
  private var names: [String] = []
  private var cursor = 0
  private var stampSum: UInt64 = 0

  /// Files asked for their stamp in one call: a fleet of this size is seen within a second, larger ones by turns.
  static let filesPerCall = 512

  /// Files that look emptied or gone, and since when: editors that write in place, or move the old file away first,
  /// leave such a gap, and what the file forbids must not be allowed in it.
  private var gaps: [String: Instant] = [:]
  private var gapCalls: UInt64 = 0
  private let now: @Sendable () -> Instant

  /// How long a gap must last to be meant.
  static let longestGap = Duration.seconds(2)

  init(_ directory: ConfigurationDirectory, now: @escaping @Sendable () -> Instant) {
    self.directory = directory
    self.now = now
  }

  /// The name of a file in messages.
  static func shown(_ name: String) -> String { "autopilot/" + name }

  func path(of name: String) -> String { directory.autopilot + "/" + name }

  /// A number that changes with any file; costs one system call for each folder and at most `filesPerCall` files.
  mutating func changeStamp() -> UInt64 {
    listIfChanged()
    var left = min(Self.filesPerCall, names.count)
    while left > 0 {
      cursor = (cursor + 1) % names.count
      let name = names[cursor]
      let digest = FileStamp(path(of: name)).map { $0.digest ^ Self.digest(name) } ?? 0
      stampSum = stampSum &- (stamps[name] ?? 0) &+ digest
      stamps[name] = digest
      left -= 1
    }
    // A gap is asked about again until it is filled or meant.
    if !gaps.isEmpty { gapCalls += 1 }
    return stampSum &+ gapCalls
  }

  private static func digest(_ text: String) -> UInt64 {
    text.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  }

  /// Reads what is new or changed.
  mutating func refresh() {
    listIfChanged()
    for name in files.keys where !names.contains(name) { refresh(name) }
    for name in names { refresh(name) }
  }

  /// Has a file that azlin itself took away count as gone at once.
  mutating func forget(_ name: String) {
    files[name] = nil
    gaps[name] = nil
    refresh()
  }

  /// Whether a file that said something says nothing only since a moment ago.
  private mutating func isGap(_ name: String, _ stamp: FileStamp?) -> Bool {
    guard let file = files[name], !file.reading.document.entries.isEmpty,
      stamp == nil || (stamp?.size == 0 && stamp?.inode == file.stamp?.inode)
    else {
      gaps[name] = nil
      return false
    }
    let since = gaps[name] ?? now()
    gaps[name] = now() - since < Self.longestGap ? since : nil
    return gaps[name] != nil
  }

  /// Reads one file if it changed.
  mutating func refresh(_ name: String) {
    let path = path(of: name)
    let stamp = FileStamp(path)
    if let file = files[name], file.stamp == stamp, stamp != nil {
      gaps[name] = nil
      return
    }
    if isGap(name, stamp) { return }
    let shown = Self.shown(name)
    let scope: PolicyScope = name == "defaults.yaml" ? .fleet : .machine
    var reading: PolicyReading
    do {
      guard let bytes = try FileAccess.read(path) else {
        files[name] = nil
        return
      }
      reading = PolicyReader.read(bytes: bytes, file: shown, scope: scope)
    } catch {
      reading = PolicyReading(
        document: PolicyDocument(file: shown),
        problems: [PolicyProblem(at: PolicyPlace(file: shown), error.description)])
    }
    if let stamp { reading.problems += permissionProblems(stamp, reading.document, shown) }
    let lastGood = reading.isGood ? reading.document : files[name]?.lastGood
    files[name] = File(stamp: stamp, reading: reading, lastGood: lastGood)
  }

  /// Semantics 9.3: who may change the file may run scripts as azlin; who may read it may read its secrets.
  private func permissionProblems(_ stamp: FileStamp, _ document: PolicyDocument, _ shown: String) -> [PolicyProblem] {
    let place = PolicyPlace(file: shown)
    if stamp.mode & 0o002 != 0 {
      return [PolicyProblem(at: place, "everybody may write it, and so choose scripts that azlin runs; chmod 600 it")]
    }
    let secrets = document.entries.filter { path, entry in
      if case .text(let text) = entry.value, PolicyKey.named(path)?.kind.isSecret == true {
        !SecretReference.isReference(text)
      } else {
        false
      }
    }
    guard !secrets.isEmpty, stamp.mode & 0o044 != 0 else { return [] }
    let keys = secrets.keys.sorted().joined(separator: ", ")
    return [PolicyProblem(at: place, "others may read the secret in \(keys); chmod 600 it", isWarning: true)]
  }

  private mutating func listIfChanged() {
    let known = folders.mapValues { $0 }
    let root = directory.autopilot
    var current: [String: FileStamp?] = [root: FileStamp(root)]
    for folder in known.keys where folder != root { current[folder] = FileStamp(folder) }
    guard current != known else { return }
    list()
  }

  private mutating func list() {
    let root = directory.autopilot
    folders = [root: FileStamp(root)]
    folderProblems = []
    var found: [String] = []
    for name in namesIn(root) {
      if Self.isPolicy(name) {
        found.append(name)
      } else if !name.hasPrefix("."), FileStamp(root + "/" + name + "/.") != nil {
        let folder = root + "/" + name
        folders[folder] = FileStamp(folder)
        found += namesIn(folder).filter(Self.isPolicy).map { name + "/" + $0 }
      }
    }
    names = found
    for name in stamps.keys where !found.contains(name) {
      stampSum = stampSum &- (stamps[name] ?? 0)
      stamps[name] = nil
    }
    // A folder's own stamp is not part of the sum: only files count.
  }

  private mutating func namesIn(_ folder: String) -> [String] {
    do { return try FileAccess.names(in: folder) } catch {
      folderProblems.append(error.description)
      return []
    }
  }

  private static func isPolicy(_ name: String) -> Bool { name.hasSuffix(".yaml") && !name.hasPrefix(".") }
}
