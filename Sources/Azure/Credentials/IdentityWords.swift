import FoundationEssentials

/// The error texts of identity endpoints: IMDS says `error` and `error_description`, App Service `message`.
enum IdentityWords {
  private struct Body: Decodable {
    var error: String?
    var error_description: String?
    var message: String?
  }

  /// Empty where the body is none of these.
  static func of(_ body: [UInt8]) -> String {
    guard let said = try? JSONDecoder().decode(Body.self, from: Data(body)) else { return "" }
    return said.error_description ?? said.message ?? said.error ?? ""
  }
}
