/// An extension of a virtual machine, as the service lists it.
struct ListedExtension: Decodable, Sendable {
  struct Properties: Decodable, Sendable {
    var publisher: String?
    var type: String?
    var typeHandlerVersion: String?
    var provisioningState: String?
    var forceUpdateTag: String?
    var instanceView: View?
  }
  struct View: Decodable, Sendable {
    struct Status: Decodable, Sendable {
      var code: String?
      var displayStatus: String?
      var message: String?
    }
    var statuses: [Status]?
  }
  var name: String?
  var properties: Properties?
}

/// The extensions of one machine.
struct ListedExtensions: Decodable, Sendable { var value: [ListedExtension]? }
