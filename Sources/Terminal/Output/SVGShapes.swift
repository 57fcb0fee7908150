/// Glyphs that fonts draw unevenly (box drawing, blocks, braille), as rectangles in a cell.
///
/// Coordinates are in tenths of a pixel, integers all, so that a picture is the same on every machine.
enum SVGShapes {
  /// A rectangle in a cell, in tenths of a pixel.
  struct Box: Hashable {
    var x: Int
    var y: Int
    var width: Int
    var height: Int
  }

  /// Cell width and height in tenths of a pixel.
  static let cellWidth = 84
  static let cellHeight = 180

  /// The rectangles of a glyph, nil if a font has to draw it.
  static func boxes(for scalar: UInt32) -> [Box]? {
    switch scalar {
    case 0x2800...0x28FF: braille(scalar - 0x2800)
    case 0x2580...0x2590, 0x2594, 0x2595: block(scalar)
    case 0x2500...0x257F: lines(scalar)
    default: nil
    }
  }

  private static func braille(_ dots: UInt32) -> [Box] {
    let size = 26
    return (0..<8).filter { dots >> $0 & 1 == 1 }.map { dot in
      // Dots 1 to 3 and 7 stand left, 4 to 6 and 8 right.
      let column = dot < 6 ? dot / 3 : dot - 6
      let row = dot < 6 ? dot % 3 : 3
      return Box(
        x: column * cellWidth / 2 + (cellWidth / 2 - size) / 2,
        y: row * cellHeight / 4 + (cellHeight / 4 - size) / 2, width: size, height: size)
    }
  }

  private static func block(_ scalar: UInt32) -> [Box] {
    switch scalar {
    case 0x2580: return [Box(x: 0, y: 0, width: cellWidth, height: cellHeight / 2)]
    case 0x2581...0x2588:
      let height = cellHeight * Int(scalar - 0x2580) / 8
      return [Box(x: 0, y: cellHeight - height, width: cellWidth, height: height)]
    case 0x2589...0x258F:
      return [Box(x: 0, y: 0, width: cellWidth * Int(0x2590 - scalar) / 8, height: cellHeight)]
    case 0x2590: return [Box(x: cellWidth / 2, y: 0, width: cellWidth / 2, height: cellHeight)]
    case 0x2594: return [Box(x: 0, y: 0, width: cellWidth, height: cellHeight / 8)]
    default: return [Box(x: cellWidth * 7 / 8, y: 0, width: cellWidth / 8, height: cellHeight)]
    }
  }

  /// Weight of a glyph's four arms: 1 light, 2 heavy, 3 double.
  private typealias Arms = (left: Int, right: Int, up: Int, down: Int)

  private static func lines(_ scalar: UInt32) -> [Box]? {
    if let dashes = dashes(scalar) { return dashes }
    guard let (left, right, up, down) = arms(scalar) else { return nil }
    let middleX = cellWidth / 2
    let middleY = cellHeight / 2
    func offsets(_ weight: Int) -> [(Int, Int)] {
      switch weight {
      case 1: [(-6, 12)]
      case 2: [(-12, 24)]
      case 3: [(-20, 12), (8, 12)]
      default: []
      }
    }
    // Arms reach over the middle by half the widest stroke, so that corners close.
    let reach = [left, right, up, down].contains(3) ? 20 : [left, right, up, down].contains(2) ? 12 : 6
    var boxes: [Box] = []
    for (offset, thickness) in offsets(max(left, right)) {
      let start = left > 0 ? 0 : middleX - reach
      let end = right > 0 ? cellWidth : middleX + reach
      boxes.append(Box(x: start, y: middleY + offset, width: end - start, height: thickness))
    }
    for (offset, thickness) in offsets(max(up, down)) {
      let start = up > 0 ? 0 : middleY - reach
      let end = down > 0 ? cellHeight : middleY + reach
      boxes.append(Box(x: middleX + offset, y: start, width: thickness, height: end - start))
    }
    return boxes
  }

  private static func arms(_ scalar: UInt32) -> Arms? {
    switch scalar {
    case 0x2500: (1, 1, 0, 0)
    case 0x2501: (2, 2, 0, 0)
    case 0x2502: (0, 0, 1, 1)
    case 0x2503: (0, 0, 2, 2)
    case 0x250C, 0x256D: (0, 1, 0, 1)
    case 0x250F: (0, 2, 0, 2)
    case 0x2510, 0x256E: (1, 0, 0, 1)
    case 0x2513: (2, 0, 0, 2)
    case 0x2514, 0x2570: (0, 1, 1, 0)
    case 0x2517: (0, 2, 2, 0)
    case 0x2518, 0x256F: (1, 0, 1, 0)
    case 0x251B: (2, 0, 2, 0)
    case 0x251C: (0, 1, 1, 1)
    case 0x2523: (0, 2, 2, 2)
    case 0x2524: (1, 0, 1, 1)
    case 0x252B: (2, 0, 2, 2)
    case 0x252C: (1, 1, 0, 1)
    case 0x2533: (2, 2, 0, 2)
    case 0x2534: (1, 1, 1, 0)
    case 0x253B: (2, 2, 2, 0)
    case 0x253C: (1, 1, 1, 1)
    case 0x254B: (2, 2, 2, 2)
    case 0x2550: (3, 3, 0, 0)
    case 0x2551: (0, 0, 3, 3)
    case 0x2554: (0, 3, 0, 3)
    case 0x2557: (3, 0, 0, 3)
    case 0x255A: (0, 3, 3, 0)
    case 0x255D: (3, 0, 3, 0)
    case 0x2560: (0, 3, 3, 3)
    case 0x2563: (3, 0, 3, 3)
    case 0x2566: (3, 3, 0, 3)
    case 0x2569: (3, 3, 3, 0)
    case 0x256C: (3, 3, 3, 3)
    case 0x2574: (1, 0, 0, 0)
    case 0x2575: (0, 0, 1, 0)
    case 0x2576: (0, 1, 0, 0)
    case 0x2577: (0, 0, 0, 1)
    default: nil
    }
  }

  private static func dashes(_ scalar: UInt32) -> [Box]? {
    let count: Int
    switch scalar {
    case 0x254C, 0x254D, 0x254E, 0x254F: count = 2
    case 0x2504...0x2507: count = 3
    case 0x2508...0x250B: count = 4
    default: return nil
    }
    // The four of each kind: light and heavy across, light and heavy down.
    let isVertical = scalar & 2 != 0
    let thickness = scalar & 1 != 0 ? 24 : 12
    let length = (isVertical ? cellHeight : cellWidth) / count
    return (0..<count).map { index in
      let start = index * length + length / 5
      return isVertical
        ? Box(x: (cellWidth - thickness) / 2, y: start, width: thickness, height: length * 3 / 5)
        : Box(x: start, y: (cellHeight - thickness) / 2, width: length * 3 / 5, height: thickness)
    }
  }
}
