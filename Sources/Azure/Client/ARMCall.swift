import FleetModel
import FoundationEssentials
import HTTPTypes

extension ARMClient {
  /// A new client request id.
  static func newID() -> String { UUID().uuidString.lowercased() }

  /// One call on its way: what is known of it from its first try to its last.
  struct Call {
    let request: ARMRequest
    let address: ARMAddress
    /// For an operator: `restart of virtual machine web/a`.
    let what: String
    let id: String
    let notAfter: Instant
    let audience: String
    let rate: RateClass
    var tries = 0
    /// A CAE challenge to be answered with the next token.
    var claims: String?
    /// The token that the last answer did not accept.
    var rejected: AccessToken?
    var wasChallenged = false
    var wasRefreshed = false

    init(_ request: ARMRequest, _ cloud: Cloud, id: String, notAfter: Instant) throws(AzureError) {
      self.request = request
      self.id = id
      self.notAfter = notAfter
      address = try ARMAddress(request, cloud)
      audience = request.audience ?? cloud.audience
      what = ARMRoute(request.method, address.plainPath).words(request.method)
      rate = RateClass(request.method, path: address.plainPath, audience: request.audience)
    }

    /// The request as it is sent.
    func http(_ token: AccessToken) -> HTTPRequest {
      var fields = HTTPFields()
      fields[.accept] = "application/json"
      fields[.authorization] = "Bearer " + token.value
      fields[.userAgent] = ARMClient.userAgent
      if let name = HTTPField.Name("x-ms-client-request-id") { fields[name] = id }
      if request.body != nil {
        fields[.contentType] = "application/json"
      } else if request.method != .get, request.method != .head {
        fields[.contentLength] = "0"
      }
      for field in request.headers { fields[field.name] = field.value }
      return HTTPRequest(
        method: request.method, scheme: address.scheme, authority: address.authority, path: address.path,
        headerFields: fields)
    }
  }
}
