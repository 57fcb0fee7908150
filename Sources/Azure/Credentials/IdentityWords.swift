import FoundationEssentials

/// The error texts of identity endpoints: IMDS says `error` and `error_description`, App Service `message`.
enum IdentityWords {
  private struct Body: Decodable {
    var error: String?
    var text: String?
    var message: String?
    enum CodingKeys: String, CodingKey {
      case error, message
      case text = "error_description"
    }
  }

  /// Empty where the body is none of these.
  static func of(_ body: [UInt8]) -> String {
    guard let said = try? JSONDecoder().decode(Body.self, from: Data(body)) else { return "" }
    return said.text ?? said.message ?? said.error ?? ""
  }
}
