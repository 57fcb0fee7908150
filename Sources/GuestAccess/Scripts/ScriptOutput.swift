import FleetModel

/// What a guest script printed between its begin and its end marker: `name version`, `key=value` lines, `end`.
///
/// Strict on purpose: an output that is cut short, or into which something else was printed, is no output at all.
/// Text before the first marker and after the last one is ignored, because shells greet and say good-bye.
package struct ScriptOutput: Hashable, Sendable {
  /// One `key=value` line; `line` counts from 1 in the whole output.
  package struct Entry: Hashable, Sendable {
    package let line: Int
    package let key: String
    package let value: String
  }

  private let name: String
  private let entries: [String: [Entry]]

  /// Reads the output of the script called `name`.
  /// - Parameters:
  ///   - version: the only version this reader understands.
  ///   - keys: keys that may stand once.
  ///   - lists: keys that may stand any number of times.
  /// - Throws: `ScriptOutputError`, naming the line.
  package init(
    _ text: String, name: String, version: Int, keys: Set<String>, lists: Set<String> = []
  ) throws(ScriptOutputError) {
    self.name = name
    var found: [String: [Entry]] = [:]
    var began = false
    var number = 0
    var first: String?
    let whole = text.utf8.last == 0x0a ? text.utf8.dropLast() : text.utf8[...]
    for bytes in whole.split(separator: 0x0a, omittingEmptySubsequences: false) {
      number += 1
      let line = String(Substring(bytes))
      if first == nil, !line.isEmpty { first = line }
      let marker = line.hasPrefix(name + " ") ? line.dropFirst(name.count + 1) : nil
      if !began {
        guard let marker else { continue }
        guard Int(marker) == version else {
          throw ScriptOutputError(name, number, .unknownVersion(String(marker), understood: version))
        }
        began = true
        continue
      }
      if line == "end" {
        entries = found
        return
      }
      if marker != nil { throw ScriptOutputError(name, number, .secondBegin) }
      guard let equals = line.utf8.firstIndex(of: UInt8(ascii: "=")) else {
        throw ScriptOutputError(name, number, .malformed(line))
      }
      let key = String(line[..<equals])
      guard keys.contains(key) || lists.contains(key) else {
        throw ScriptOutputError(name, number, .unknownKey(key))
      }
      if found[key] != nil, !lists.contains(key) { throw ScriptOutputError(name, number, .duplicateKey(key)) }
      found[key, default: []]
        .append(Entry(line: number, key: key, value: String(line[line.utf8.index(after: equals)...])))
    }
    throw began
      ? ScriptOutputError(name, number, .missingEnd) : ScriptOutputError(name, number, .missingBegin(saw: first ?? ""))
  }

  /// The one line with this key.
  package func entry(_ key: String) -> Entry? { entries[key]?.first }

  /// All lines with this key, in order.
  package func list(_ key: String) -> [Entry] { entries[key] ?? [] }

  /// The value of a key that must be there.
  package func required(_ key: String) throws(ScriptOutputError) -> Entry {
    guard let entry = entry(key) else { throw ScriptOutputError(name, 0, .missingKey(key)) }
    return entry
  }

  /// `true` for `yes`, `false` for `no`, nil where the guest could not tell.
  package func flag(_ key: String) throws(ScriptOutputError) -> Bool? {
    guard let entry = entry(key) else { return nil }
    switch entry.value {
    case "yes": return true
    case "no": return false
    default: throw error(entry, .badValue(entry.key, entry.value, expected: "yes or no"))
    }
  }

  /// A whole number within `range`.
  package func integer(
    _ entry: Entry, _ text: Substring? = nil, in range: ClosedRange<UInt64> = 0...(1 << 62)
  ) throws(ScriptOutputError) -> UInt64 {
    let text = text ?? entry.value[...]
    guard let value = UInt64(text), text.utf8.first != UInt8(ascii: "+") else {
      throw error(entry, .badValue(entry.key, String(text), expected: "a whole number"))
    }
    guard range.contains(value) else {
      throw error(
        entry, .badValue(entry.key, String(text), expected: "a number from \(range.lowerBound) to \(range.upperBound)"))
    }
    return value
  }

  /// A decimal number within `range`.
  package func number(
    _ entry: Entry, _ text: Substring? = nil, in range: ClosedRange<Double>
  ) throws(ScriptOutputError) -> Double {
    let text = text ?? entry.value[...]
    // Only what the kernel prints: Swift's own parser would also take `inf`, `nan` and hexadecimal.
    let isDecimal = text.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") }
    guard isDecimal, let value = Double(text), range.contains(value) else {
      throw error(
        entry, .badValue(entry.key, String(text), expected: "a number from \(range.lowerBound) to \(range.upperBound)"))
    }
    return value
  }

  /// An error about one line.
  package func error(_ entry: Entry, _ problem: ScriptOutputError.Problem) -> ScriptOutputError {
    ScriptOutputError(name, entry.line, problem)
  }

  /// Text in which the guest wrote odd bytes as `\ooo`, as the kernel does in `/proc/mounts`.
  package static func unescaped(_ text: Substring) -> String {
    guard text.utf8.contains(UInt8(ascii: "\\")) else { return String(text) }
    let bytes = Array(text.utf8)
    var result: [UInt8] = []
    var i = 0
    while i < bytes.count {
      if bytes[i] == UInt8(ascii: "\\"), i + 3 < bytes.count,
        bytes[i + 1...i + 3].allSatisfy({ (0x30...0x37).contains($0) }), bytes[i + 1] <= 0x33
      {
        result.append((bytes[i + 1] - 0x30) << 6 | (bytes[i + 2] - 0x30) << 3 | (bytes[i + 3] - 0x30))
        i += 4
      } else {
        result.append(bytes[i])
        i += 1
      }
    }
    return String(decoding: result, as: UTF8.self)
  }
}

/// Why what a guest script printed was not believed.
package struct ScriptOutputError: Error, Hashable, Sendable, CustomStringConvertible {
  package enum Problem: Hashable, Sendable {
    case missingBegin(saw: String)
    case unknownVersion(String, understood: Int)
    case secondBegin
    case missingEnd
    case malformed(String)
    case unknownKey(String)
    case duplicateKey(String)
    case missingKey(String)
    case badValue(String, String, expected: String)
  }

  /// The script's name (`azlin-probe`).
  package let script: String
  /// From 1; 0 where no single line is at fault.
  package let line: Int
  package let problem: Problem

  init(_ script: String, _ line: Int, _ problem: Problem) {
    self.script = script
    self.line = line
    self.problem = problem
  }

  package var description: String {
    let place = line > 0 ? "\(script), line \(line)" : script
    return switch problem {
    case .missingBegin(let saw) where saw.isEmpty:
      "\(script) printed nothing: check that the login shell runs /bin/sh"
    case .missingBegin(let saw): "\(script) did not start; the guest said instead: \(Self.shown(saw))"
    case .unknownVersion(let version, let understood):
      "\(place): version \(Self.shown(version)) is not understood, only \(understood)"
    case .secondBegin: "\(place): began twice; something prints into the script's output"
    case .missingEnd: "\(place): the output stops before its end marker; the script was cut off"
    case .malformed(let text): "\(place): not a key=value line: \(Self.shown(text))"
    case .unknownKey(let key): "\(place): unknown key \(Self.shown(key))"
    case .duplicateKey(let key): "\(place): key \(Self.shown(key)) stands twice"
    case .missingKey(let key): "\(place): no line for \(key)"
    case .badValue(let key, let value, let expected):
      "\(place): \(key) is \(Self.shown(value)), not \(expected)"
    }
  }

  private static func shown(_ text: String) -> String { "'" + SafeText.line(String(text.prefix(80))) + "'" }
}
