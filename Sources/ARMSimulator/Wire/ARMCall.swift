import FleetModel
import HTTPTypes

/// One request as the handlers see it.
struct ARMCall: Sendable {
  let method: HTTPRequest.Method
  let path: ARMPath
  let headers: HTTPFields
  let body: [UInt8]
  /// `https://localhost:8443`: where the client found us, which is where links lead.
  let base: String
  /// When it came.
  let at: Instant

  /// The body; null where it is no JSON.
  var json: JSON { JSONReader.value(body) ?? .null }

  func header(_ name: String) -> String? { HTTPField.Name(name).flatMap { headers[$0] } }

  /// `x-ms-client-request-id`.
  var clientRequestID: String? { header("x-ms-client-request-id") }
  var version: String { path.parameter("api-version") ?? "" }
}
