import Azure
import FleetModel
import HTTPTypes

/// A recorded order together with the polls that were recorded after it.
enum RecordedCourse {
  /// How an order ends when its recorded polls are replayed; nil: the exchange is no order that goes on.
  static func ending(of position: Int, in recording: Recording) async -> String? {
    let exchange = recording.exchanges[position]
    guard exchange.headers[fields: "azure-asyncoperation"] != nil || exchange.headers[fields: "location"] != nil,
      [.post, .put, .patch, .delete].contains(exchange.method), (200..<300).contains(exchange.status)
    else { return nil }
    let clock = SteppedClock()
    let transport = ReplayTransport(Array(recording.exchanges[position...]))
    let client = RecordedReading.client(transport, exchange, clock)
    do {
      let operation = try await client.begin(
        ARMRequest(
          exchange.method, String(exchange.url.dropFirst(exchange.origin.count)),
          body: exchange.requestBody.map { Array($0.utf8) }))
      let reply = try await client.finish(operation, deadline: clock.now() + .hours(2))
      return "ended well, HTTP \(reply.status), \(transport.requests.count) requests"
    } catch {
      return transport.requests.count > 1 && error.kind == .timedOut
        ? "its end was not recorded" : "\(RecordedReading.word(error.kind)): \(error.sentence)"
    }
  }
}

extension HTTPFields {
  /// The value of a field by any name; nil where there is none.
  subscript(fields name: String) -> String? { HTTPField.Name(name).flatMap { self[$0] } }
}
