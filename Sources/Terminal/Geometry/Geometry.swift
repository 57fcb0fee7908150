/// A number of columns and rows of character cells; never negative.
package struct Size: Hashable, Sendable {
  /// Columns, at least 0.
  package var columns: Int
  /// Rows, at least 0.
  package var rows: Int

  /// Creates a size; negative lengths become 0.
  package init(columns: Int, rows: Int) {
    self.columns = max(0, columns)
    self.rows = max(0, rows)
  }
}

/// A cell's place: column `x` and row `y`, counted from 0 at the top left.
package struct Point: Hashable, Sendable {
  package var x: Int
  package var y: Int

  /// Creates a point; it may lie outside any grid.
  package init(x: Int, y: Int) {
    self.x = x
    self.y = y
  }
}

/// A rectangle of cells; an empty one has width or height 0.
package struct Rect: Hashable, Sendable {
  package var x: Int
  package var y: Int
  /// Columns, at least 0.
  package var width: Int
  /// Rows, at least 0.
  package var height: Int

  /// Creates a rectangle; negative lengths become 0.
  package init(x: Int, y: Int, width: Int, height: Int) {
    self.x = x
    self.y = y
    self.width = max(0, width)
    self.height = max(0, height)
  }

  /// The rectangle that covers a whole grid of this size.
  package init(_ size: Size) { self.init(x: 0, y: 0, width: size.columns, height: size.rows) }

  /// The first column to the right of the rectangle.
  package var right: Int { x + width }
  /// The first row below the rectangle.
  package var bottom: Int { y + height }
  /// Whether the rectangle has no cell.
  package var isEmpty: Bool { width == 0 || height == 0 }
  /// Columns and rows of the rectangle.
  package var size: Size { Size(columns: width, rows: height) }
  /// The top left cell.
  package var origin: Point { Point(x: x, y: y) }

  /// Whether the cell lies inside.
  package func contains(_ point: Point) -> Bool {
    point.x >= x && point.x < right && point.y >= y && point.y < bottom
  }

  /// The cells of both; empty if they do not meet.
  package func intersection(_ other: Rect) -> Rect {
    let left = max(x, other.x)
    let top = max(y, other.y)
    return Rect(x: left, y: top, width: min(right, other.right) - left, height: min(bottom, other.bottom) - top)
  }

  /// The rectangle without `columns` cells at either side and `rows` cells at top and bottom; empty if none are left.
  package func inset(columns: Int, rows: Int) -> Rect {
    let columns = min(columns, (width + 1) / 2)
    let rows = min(rows, (height + 1) / 2)
    return Rect(x: x + columns, y: y + rows, width: width - 2 * columns, height: height - 2 * rows)
  }

  /// The rectangle without `cells` cells at each of its four sides.
  package func inset(by cells: Int) -> Rect { inset(columns: cells, rows: cells) }

  /// The rectangle of this size in the middle of this one, cut to it.
  package func centered(_ size: Size) -> Rect {
    let width = min(size.columns, width)
    let height = min(size.rows, height)
    return Rect(x: x + (self.width - width) / 2, y: y + (self.height - height) / 2, width: width, height: height)
  }

  /// Cuts `rows` rows off the top; fewer if there are fewer.
  package func splitTop(_ rows: Int) -> (top: Rect, rest: Rect) {
    let rows = min(max(0, rows), height)
    return (
      Rect(x: x, y: y, width: width, height: rows), Rect(x: x, y: y + rows, width: width, height: height - rows)
    )
  }

  /// Cuts `rows` rows off the bottom; fewer if there are fewer.
  package func splitBottom(_ rows: Int) -> (rest: Rect, bottom: Rect) {
    let (top, rest) = splitTop(height - min(max(0, rows), height))
    return (top, rest)
  }

  /// Cuts `columns` columns off the left; fewer if there are fewer.
  package func splitLeft(_ columns: Int) -> (left: Rect, rest: Rect) {
    let columns = min(max(0, columns), width)
    return (
      Rect(x: x, y: y, width: columns, height: height),
      Rect(x: x + columns, y: y, width: width - columns, height: height)
    )
  }

  /// Cuts `columns` columns off the right; fewer if there are fewer.
  package func splitRight(_ columns: Int) -> (rest: Rect, right: Rect) {
    let (left, rest) = splitLeft(width - min(max(0, columns), width))
    return (left, rest)
  }
}
