import FleetModel

/// A message that shows for a while above everything else.
package struct Toast: Hashable, Sendable {
  package enum Tone: Hashable, Sendable { case info, success, warning, error }
  package var text: String
  package var tone: Tone
  /// In the operator's time.
  package var until: Instant

  /// Creates a message; problems stay longer than good news.
  package init(_ text: String, _ tone: Tone, at now: Moment) {
    self.text = text
    self.tone = tone
    until = now.operatorTime + .seconds(tone == .error || tone == .warning ? 12 : 5)
  }
}
