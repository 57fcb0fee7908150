import FleetModel
import Yams

/// Reads an inventory's YAML.
///
/// Everything wrong is reported at once, with line and column. Nothing is guessed: an unknown key, a duplicate or a
/// value out of range is an error, and then no host of the file is taken.
package struct InventoryFile {
  private static let hostKeys = ["name", "address", "port", "user", "identity", "group", "subnet", "tags", "commands"]

  private let file: String
  private let home: String
  private var problems: [String] = []

  /// Reads the text of an inventory.
  /// - Parameters:
  ///   - file: its name, for messages.
  ///   - home: where `~/` leads in `identity`.
  /// - Throws: `InventoryError`, with all problems.
  package static func parse(_ text: String, file: String, home: String) throws(InventoryError) -> [HostEntry] {
    var reader = InventoryFile(file: file, home: home)
    let root: Node?
    do {
      root = try Yams.compose(yaml: text)
    } catch {
      throw InventoryError(problems: [reader.sentence(for: error)])
    }
    let entries = root.map { reader.read($0) } ?? []
    guard reader.problems.isEmpty else { throw InventoryError(problems: reader.problems) }
    return entries
  }

  private init(file: String, home: String) {
    self.file = SafeText.line(file)
    self.home = home
  }

  private mutating func complain(_ node: Node, _ text: String) { problems.append("\(place(node)): \(text)") }

  private func place(_ node: Node) -> String {
    guard let mark = node.mark else { return file }
    return "\(file):\(mark.line):\(mark.column)"
  }

  private mutating func read(_ root: Node) -> [HostEntry] {
    if root.isNull { return [] }
    guard let mapping = mapping(root, "the file", keys: ["hosts"]) else { return [] }
    guard let hosts = mapping["hosts"], !hosts.isNull else { return [] }
    guard case .sequence(let list) = hosts else {
      complain(hosts, "'hosts' must be a list: each host begins with '- name: …'")
      return []
    }
    var entries: [HostEntry] = []
    var seen: [MachineID: String] = [:]
    for node in list {
      guard let entry = host(node) else { continue }
      if let other = seen[entry.machine.id] {
        complain(node, "host '\(SafeText.line(entry.machine.qualifiedName))' stands already at \(other)")
        continue
      }
      seen[entry.machine.id] = place(node)
      entries.append(entry)
    }
    return entries
  }

  private mutating func host(_ node: Node) -> HostEntry? {
    guard let keys = mapping(node, "a host", keys: Self.hostKeys) else { return nil }
    let before = problems.count
    if keys["name"] == nil { complain(node, "the host has no 'name'") }
    let name = word(keys["name"], "name") ?? ""
    var address = GuestAddress(host: word(keys["address"], "address") ?? name)
    address.port = number(keys["port"], "port", in: 1...65535)
    address.user = word(keys["user"], "user")
    if let path = text(keys["identity"], "identity") {
      address.identity = path.hasPrefix("~/") ? home + path.dropFirst() : path
    }
    let group = word(keys["group"], "group") ?? ""
    let subnet = text(keys["subnet"], "subnet")
    let tags = tags(keys["tags"])
    let commands = commands(keys["commands"])
    guard problems.count == before else { return nil }
    return HostEntry(
      name: name, address: address, group: group, subnet: subnet, tags: tags, commands: commands, origin: place(node))
  }

  private mutating func tags(_ node: Node?) -> [String: String] {
    guard let node, !node.isNull, let mapping = mapping(node, "'tags'", keys: nil) else { return [:] }
    var tags: [String: String] = [:]
    for (key, value) in mapping { tags[key] = text(value, "tag '\(SafeText.line(key))'") ?? "" }
    return tags
  }

  private mutating func commands(_ node: Node?) -> HostCommands {
    var commands = HostCommands()
    guard let node, !node.isNull, let mapping = mapping(node, "'commands'", keys: HostCommands.keys) else {
      return commands
    }
    for key in HostCommands.keys {
      guard let value = mapping[key], !value.isNull else { continue }
      do {
        if case .sequence(let list) = value {
          var words: [String] = []
          for word in list { words.append(text(word, key) ?? "") }
          commands[key] = try HostCommand(words: words)
        } else if let line = text(value, key) {
          commands[key] = try HostCommand(line)
        }
      } catch {
        complain(value, "'\(key)': \(error.description)")
      }
    }
    return commands
  }

  /// A mapping as a dictionary; with `keys` no other key is allowed.
  private mutating func mapping(_ node: Node, _ what: String, keys: [String]?) -> [String: Node]? {
    guard case .mapping(let mapping) = node else {
      complain(node, "\(what) must have 'key: value' lines")
      return nil
    }
    var result: [String: Node] = [:]
    for (key, value) in mapping {
      guard case .scalar(let scalar) = key else {
        complain(key, "a key of \(what) is not a word")
        continue
      }
      if let keys, !keys.contains(scalar.string) {
        let hint =
          NearestName.nearest(to: scalar.string, in: keys).map { "did you mean '\($0)'?" }
          ?? "known are \(keys.joined(separator: ", "))"
        complain(key, "unknown key '\(SafeText.line(scalar.string))' in \(what); \(hint)")
        continue
      }
      result[scalar.string] = value
    }
    return result
  }

  private mutating func text(_ node: Node?, _ key: String) -> String? {
    guard let node, !node.isNull else { return nil }
    guard case .scalar(let scalar) = node else {
      complain(node, "'\(key)' must be one value")
      return nil
    }
    guard !scalar.string.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7f }) else {
      complain(node, "'\(key)' holds a control character")
      return nil
    }
    return scalar.string
  }

  private mutating func word(_ node: Node?, _ key: String) -> String? {
    guard let node, let text = text(node, key) else { return nil }
    if let problem = HostEntry.problem(with: text, as: "'\(key)'") {
      complain(node, problem)
      return nil
    }
    return text
  }

  private mutating func number(_ node: Node?, _ key: String, in range: ClosedRange<Int>) -> Int? {
    guard let node, let text = text(node, key) else { return nil }
    guard let value = Int(text), range.contains(value) else {
      complain(
        node,
        "'\(key)' is '\(SafeText.line(text))', not a whole number from \(range.lowerBound) to \(range.upperBound)")
      return nil
    }
    return value
  }

  private func sentence(for error: any Error) -> String {
    switch error {
    case YamlError.scanner(_, let problem, let mark, _), YamlError.parser(_, let problem, let mark, _),
      YamlError.composer(_, let problem, let mark, _):
      "\(file):\(mark.line):\(mark.column): \(SafeText.line(problem))"
    case YamlError.duplicatedKeysInMapping(let keys, let context):
      "\(file):\(context.mark.line):\(context.mark.column): "
        + "the key \(keys.map { "'\(SafeText.line($0))'" }.joined(separator: ", ")) stands more than once"
    default: "\(file): not readable as YAML: \(SafeText.line("\(error)"))"
    }
  }
}

extension Node {
  /// `key:` without a value, `~` or `null`.
  fileprivate var isNull: Bool {
    guard case .scalar(let scalar) = self, scalar.style == .plain || scalar.style == .any else { return false }
    return ["", "~", "null", "Null", "NULL"].contains(scalar.string)
  }
}
