/// A selected row in a list that may be longer than its place on the screen.
package struct ListCursor: Hashable, Sendable {
  /// The selected row, from 0.
  package var row = 0
  /// The first row shown.
  package var offset = 0

  package init() {}

  /// Moves the selection by some rows and keeps it in the list and on the screen.
  package mutating func move(by rows: Int, count: Int, visible: Int) {
    row += rows
    clamp(count: count, visible: visible)
  }

  /// Brings selection and offset into range after the list or its place has changed.
  package mutating func clamp(count: Int, visible: Int) {
    row = min(max(0, row), max(0, count - 1))
    offset = Self.offset(offset, showing: row, count: count, visible: visible)
  }

  /// The offset nearest to the given one that shows a row.
  package static func offset(_ offset: Int, showing row: Int, count: Int, visible: Int) -> Int {
    let visible = max(1, visible)
    var offset = min(max(0, offset), max(0, count - visible))
    if row < offset { offset = row }
    if row >= offset + visible { offset = row - visible + 1 }
    return max(0, offset)
  }
}
