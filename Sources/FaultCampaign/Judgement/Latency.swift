import FleetModel
/// How long it takes from a fault to a hard finding.
package struct Latency: Sendable {
  package var text: String
  package static func measure() -> Latency { Latency(text: "") }
}
