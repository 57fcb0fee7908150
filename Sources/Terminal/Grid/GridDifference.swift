import Glibc

extension Grid {
  /// The columns of row `y` from the first to the last cell that differ from another grid of the same size, glyphs
  /// whole; nil if none does.
  func changedColumns(from old: Grid, row y: Int) -> Range<Int>? {
    let columns = size.columns
    guard columns > 0 else { return nil }
    let start = y * columns
    return cells.withUnsafeBufferPointer { new in
      old.cells.withUnsafeBufferPointer { old -> Range<Int>? in
        guard let a = new.baseAddress, let b = old.baseAddress else { return nil }
        // A cell has no padding: equal memory means equal cells, and most rows of a frame are equal.
        if memcmp(a + start, b + start, columns * MemoryLayout<Cell>.stride) == 0 { return nil }
        var first = 0
        while new[start + first] == old[start + first] { first += 1 }
        var end = columns
        while new[start + end - 1] == old[start + end - 1] { end -= 1 }
        while first > 0, new[start + first].glyph == .continuation || old[start + first].glyph == .continuation {
          first -= 1
        }
        while end < columns, new[start + end].glyph == .continuation || old[start + end].glyph == .continuation {
          end += 1
        }
        return first..<end
      }
    }
  }
}
