/// A screenful: the cells, and where the cursor blinks, if anywhere.
package struct Frame: Hashable, Sendable {
  package var grid: Grid
  /// The cell of the cursor; nil hides it.
  package var cursor: Point?

  package init(_ grid: Grid, cursor: Point? = nil) {
    self.grid = grid
    self.cursor = cursor
  }
}
