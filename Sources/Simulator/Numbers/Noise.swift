/// Randomness without a state: every figure is a function of a seed and a counter, so that a fleet of 10,000 guests
/// can be asked at any instant without living through the ones before.
enum Noise {
  /// SplitMix64's output function (Steele, Lea, Flood 2014): all 64 bits depend on all bits of both arguments.
  static func hash(_ seed: UInt64, _ counter: UInt64) -> UInt64 {
    var z = seed &+ (counter &+ 1) &* 0x9E37_79B9_7F4A_7C15
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// In [0, 1).
  static func unit(_ seed: UInt64, _ counter: UInt64) -> Double {
    Double(hash(seed, counter) >> 11) * 0x1p-53
  }

  /// Continuous noise in (−1, 1): a random value every `cell` seconds, straight lines between them.
  static func smooth(_ seed: UInt64, at seconds: Double, cell: Double) -> Double {
    let place = seconds / cell
    let floor = place.rounded(.down)
    let index = UInt64(bitPattern: Int64(floor))
    let here = unit(seed, index)
    let next = unit(seed, index &+ 1)
    return 2 * (here + (next - here) * (place - floor)) - 1
  }
}

extension Double {
  /// What is left of a non-negative number after whole multiples of `period`, in [0, period).
  func wrapped(by period: Double) -> Double { self - (self / period).rounded(.down) * period }
}

/// A short sequence of random draws for one occasion (one probe, one boot), seeded by what the occasion is.
struct Draw: RandomNumberGenerator {
  private let seed: UInt64
  private var counter: UInt64 = 0

  init(_ seed: UInt64, _ occasion: UInt64) { self.seed = Noise.hash(seed, occasion) }

  init(_ seed: UInt64, at instant: Int64, _ purpose: Purpose) {
    self.seed = Noise.hash(seed ^ purpose.rawValue, UInt64(bitPattern: instant))
  }

  mutating func next() -> UInt64 {
    counter &+= 1
    return Noise.hash(seed, counter)
  }

  /// In [0, 1).
  mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

  mutating func chance(_ probability: Double) -> Bool { unit() < probability }

  /// Milliseconds, evenly between two bounds in seconds.
  mutating func seconds(_ low: Double, _ high: Double) -> Duration {
    .milliseconds(Int64(1000 * (low + (high - low) * unit())))
  }

  mutating func between(_ low: Double, _ high: Double) -> Double { low + (high - low) * unit() }

  mutating func pick<Element>(_ choices: [Element]) -> Element {
    choices[Int(unit() * Double(choices.count))]
  }

  /// What a sequence is drawn for: two purposes at one instant must not share their numbers.
  enum Purpose: UInt64 {
    case probe = 0x1111_0000_0000_0001
    case look = 0x2222_0000_0000_0002
    case remedy = 0x3333_0000_0000_0003
    case boot = 0x4444_0000_0000_0004
    case fault = 0x5555_0000_0000_0005
  }
}

/// A stable hash of text (FNV-1a, 64 bit): Swift's own changes with every process.
enum TextHash {
  static func of(_ text: String) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    return hash
  }

  /// A version-4 UUID in text, made of two words.
  static func uuid(_ high: UInt64, _ low: UInt64) -> String {
    let a = (high & ~0xF000) | 0x4000
    let b = (low & ~(0b11 << 62)) | (0b10 << 62)
    let digits = hex(a, 16) + hex(b, 16)
    var text = ""
    for (index, digit) in digits.enumerated() {
      if index == 8 || index == 12 || index == 16 || index == 20 { text.append("-") }
      text.append(digit)
    }
    return text
  }

  private static func hex(_ value: UInt64, _ width: Int) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: width - digits.count) + digits
  }
}
