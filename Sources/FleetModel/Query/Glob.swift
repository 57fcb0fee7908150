/// A shell pattern with `*` (any text) and `?` (any character), for names.
public struct Glob: Hashable, Sendable {
  private let pattern: [Character]

  public init(_ pattern: String) { self.pattern = Array(pattern) }

  /// Whether the whole text matches; letters compare exactly.
  public func matches(_ text: String) -> Bool {
    let text = Array(text)
    var place = 0
    var index = 0
    // Where to go on when a guess about the last `*` was wrong: linear in practice, never exponential.
    var retry: (pattern: Int, text: Int)?
    while place < text.count {
      if index < pattern.count, pattern[index] == "*" {
        retry = (index + 1, place)
        index += 1
      } else if index < pattern.count, pattern[index] == "?" || pattern[index] == text[place] {
        index += 1
        place += 1
      } else if let (after, from) = retry {
        retry = (after, from + 1)
        index = after
        place = from + 1
      } else {
        return false
      }
    }
    return pattern[index...].allSatisfy { $0 == "*" }
  }
}
