/// What a style means. A theme gives roles colours; views know roles only, never colours.
///
/// Names are dotted; a role that a theme does not name looks like the one above it (`severity.critical` like
/// `severity`), and at the top like `text`.
package enum ThemeRole: Int, Hashable, Sendable, CaseIterable {
  case background
  case text
  case textDim
  case textStrong
  case textMatch
  case border
  case borderFocus
  case title
  case titleFocus
  case tab
  case tabActive
  case band
  case bandName
  case env
  case envProd
  case engineLive
  case engineLost
  case modeHealing
  case modeObserving
  case header
  case headerSorted
  case selection
  case selectionInactive
  case severity
  case severityHealthy
  case severityWarning
  case severityCritical
  case severityUnknown
  case vmHealing
  case vmOff
  case vmUnwatched
  case metric
  case metricLow
  case metricMiddle
  case metricHigh
  case metricLine
  case graphWarning
  case graphCritical
  case graphMark
  case outcomeSuccess
  case outcomeFailure
  case outcomePending
  case hint
  case hintKey
  case hintDisabled
  case prompt
  case promptError
  case toastInfo
  case toastSuccess
  case toastWarning
  case toastError
  case dialog
  case dialogBorder
  case dialogDanger
  case formChanged
  case formError
  case diffAdded
  case diffRemoved

  /// The name in theme files: the case's words, parted by dots (`severityCritical`: `severity.critical`).
  package var name: String { Self.names[rawValue] }

  /// The role of a name; nil: there is none.
  package init?(name: String) {
    guard let place = Self.names.firstIndex(of: name) else { return nil }
    self.init(rawValue: place)
  }

  /// All names, in order.
  package static let names: [String] = allCases.map { role in
    String(describing: role).reduce(into: "") { name, letter in
      name += letter.isUppercase ? "." + letter.lowercased() : String(letter)
    }
  }
}
