import HTTPTypes

/// An answer before it is put on the wire.
struct ARMAnswer: Sendable {
  var status: Int
  var headers: [(name: String, value: String)] = []
  var body: [UInt8] = []
  /// The order was carried out, but its answer is lost on the way.
  var isLost = false

  /// 200 with a body.
  init(_ json: JSON) { self.init(200, json) }

  /// A body of JSON.
  init(_ status: Int, _ json: JSON, headers: [(name: String, value: String)] = []) {
    self.status = status
    self.headers = [("Content-Type", "application/json; charset=utf-8")] + headers
    body = JSONWriter.bytes(json)
  }

  init(empty status: Int, headers: [(name: String, value: String)] = []) {
    self.status = status
    self.headers = headers
  }

  init(text: String, type: String) {
    status = 200
    headers = [("Content-Type", type)]
    body = Array(text.utf8)
  }

  /// Nothing comes back: the connection is closed.
  static let lost: ARMAnswer = {
    var answer = ARMAnswer(empty: 503)
    answer.isLost = true
    return answer
  }()

  /// Resource Manager's error envelope.
  /// - Parameter isGateway: whether Resource Manager itself refused, before any provider saw the call.
  static func error(
    _ status: Int, _ code: String, _ message: String, details: [JSON] = [], isGateway: Bool = false,
    headers: [(name: String, value: String)] = []
  ) -> ARMAnswer {
    var error: JSON = ["code": .string(code), "message": .string(message)]
    if !details.isEmpty { error["details"] = .array(details) }
    return ARMAnswer(
      status, ["error": error], headers: headers + (isGateway ? [("x-ms-failure-cause", "gateway")] : []))
  }
}

/// What becomes of a request: an answer, or a connection that is closed without one.
package struct ARMExchange: Sendable {
  package var response: HTTPResponse
  package var body: [UInt8]
  /// Nothing of it reaches the client.
  package var isLost: Bool

  init(_ answer: ARMAnswer, requestID: String, correlationID: String) {
    var fields = HTTPFields()
    let common = [
      ("Cache-Control", "no-cache"), ("Pragma", "no-cache"), ("Expires", "-1"),
      ("Strict-Transport-Security", "max-age=31536000; includeSubDomains"), ("X-Content-Type-Options", "nosniff"),
      ("X-Cache", "CONFIG_NOCACHE"), ("x-ms-request-id", requestID), ("x-ms-correlation-request-id", correlationID),
      ("x-ms-routing-request-id", "SIMULATOR:" + requestID),
    ]
    for (name, value) in answer.headers + common {
      if let name = HTTPField.Name(name) { fields.append(HTTPField(name: name, value: value)) }
    }
    response = HTTPResponse(status: .init(code: answer.status), headerFields: fields)
    body = answer.status == 204 ? [] : answer.body
    isLost = answer.isLost
  }
}
