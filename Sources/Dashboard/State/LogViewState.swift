/// The view of a log that grows at its end: it follows until the operator moves up, and says how much is new below.
///
/// Rows are known by identity, not by number: the log forgets its oldest rows while it is being read.
package struct LogViewState<ID: Hashable & Sendable>: Hashable, Sendable {
  /// The selected row; nil: the view follows the end.
  package private(set) var selected: ID?
  /// The last row on the screen while the view does not follow.
  private var bottom: ID?
  /// The newest row when the view was released.
  private var newestSeen: ID?

  package init() {}

  /// Whether the view shows the newest rows as they come.
  package var isFollowing: Bool { selected == nil }

  /// Goes back to following.
  package mutating func follow() {
    selected = nil
    bottom = nil
    newestSeen = nil
  }

  /// The rows to be shown: their range in `ids`.
  package func window(_ ids: [ID], visible: Int) -> Range<Int> {
    let visible = max(1, visible)
    var end = ids.count
    if !isFollowing {
      end = bottom.flatMap { ids.lastIndex(of: $0) }.map { $0 + 1 } ?? min(visible, ids.count)
      let row = selectedRow(ids) ?? 0
      if row >= end { end = row + 1 }
      if row < end - visible { end = row + visible }
      end = min(max(end, min(visible, ids.count)), ids.count)
    }
    return max(0, end - visible)..<end
  }

  /// The selected row's number; nil while following or in an empty log. A row that was forgotten counts as the oldest.
  package func selectedRow(_ ids: [ID]) -> Int? {
    guard let selected, !ids.isEmpty else { return nil }
    return ids.lastIndex(of: selected) ?? 0
  }

  /// Rows that have come since the view was released.
  package func newBelow(_ ids: [ID]) -> Int {
    guard !isFollowing, let newestSeen else { return 0 }
    return ids.lastIndex(of: newestSeen).map { ids.count - 1 - $0 } ?? ids.count
  }

  /// Moves the selection; moving below the last row follows again.
  package mutating func move(by rows: Int, _ ids: [ID], visible: Int) {
    guard !ids.isEmpty else { return follow() }
    // While following nothing is selected: the first step up selects the newest row.
    let current = selectedRow(ids) ?? ids.count
    let target = current + rows
    if target >= ids.count { return follow() }
    let shown = window(ids, visible: visible)
    if isFollowing { newestSeen = ids[ids.count - 1] }
    let row = max(0, target)
    selected = ids[row]
    var end = min(max(shown.upperBound, 1), ids.count)
    if row >= end { end = row + 1 }
    if row < end - max(1, visible) { end = min(ids.count, row + max(1, visible)) }
    bottom = ids[end - 1]
  }
}
