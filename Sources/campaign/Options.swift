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
  var latency = false
  var trace = false
  var shrinks = true

  struct Mistake: Error, CustomStringConvertible { var description: String }

  init(_ words: some Sequence<String>) throws(Mistake) {
    var words = Array(words)
    func number(_ option: String, _ text: String?) throws(Mistake) -> UInt64 {
      guard let text, let value = UInt64(text) else { throw Mistake(description: "\(option) takes a whole number") }
      return value
    }
    while !words.isEmpty {
      let option = words.removeFirst()
      switch option {
      case "--latency": latency = true
      case "--trace": trace = true
      case "--no-shrink": shrinks = false
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
        case "--only":
          var only: Set<Int> = []
          for part in (value ?? "").split(separator: ",") { only.insert(Int(try number(option, String(part)))) }
          cuts.only = only
        case "--scenario": scenario = value
        default: throw Mistake(description: "unknown option \(option)")
        }
      }
    }
    // A replayed seed is drawn for the day it was drawn for; --hours only cuts it short.
    if seed != nil, cuts.duration != nil { duration = .days(1) }
  }
}
