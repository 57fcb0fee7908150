import FleetConfiguration
import FleetModel

/// Repeatable randomness (SplitMix64).
struct SeededNumbers: RandomNumberGenerator {
  private var state: UInt64
  init(_ seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
  mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < percent }
}

/// A policy file as people write them: any order, depths of their own, comments everywhere, braces here and there.
struct RandomPolicyFile {
  var text = ""
  /// Lines that an edit may touch only if it is about one of these keys; none: never.
  var lines: [(text: String, keys: [String])] = []
  /// The keys in the file.
  var keys: [String] = []

  private var random: SeededNumbers
  private var step = 2
  private var comments = 0

  init(seed: UInt64) {
    random = SeededNumbers(seed)
    step = random.chance(70) ? 2 : 4
    let hasBlankLines = random.chance(60)
    if random.chance(40) { comment(0) }
    for section in PolicyKey.children(of: "").shuffled(using: &random) where random.chance(55) {
      branch(section, depth: 0)
      if hasBlankLines { lines.append(("", [])) }
      if random.chance(20) { comment(0) }
    }
    let newline = random.chance(15) ? "\r\n" : "\n"
    text = lines.map(\.text).joined(separator: newline) + (random.chance(85) && !lines.isEmpty ? newline : "")
  }

  /// A value for a key, as an operator types it.
  static func value(_ key: PolicyKey, _ random: inout SeededNumbers) -> String {
    switch key.kind {
    case .flag: random.chance(50) ? "true" : "false"
    case .percent: "\(Int.random(in: 1...100, using: &random))"
    case .integer(let range): "\(Int.random(in: range, using: &random))"
    case .duration(let range):
      DurationText.text(
        .seconds(
          Int64.random(in: range.lowerBound.milliseconds / 1000...range.upperBound.milliseconds / 1000, using: &random))
      )
    case .choice(let words): words.randomElement(using: &random) ?? ""
    case .timeOfDay: TimestampText.timeOfDay(minutes: .random(in: 0..<1440, using: &random))
    case .cron: ["0 2 * * *", "@daily", "*/15 8-18 * * mon-fri", "30 4 1,15 * 5"].randomElement(using: &random) ?? ""
    case .secret:
      ["env:HOOK", "file:~/s e: #cret", "cmd:pass 'show' \"x\"", "https://h.example/a?b=#c:d"].randomElement(
        using: &random) ?? ""
    case .text(.userName): ["ops", "no", "null", "azure.user"].randomElement(using: &random) ?? ""
    case .text(.path): ["~/.ssh/id", "/a b/key: #1", "~/it's"].randomElement(using: &random) ?? ""
    case .text(.address), .text(.host): ["10.0.0.4", "private", "fe80::1", "1e3"].randomElement(using: &random) ?? ""
    case .text(.proxy): ["none", "jump:gate", "socks5://[::1]:1080"].randomElement(using: &random) ?? ""
    case .text(.timeZone): "Europe/Berlin"
    case .text(.listen): ":9100"
    case .text(.query): ["tag.env=prod", "not rg~\"a: b\" and cpu>80"].randomElement(using: &random) ?? ""
    case .text(.email): "ops@example.com"
    case .list(.email): some(["a@example.com", "b@example.com", "c@example.com", "d@example.com"], &random)
    case .list: some(["10.0.0.1", "gate", "fe80::2", "null"], &random)
    case .hooks: some(["~/a.sh", "/b c.sh;timeout=5s", "/d#.sh;veto=false", "~/e.sh"], &random)
    }
  }

  private static func some(_ items: [String], _ random: inout SeededNumbers) -> String {
    items.shuffled(using: &random).prefix(Int.random(in: 1...items.count, using: &random)).joined(separator: ", ")
  }

  private mutating func comment(_ indent: Int) {
    comments += 1
    lines.append((pad(indent) + "# note \(comments): keep 'this' \"one", []))
  }

  private func pad(_ indent: Int) -> String { String(repeating: " ", count: indent) }

  private mutating func trailing() -> String {
    guard random.chance(25) else { return "" }
    comments += 1
    return pad(Int.random(in: 1...4, using: &random)) + "# why \(comments)"
  }

  private mutating func branch(_ path: String, depth: Int) {
    let name = path.split(separator: ".").last.map(String.init) ?? path
    if let key = PolicyKey.named(path) { return leaf(key, name, depth) }
    let children = PolicyKey.children(of: path)
    let isFlat = children.allSatisfy { PolicyKey.named(path + "." + $0).map { !$0.kind.isList } ?? false }
    let chosen = children.filter { _ in random.chance(45) }
    if isFlat, random.chance(25), !chosen.isEmpty {
      let inside = chosen.compactMap { child -> String? in
        guard let key = PolicyKey.named(path + "." + child) else { return nil }
        keys.append(key.path)
        return child + ": " + scalar(key, Self.value(key, &random), inFlow: true)
      }
      lines.append(
        (
          "\(pad(depth * step))\(name): {\(inside.joined(separator: ", "))}\(trailing())",
          children.map { path + "." + $0 }
        ))
      return
    }
    let index = lines.count
    lines.append(("\(pad(depth * step))\(name):\(trailing())", []))
    var below: [String] = []
    for child in chosen.shuffled(using: &random) {
      if random.chance(20) { comment((depth + 1) * step) }
      let before = keys.count
      branch(path + "." + child, depth: depth + 1)
      below += keys[before...]
    }
    // The branch itself goes with the last of its keys.
    lines[index].keys = below + ["*"]
  }

  private mutating func leaf(_ key: PolicyKey, _ name: String, _ depth: Int) {
    keys.append(key.path)
    let value = Self.value(key, &random)
    let head = pad(depth * step) + name + ":"
    if key.kind.isList {
      var items: [String] = []
      for text in value.split(separator: "," as Character) { items.append(item(key, String(text.drop { $0 == " " }))) }
      switch Int.random(in: 0..<3, using: &random) {
      case 0 where items.count == 1: lines.append(("\(head) \(items[0])\(trailing())", [key.path]))
      case 1: lines.append(("\(head) [\(items.joined(separator: ", "))]\(trailing())", [key.path]))
      default:
        let isDeep = random.chance(60)
        lines.append(("\(head)\(trailing())", [key.path]))
        for item in items {
          let indent = (depth + (isDeep ? 1 : 0)) * step
          if random.chance(15), isDeep { comment(indent) }
          lines.append(("\(pad(indent))- \(item)\(trailing())", [key.path]))
        }
      }
      return
    }
    let gap = pad(Int.random(in: 1...3, using: &random))
    lines.append(("\(head)\(gap)\(scalar(key, value, inFlow: false))\(trailing())", [key.path]))
  }

  private mutating func item(_ key: PolicyKey, _ text: String) -> String {
    guard case .hooks = key.kind else { return quoted(text, inFlow: true) }
    let parts = text.split(separator: ";" as Character).map(String.init)
    let path = quoted(parts[0], inFlow: true)
    if parts.count == 1 { return path }
    let options = parts.dropFirst().map { $0.split(separator: "=" as Character).joined(separator: ": ") }
    return "{path: \(path), \(options.joined(separator: ", "))}"
  }

  private mutating func scalar(_ key: PolicyKey, _ value: String, inFlow: Bool) -> String {
    switch key.kind {
    case .flag, .percent, .integer, .choice: value
    default: quoted(value, inFlow: inFlow)
    }
  }

  private mutating func quoted(_ text: String, inFlow: Bool) -> String {
    let isPlain =
      text.allSatisfy { $0.isLetter || $0.isNumber || "/._@-".contains($0) } && text.first != "@" && text.first != "-"
      && text != "null" && text != "no" && text.first?.isNumber != true
    if isPlain, random.chance(60) { return text }
    if random.chance(50) {
      return "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''") + "'"
    }
    return "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\\\"") + "\""
  }
}
