/// The keys behind control sequences that xterm, the VTs, rxvt and the Linux console agree on.
enum ControlSequenceKeys {
  /// The key of `ESC O` and this byte, as keypads in application mode send it.
  static func application(_ byte: UInt8) -> Key? {
    switch byte {
    case UInt8(ascii: "A"): .up
    case UInt8(ascii: "B"): .down
    case UInt8(ascii: "C"): .right
    case UInt8(ascii: "D"): .left
    case UInt8(ascii: "F"): .end
    case UInt8(ascii: "H"): .home
    case UInt8(ascii: "M"): .enter
    case UInt8(ascii: "P")...UInt8(ascii: "S"): .function(Int(byte) - 0x4F)
    case UInt8(ascii: "j")...UInt8(ascii: "y"): .character(Character(Unicode.Scalar(byte - 0x40)))
    default: nil
    }
  }

  /// The key of `ESC [`, parameters and a final byte; shifted cursor keys count as the plain ones.
  static func key(final: UInt8, parameters: ArraySlice<UInt8>) -> Key? {
    let numbers = parameters.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false)
      .map { Int(String(decoding: $0, as: UTF8.self)) ?? 0 }
    switch final {
    case UInt8(ascii: "A"), UInt8(ascii: "B"), UInt8(ascii: "C"), UInt8(ascii: "D"), UInt8(ascii: "F"),
      UInt8(ascii: "H"), UInt8(ascii: "P"), UInt8(ascii: "Q"), UInt8(ascii: "S"):
      return application(final)
    case UInt8(ascii: "R") where numbers.first == 1: return .function(3)
    case UInt8(ascii: "Z"): return .backTab
    case UInt8(ascii: "~"): return numbers.first.flatMap(numbered)
    case UInt8(ascii: "u"): return unicode(numbers)
    default: return nil
    }
  }

  private static func numbered(_ number: Int) -> Key? {
    switch number {
    case 1, 7: .home
    case 2: .insert
    case 3: .delete
    case 4, 8: .end
    case 5: .pageUp
    case 6: .pageDown
    // The VT220 left gaps between its groups of function keys.
    case 11...15: .function(number - 10)
    case 17...21: .function(number - 11)
    case 23...26: .function(number - 12)
    case 28...29: .function(number - 13)
    case 31...34: .function(number - 14)
    default: nil
    }
  }

  /// `ESC [ code ; modifiers u`: modifiers are 1 plus shift 1, alt 2, control 4.
  private static func unicode(_ numbers: [Int]) -> Key? {
    guard let code = numbers.first, let scalar = UInt32(exactly: code).flatMap(Unicode.Scalar.init) else { return nil }
    let modifiers = max(0, (numbers.count > 1 ? numbers[1] : 1) - 1)
    switch code {
    case 9: return modifiers & 1 == 0 ? .tab : .backTab
    case 13: return .enter
    case 27: return .escape
    case 127: return .backspace
    case 0x20..<0x7F where modifiers & 4 != 0: return .control(Character(scalar))
    case 0x20..<0x7F where modifiers & 2 != 0: return .alt(Character(scalar))
    case 0x20..<0x7F, 0xA0...: return .character(Character(scalar))
    default: return nil
    }
  }
}

/// xterm's SGR mouse reports: `ESC [ < button ; column ; row M`, or `m` for a release.
enum MouseReport {
  static func decode(_ body: ArraySlice<UInt8>, isRelease: Bool) -> TerminalInput? {
    let numbers = body.split(separator: UInt8(ascii: ";")).compactMap { Int(String(decoding: $0, as: UTF8.self)) }
    guard numbers.count == 3, numbers[1] > 0, numbers[2] > 0 else { return nil }
    let code = numbers[0]
    let position = Point(x: numbers[1] - 1, y: numbers[2] - 1)
    // Bits 2 to 4 are shift, meta and control; bit 5 is a movement, bit 6 the wheel.
    if code & 64 != 0 {
      guard !isRelease, code & 3 < 2 else { return nil }
      return .mouse(MouseEvent(action: code & 3 == 0 ? .wheelUp : .wheelDown, position: position))
    }
    let buttons: [MouseButton] = [.left, .middle, .right]
    guard code < 128, code & 3 < 3 else { return nil }
    let button = buttons[code & 3]
    let action: MouseEvent.Action = isRelease ? .release(button) : code & 32 != 0 ? .drag(button) : .press(button)
    return .mouse(MouseEvent(action: action, position: position))
  }
}
