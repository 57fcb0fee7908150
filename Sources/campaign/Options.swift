import FaultCampaign
import FleetModel

/// The command line of the campaign.
struct Options {
  var seeds: UInt64 = 500
  var from: UInt64 = 1
  var duration = Duration.days(1)
  var jobs: Int?
  var seed: UInt64?
  var cuts = PlanCuts()
  var scenario: String?
  var pair: UInt64?
  var latency = false
  var trace = false
  var shrinks = true
  /// Ends at the first promise broken.
  var stopsAtFirst = false
  var skipped: Set<UInt64> = []

  struct Mistake: Error, CustomStringConvertible { var description: String }

  init(_ words: some Sequence<String>) throws(Mistake) {
    var words = Array(words)
    func number(_ option: String, _ text: String?) throws(Mistake) -> UInt64 {
      guard let text, let value = UInt64(text) else { throw Mistake(description: "\(option) takes a whole number") }
      return value
    }
    func numbers(_ option: String, _ text: String?) throws(Mistake) -> [UInt64] {
      var numbers: [UInt64] = []
      for part in (text ?? "").split(separator: ",") { numbers.append(try number(option, String(part))) }
      return numbers
    }
    while !words.isEmpty {
      let option = words.removeFirst()
      switch option {
      case "--latency": latency = true
      case "--trace": trace = true
      case "--no-shrink": shrinks = false
      case "--first": stopsAtFirst = true
      default:
        let value = words.isEmpty ? nil : words.removeFirst()
        switch option {
        case "--seeds": seeds = try number(option, value)
        case "--from": from = try number(option, value)
        case "--days": duration = .days(Int(try number(option, value)))
        case "--hours":
          duration = .hours(Int(try number(option, value)))
          cuts.duration = duration
        case "--jobs": jobs = Int(try number(option, value))
        case "--seed": seed = try number(option, value)
        case "--vms": cuts.machines = Int(try number(option, value))
        case "--only": cuts.only = Set(try numbers(option, value).map { Int($0) })
        case "--skip": skipped = Set(try numbers(option, value))
        case "--scenario": scenario = value
        case "--pair": pair = try number(option, value)
        default: throw Mistake(description: "unknown option \(option)")
        }
      }
    }
    // A replayed seed is drawn for the day it was drawn for; --hours only cuts it short.
    if seed != nil, cuts.duration != nil { duration = .days(1) }
  }
}
