/// Letters found in a text in their order, not necessarily side by side: `wp3` finds `web-prod-03`.
public enum FuzzyMatch {
  /// Whether all letters (lower-cased UTF-8) occur in order.
  static func matches(_ letters: [UInt8], in text: String) -> Bool {
    var next = 0
    for byte in text.utf8 where next < letters.count {
      if lowered(byte) == letters[next] { next += 1 }
    }
    return next == letters.count
  }

  /// The places, in characters, where the letters are found: side by side if they occur so, else the first place
  /// of each; nil: they are not all there.
  public static func positions(of letters: String, in text: String) -> [Int]? {
    let wanted = Array(letters.lowercased())
    let given = Array(text.lowercased())
    guard !wanted.isEmpty, wanted.count <= given.count else { return wanted.isEmpty ? [] : nil }
    for start in 0...(given.count - wanted.count) where Array(given[start..<(start + wanted.count)]) == wanted {
      return Array(start..<(start + wanted.count))
    }
    var places: [Int] = []
    for (place, character) in given.enumerated() where places.count < wanted.count {
      if character == wanted[places.count] { places.append(place) }
    }
    return places.count == wanted.count ? places : nil
  }

  private static func lowered(_ byte: UInt8) -> UInt8 { byte >= 65 && byte <= 90 ? byte + 32 : byte }
}
