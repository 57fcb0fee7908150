/// What is wrong with a query, and where, so that a prompt can underline the place.
public struct QueryError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Characters of the query's text that the message is about; empty at the end of the text.
  public var range: Range<Int>
  /// What is wrong and what would be right, without the place.
  public var message: String

  public init(_ message: String, at range: Range<Int>) {
    self.range = range
    self.message = message
  }

  public var description: String { "query, column \(range.lowerBound + 1): \(message)" }
}
