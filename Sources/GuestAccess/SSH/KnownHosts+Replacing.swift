extension KnownHosts {
  /// What came of replacing a host's keys in the text of a known_hosts file.
  package struct Replacement: Hashable, Sendable {
    /// The whole new text.
    package var bytes: [UInt8]
    /// Entries of the host that are gone.
    package var removed: Int
  }

  /// Removes the keys of one host from the text of a known_hosts file, and files another where the first one was. Every
  /// other byte stays as it is; of a line that names several hosts only this one's name goes. Revoked keys and
  /// certificate authorities stay.
  /// - Parameters:
  ///   - name: `host` or `[host]:port`, lower case.
  ///   - entry: the line to file, without its newline; nil: none.
  package static func replacing(_ name: String, in text: [UInt8], by entry: String?) -> Replacement {
    var result = Replacement(bytes: [], removed: 0)
    var isFiled = entry == nil
    for line in text.split(separator: 0x0a, omittingEmptySubsequences: false).dropLastEmpty() {
      switch share(of: name, in: line) {
      case .none: result.bytes += line + [0x0a]
      case .names(let others):
        result.removed += 1
        if !isFiled, let entry { result.bytes += Array(entry.utf8) + [0x0a] }
        isFiled = true
        if let others { result.bytes += others + [0x0a] }
      }
    }
    if !isFiled, let entry { result.bytes += Array(entry.utf8) + [0x0a] }
    return result
  }

  private enum Share {
    case none
    /// It names the host; what is left of the line without it, nil: nothing.
    case names(others: [UInt8]?)
  }

  private static func share(of name: String, in line: ArraySlice<UInt8>) -> Share {
    let text = String(decoding: line, as: UTF8.self)
    let one = KnownHosts(text)
    guard let key = one.keys(for: name).first, key.marker == nil,
      let start = line.firstIndex(where: { $0 != 0x20 && $0 != 0x09 }),
      let end = line[start...].firstIndex(where: { $0 == 0x20 || $0 == 0x09 })
    else { return .none }
    let patterns = line[start..<end]
    if patterns.starts(with: Array("|1|".utf8)) { return .names(others: nil) }
    let all = patterns.split(separator: UInt8(ascii: ","))
    let others = all.filter { String(decoding: $0, as: UTF8.self).lowercased() != name }
    // Wildcards that hold for the host among others are nobody's to remove here.
    guard others.count < all.count else { return .none }
    // A list of exclusions alone holds for nobody.
    guard others.contains(where: { $0.first != UInt8(ascii: "!") }) else { return .names(others: nil) }
    return .names(others: Array(others.joined(separator: [UInt8(ascii: ",")])) + line[end...])
  }
}

extension Array where Element == ArraySlice<UInt8> {
  /// Without the piece behind the last line's end.
  fileprivate func dropLastEmpty() -> ArraySlice<ArraySlice<UInt8>> {
    last?.isEmpty ?? false ? dropLast() : self[...]
  }
}
