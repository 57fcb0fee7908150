import FleetModel
import FoundationEssentials

/// What Entra said instead of giving a token, and what to do about it.
struct EntraRefusal {
  private struct Body: Decodable {
    var error: String?
    var text: String?
    var codes: [Int]?
    enum CodingKeys: String, CodingKey {
      case error
      case text = "error_description"
      case codes = "error_codes"
    }
  }

  let status: Int
  /// The AADSTS number; nil: it gave none.
  let code: Int?
  /// Its own words without ids and secrets, fit for a screen; may be empty.
  let words: String

  init(_ reply: HTTPReply, secrets: [Secret]) {
    status = reply.status
    let body = try? JSONDecoder().decode(Body.self, from: Data(reply.body))
    let text = body?.text ?? body?.error ?? ""
    code = body?.codes?.first ?? Self.number(in: text)
    // `AADSTS7000215: Invalid client secret provided. … Trace ID: … Correlation ID: … Timestamp: …`
    let end = text.firstRange(of: "Trace ID:")?.lowerBound ?? text.endIndex
    let said = text[..<end].split { $0 == "\r" || $0 == "\n" || $0 == "\r\n" }.joined(separator: " ")
    words = Scrubbed.line(String(said), secrets: secrets).trimmingPrefix(while: { $0 == " " }).description
  }

  /// The AADSTS number in a text; nil where it has none.
  static func number(in text: String) -> Int? {
    text.firstRange(of: "AADSTS").flatMap { Int(text[$0.upperBound...].prefix { $0.isASCII && $0.isNumber }) }
  }

  /// One sentence: what is wrong, what to do, and Entra's own words.
  func sentence(tenant: String, client: String, resource: String) -> String {
    let said = words.isEmpty ? "HTTP \(status)" : words
    guard let code, let known = Self.advice(code, SafeText.line(tenant), SafeText.line(client), SafeText.line(resource))
    else { return "the sign-in was refused: \(said)" }
    return "\(known) (\(said))"
  }

  /// The numbers that operators meet; from Microsoft's list of AADSTS errors.
  private static func advice(_ code: Int, _ tenant: String, _ client: String, _ resource: String) -> String? {
    switch code {
    case 7_000_215:
      "the client secret is wrong: AZURE_CLIENT_SECRET wants the secret's value, not its id; make a new one where it "
        + "is lost"
    case 7_000_222: "the client secret has expired: make a new one for app \(client) and set AZURE_CLIENT_SECRET"
    case 7_000_218: "the app wants a secret or a certificate and got none: set AZURE_CLIENT_SECRET"
    case 7_000_112, 700_005, 50_057: "app or account \(client) is disabled: have it enabled in Entra"
    case 700_016, 7_000_229:
      "app \(client) is not known in tenant \(tenant): check AZURE_CLIENT_ID and AZURE_TENANT_ID"
    case 90_002, 900_023, 900_021, 90_013:
      "tenant \(tenant) is not known: check AZURE_TENANT_ID, and AZURE_AUTHORITY_HOST for another cloud"
    case 700_027:
      "the certificate is not registered for app \(client), or its key does not belong to it: upload the certificate "
        + "of AZURE_CLIENT_CERTIFICATE_PATH there"
    case 700_024: "the assertion's time is not valid: check this machine's clock"
    case 700_021, 70_021, 700_211, 700_212, 700_213, 700_223:
      "no federated credential of app \(client) matches this token: check its issuer, subject and audience"
    case 500_011, 500_341: "\(resource) is not known in tenant \(tenant): check the cloud and AZLIN_ARM_ENDPOINT"
    case 50_126: "user name or password is wrong"
    case 50_076, 50_079, 50_074, 50_158: "a second factor is wanted: sign in with `az login`"
    case 50_173, 700_082, 70_043, 50_078, 50_089: "the sign-in has ended: run `az login` again"
    case 53_003, 53_000, 530_003, 50_005, 50_097:
      "conditional access refuses this sign-in: ask the tenant's administrator"
    case 65_001: "app \(client) has no consent for \(resource): have an administrator grant it"
    case 50_196, 90_033, 90_015: "Entra is busy: it is tried again later"
    default: nil
    }
  }
}
