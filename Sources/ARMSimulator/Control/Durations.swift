/// How long operations of the real Compute take, seconds: least, middle and most of recorded ones (endTime −
/// startTime).
struct OperationDuration: Hashable, Sendable {
  var least: Double
  var middle: Double
  var most: Double

  static let start = OperationDuration(least: 0.4, middle: 7.6, most: 23)
  static let restart = OperationDuration(least: 8, middle: 19, most: 36)
  static let powerOff = OperationDuration(least: 4, middle: 9, most: 19)
  static let hardPowerOff = OperationDuration(least: 3, middle: 5, most: 9)
  static let deallocate = OperationDuration(least: 14, middle: 25, most: 41)
  static let redeploy = OperationDuration(least: 21, middle: 116, most: 132)
  static let reapply = OperationDuration(least: 1.5, middle: 5, most: 5.4)
  static let runCommand = OperationDuration(least: 16, middle: 35, most: 81)
  static let runCommandResource = OperationDuration(least: 9, middle: 10, most: 14)
  static let vmAccess = OperationDuration(least: 6, middle: 21, most: 60)
  static let networkInterface = OperationDuration(least: 11, middle: 20, most: 40)
  static let effectiveRules = OperationDuration(least: 2, middle: 5, most: 12)
  /// A script in a guest whose agent is silent: Run Command gives up after 90 minutes.
  static let silentScript = OperationDuration(least: 5400, middle: 5400, most: 5400)
  /// An extension in such a guest: 1510 s were recorded.
  static let silentExtension = OperationDuration(least: 1500, middle: 1510, most: 1530)

  /// Half of them below the middle, the upper half crowded towards it.
  /// - Parameter share: 0..<1.
  func seconds(_ share: Double) -> Double {
    guard share >= 0.5 else { return least + (middle - least) * 2 * share }
    let part = 2 * share - 1
    return middle + (most - middle) * part * part
  }
}
