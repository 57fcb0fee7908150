/// Red, green and blue of colours that have no such numbers themselves.
enum ColorTable {
  /// The 16 colours as pictures show them and as distances are measured; every terminal has its own.
  static let ansi: [(red: UInt8, green: UInt8, blue: UInt8)] = [
    (0, 0, 0), (205, 49, 49), (13, 188, 121), (229, 229, 16), (36, 114, 200), (188, 63, 188), (17, 168, 205),
    (204, 204, 204), (102, 102, 102), (241, 76, 76), (35, 209, 139), (245, 245, 67), (59, 142, 234),
    (214, 112, 214), (41, 184, 219), (242, 242, 242),
  ]

  /// The steps of xterm's 6×6×6 colour cube.
  static let cubeSteps: [UInt8] = [0, 95, 135, 175, 215, 255]

  /// Red, green and blue of one of xterm's 256 colours.
  static func components(indexed number: UInt8) -> (red: UInt8, green: UInt8, blue: UInt8) {
    switch number {
    case 0..<16: return ansi[Int(number)]
    case 16..<232:
      let cube = Int(number) - 16
      return (cubeSteps[cube / 36], cubeSteps[cube / 6 % 6], cubeSteps[cube % 6])
    default:
      let gray = 8 + 10 * (number - 232)
      return (gray, gray, gray)
    }
  }
}
