import Testing

@testable import Terminal

@Suite("Rectangles")
struct RectTests {
  private let rect = Rect(x: 2, y: 3, width: 10, height: 4)

  @Test("Splitting gives all cells to one of the parts, at any length", arguments: -2..<14)
  func splitting(_ length: Int) {
    let (top, below) = rect.splitTop(length)
    #expect(top.height + below.height == 4 && below.y == top.bottom && below.bottom == rect.bottom)
    let (above, bottom) = rect.splitBottom(length)
    #expect(bottom.height == min(max(length, 0), 4) && bottom.bottom == rect.bottom && above.bottom == bottom.y)
    let (left, right) = rect.splitLeft(length)
    #expect(left.width + right.width == 10 && right.x == left.right && right.right == rect.right)
    let (rest, last) = rect.splitRight(length)
    #expect(last.width == min(max(length, 0), 10) && last.right == rect.right && rest.right == last.x)
  }

  @Test("An inset stays inside and ends empty", arguments: 0..<9)
  func insets(_ cells: Int) {
    let inner = rect.inset(by: cells)
    #expect(inner.width == max(0, 10 - 2 * cells))
    #expect(inner.height == max(0, 4 - 2 * cells))
    #expect(inner.isEmpty || inner.intersection(rect) == inner)
  }

  @Test("The middle of a rectangle is cut to it")
  func centering() {
    #expect(rect.centered(Size(columns: 4, rows: 2)) == Rect(x: 5, y: 4, width: 4, height: 2))
    #expect(rect.centered(Size(columns: 40, rows: 20)) == rect)
  }

  @Test("Lengths are never negative")
  func negative() {
    #expect(Rect(x: 0, y: 0, width: -3, height: -1).isEmpty)
    #expect(Size(columns: -1, rows: -1) == Size(columns: 0, rows: 0))
    #expect(rect.intersection(Rect(x: 50, y: 50, width: 1, height: 1)).isEmpty)
  }
}
