import FleetModel

/// The signs of states: one column each, told apart by shape as well as by colour.
struct Glyphs: Hashable, Sendable {
  let isUnicode: Bool

  func verdict(_ verdict: Verdict) -> String {
    switch verdict {
    case .healthy: isUnicode ? "●" : "o"
    case .warning: isUnicode ? "▲" : "!"
    case .critical: isUnicode ? "✖" : "X"
    case .unknown: "?"
    case .off: isUnicode ? "○" : "-"
    case .notWatched: isUnicode ? "·" : "."
    }
  }

  func severity(_ severity: Severity) -> String {
    switch severity {
    case .healthy: verdict(.healthy)
    case .warning: verdict(.warning)
    case .critical: verdict(.critical)
    }
  }

  /// Seen, but not confirmed yet.
  var soft: String { isUnicode ? "△" : "?" }
  var healing: String { isUnicode ? "◐" : "~" }
  var success: String { isUnicode ? "✓" : "+" }
  var failure: String { isUnicode ? "✗" : "x" }
  var none: String { isUnicode ? "–" : "-" }
  var descending: String { isUnicode ? "▾" : "v" }
  var ascending: String { isUnicode ? "▴" : "^" }
  var arrow: String { isUnicode ? "→" : "->" }
  var pointer: String { isUnicode ? "▸" : ">" }
  var separator: String { isUnicode ? "·" : "|" }

  /// A mark above a graph.
  func mark(_ kind: HistoryMark.Kind) -> Character {
    switch kind {
    case .remedy: isUnicode ? "◆" : "*"
    case .restart: isUnicode ? "▼" : "v"
    case .failure: isUnicode ? "✖" : "X"
    case .recovery: isUnicode ? "✓" : "+"
    }
  }

  /// Text as this terminal can show it: without Unicode, known signs are spelled and the rest becomes `?`.
  func shown(_ text: String) -> String {
    if isUnicode || text.utf8.allSatisfy({ $0 < 128 }) { return text }
    var result = ""
    for scalar in text.unicodeScalars {
      if scalar.value < 128 {
        result.unicodeScalars.append(scalar)
      } else {
        result += Self.spelled[scalar] ?? "?"
      }
    }
    return result
  }

  private static let spelled: [Unicode.Scalar: String] = [
    "–": "-", "—": "-", "…": "~", "≥": ">=", "≤": "<=", "→": "->", "←": "<-", "✓": "+", "✗": "x", "·": "|", "•": "*",
    "“": "\"", "”": "\"", "’": "'", "●": "o", "▲": "!", "✖": "X", "○": "-", "△": "?", "◐": "~", "▸": ">", "×": "x",
    "µ": "u", "°": "deg", "\u{a0}": " ", "─": "-",
  ]
}
