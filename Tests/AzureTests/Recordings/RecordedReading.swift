import Autopilot
import FleetModel
import HTTPTypes

@testable import Azure

/// What our client and our types make of one recorded exchange.
struct RecordedReading: Sendable {
  enum Kind: Sendable, Equatable {
    /// A type of ours holds it.
    case typed
    /// The service refused, or failed: an error of ours holds it.
    case refused
    /// azlin has no use for such an operation.
    case unknown
    /// It should have been understood, and was not.
    case broken
  }
  var operation: String
  var kind: Kind
  var values: [String: String]

  /// `name=value` of each, by name, for a person.
  var line: String {
    values.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: "  ")
  }

  /// Sends the recorded request through the client, which gets the recorded answer.
  init(_ exchange: Recording.Exchange) async {
    let clock = SteppedClock()
    let client = Self.client(ReplayTransport([exchange]), exchange, clock)
    let operation = RecordedOperation(exchange)
    self.operation = operation.name
    // No time for a second try: an error is to be seen, not to be outwaited.
    let request = ARMRequest(
      exchange.method, exchange.url, body: exchange.requestBody.map { Array($0.utf8) }, notAfter: clock.now())
    do {
      let reply = try await client.call(request)
      values = try await operation.values(reply)
      if operation.isOrder {
        let begun = try await client.begin(request)
        values["answer"] = begun.isDone ? "done" : "accepted"
      }
      kind = operation.isKnown ? .typed : .unknown
    } catch {
      let error = error as? AzureError ?? AzureError(kind: .unreadable, sentence: "\(error)")
      kind = (200..<300).contains(exchange.status) ? .broken : .refused
      values = [
        "status": "\(error.status)", "code": error.code, "error": Self.word(error.kind), "sentence": error.sentence,
      ]
      if case .forbidden(let action, let scope) = error.kind {
        values["action"] = action
        values["scope"] = scope
      }
    }
  }

  /// A client of whatever cloud the exchange was recorded with.
  static func client(
    _ transport: any HTTPTransport, _ exchange: Recording.Exchange, _ clock: any EngineClock
  ) -> ARMClient {
    let cloud = Cloud(
      name: "recorded", resourceManager: exchange.origin, authority: "https://login.invalid",
      audience: "https://management.azure.com", metricsSuffix: "")
    return ARMClient(cloud: cloud, transport: transport, tokens: OneToken(), clock: clock, seed: 1)
  }

  /// The kind's name alone.
  static func word(_ kind: AzureError.Kind) -> String { String("\(kind)".prefix { $0 != "(" }) }
}
