import FleetModel
import FoundationEssentials

extension AzureCliCredential {
  private struct Answer: Decodable {
    var accessToken: String
    /// Local time without a zone, `2026-01-31 13:37:00.000000`.
    var expiresOn: String?
    /// Seconds since 1970: az 2.54 and later.
    var end: LooseNumber?
    enum CodingKeys: String, CodingKey {
      case accessToken, expiresOn
      case end = "expires_on"
    }
  }

  /// What `az account get-access-token --output json` printed; nil where it is anything else.
  static func token(_ output: String, now: Instant, zone: DisplayZone) -> AccessToken? {
    guard let start = output.firstIndex(of: "{"),
      let answer = try? JSONDecoder().decode(Answer.self, from: Data(output[start...].utf8)),
      !answer.accessToken.isEmpty, answer.accessToken.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f })
    else { return nil }
    if let seconds = answer.end?.value {
      return AccessToken(value: answer.accessToken, expiresAt: Instant(seconds: seconds))
    }
    guard let text = answer.expiresOn, let end = local(text, zone) else { return nil }
    return AccessToken(value: answer.accessToken, expiresAt: end)
  }

  /// The instant at which clocks of a zone show a text; of the two in an hour that comes twice, the earlier.
  private static func local(_ text: String, _ zone: DisplayZone) -> Instant? {
    guard let shown = TimestampText.parseRFC3339(text + "Z") else { return nil }
    // The zone's offset depends on the instant that is looked for: a day before and after hold both candidates.
    let offsets = [-86400, 86400].map { zone.offset(at: shown + .seconds($0)) }
    let fits = offsets.map { offset in (offset, shown - .seconds(offset)) }
      .filter { zone.offset(at: $0.1) == $0.0 }.map(\.1)
    return fits.min() ?? shown - .seconds(offsets[0])
  }
}
