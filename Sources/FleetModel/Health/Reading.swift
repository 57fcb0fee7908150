/// One measured quantity: a value, not measured (with the reason), or not applicable (semantics 2.8).
///
/// Unknown is never zero and never green: the three cases keep it so.
public enum Reading<Value> {
  case value(Value)
  case notMeasured(Unmeasured)
  /// The quantity has no meaning for this machine; the text says why.
  case notApplicable(String)

  /// The value, where one was measured.
  public var value: Value? {
    if case .value(let value) = self { value } else { nil }
  }

  /// The same reading of another quantity.
  public func map<Other>(_ transform: (Value) -> Other) -> Reading<Other> {
    switch self {
    case .value(let value): .value(transform(value))
    case .notMeasured(let why): .notMeasured(why)
    case .notApplicable(let why): .notApplicable(why)
    }
  }
}

extension Reading: Sendable where Value: Sendable {}
extension Reading: Equatable where Value: Equatable {}
extension Reading: Hashable where Value: Hashable {}
extension Reading: Codable where Value: Codable {}

/// Why a quantity was not measured.
public enum Unmeasured: Hashable, Sendable, Codable {
  /// No probe has ended yet.
  case notYet
  /// The policy in force does not check it.
  case switchedOff
  /// A lower rung of its path failed (no shell, no disk figures); such a reading takes no part in the verdict.
  case lowerRungFailed(String)
  /// Something failed on the monitor's side: never counted against the machine (semantics 2.7).
  case monitor(String)
  /// The machine answered, but not with this.
  case notReported(String)

  /// A short sentence for an operator.
  public var explanation: String {
    switch self {
    case .notYet: "not measured yet"
    case .switchedOff: "check is switched off"
    case .lowerRungFailed(let why): "not reached: \(why)"
    case .monitor(let why): "monitor: \(why)"
    case .notReported(let why): "not reported: \(why)"
    }
  }
}
