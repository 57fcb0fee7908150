/// A seeded sequence of random draws (SplitMix64): the same seed gives the same campaign.
package struct Dice: RandomNumberGenerator, Sendable {
  private var state: UInt64

  package init(_ seed: UInt64, _ purpose: UInt64 = 0) {
    state = seed &* 0x9E37_79B9_7F4A_7C15 ^ purpose &* 0xD1B5_4A32_D192_ED03
  }

  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// In [0, 1).
  package mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }
  package mutating func chance(_ probability: Double) -> Bool { unit() < probability }
  package mutating func below(_ count: Int) -> Int { Int(unit() * Double(max(count, 1))) }
  package mutating func between(_ low: Double, _ high: Double) -> Double { low + (high - low) * unit() }
  package mutating func seconds(_ low: Double, _ high: Double) -> Duration {
    .milliseconds(Int64(between(low, high) * 1000))
  }
  package mutating func minutes(_ low: Double, _ high: Double) -> Duration { seconds(low * 60, high * 60) }
  package mutating func pick<Element>(_ choices: [Element]) -> Element { choices[below(choices.count)] }

  /// One of several, by weight.
  package mutating func pick<Element>(weighted choices: [(Element, Double)]) -> Element {
    var rest = unit() * choices.reduce(0) { $0 + $1.1 }
    for (element, weight) in choices {
      rest -= weight
      if rest < 0 { return element }
    }
    return choices[choices.count - 1].0
  }
}
