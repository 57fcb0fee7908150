import FleetModel
import FoundationEssentials
import HTTPTypes

extension HTTPFields {
  /// The value of a field; several of one name are joined by commas.
  func value(named name: String) -> String? { HTTPField.Name(name).flatMap { self[$0] } }
}

/// What the headers of an answer tell beyond its body.
struct ReplyHeaders {
  var fields: HTTPFields

  init(_ fields: HTTPFields) { self.fields = fields }

  /// For a support case; empty: none was given.
  var requestID: String {
    let names = ["x-ms-request-id", "x-ms-arm-service-request-id", "x-ms-correlation-request-id"]
    let text = names.lazy.compactMap { fields.value(named: $0) }.first { !$0.isEmpty } ?? ""
    return SafeText.line(String(text.prefix(80)))
  }

  /// How long the service asks to wait: milliseconds first, as the service's own clients read them.
  /// - Parameter now: only where the answer has no `Date`: a date is compared with the service's clock, not with ours.
  func retryAfter(now: Instant) -> Duration? {
    for name in ["retry-after-ms", "x-ms-retry-after-ms"] {
      if let text = fields.value(named: name), let value = Double(text), value >= 0, value < 1e10 {
        return .milliseconds(Int64(value))
      }
    }
    guard let text = fields.value(named: "retry-after") else { return nil }
    if let seconds = Double(text), seconds >= 0, seconds < 1e7 { return .milliseconds(Int64(seconds * 1000)) }
    guard let then = HTTPDate.instant(text) else { return nil }
    return max(.zero, then - (date ?? now))
  }

  /// When the service made the answer, by its own clock; nil: not told, or a cache kept it (RFC 9111: `Age`).
  var servedAt: Instant? { fields.value(named: "age") == nil ? date : nil }

  private var date: Instant? { fields.value(named: "date").flatMap(HTTPDate.instant) }

  /// How long until Resource Graph's quota of this user is whole again (`00:00:05`).
  var quotaResetsAfter: Duration? {
    let fields = (fields.value(named: "x-ms-user-quota-resets-after") ?? "").split(separator: ":")
    guard fields.count == 3, let hours = Int(fields[0]), let minutes = Int(fields[1]), let seconds = Double(fields[2]),
      (0..<1000).contains(hours), (0..<60).contains(minutes), (0..<61).contains(seconds)
    else { return nil }
    return .seconds(hours * 3600 + minutes * 60) + .milliseconds(Int64(seconds * 1000))
  }

  /// What is left by each policy: `subscription-reads`, `microsoft.compute/lowcostgetresource` (lower case).
  var remaining: [(policy: String, count: Double)] {
    let prefix = "x-ms-ratelimit-remaining-"
    var found: [(policy: String, count: Double)] = []
    for field in fields {
      let name = field.name.canonicalName
      guard name.hasPrefix(prefix) else { continue }
      if name == prefix + "resource" {
        for entry in field.value.split(whereSeparator: { $0 == "," }) {
          let parts = entry.split(separator: ";").map { $0.filter { !$0.isWhitespace } }
          if parts.count == 2, let count = Double(parts[1]) { found.append((parts[0].lowercased(), count)) }
        }
      } else if let count = Double(field.value) {
        found.append((String(name.dropFirst(prefix.count)), count))
      }
    }
    if let text = fields.value(named: "x-ms-user-quota-remaining"), let count = Double(text) {
      found.append((RatePolicy.userQuota, count))
    }
    return found
  }

  /// The claims of a CAE challenge as JSON; nil: the answer has none.
  var claims: String? {
    guard let challenge = fields.value(named: "www-authenticate"),
      let start = challenge.firstRange(of: "claims=\"")?.upperBound
    else { return nil }
    // Either alphabet of base64, with or without its padding.
    let text = challenge[start...].prefix { $0 != "\"" && $0 != "=" }.replacing("-", with: "+").replacing(
      "_", with: "/")
    let padding = String(repeating: "=", count: (4 - text.count % 4) % 4)
    return Data(base64Encoded: text + padding).flatMap { String(validating: $0, as: UTF8.self) }
  }
}

/// Dates in HTTP headers: `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110; the two obsolete forms are not read).
enum HTTPDate {
  static func instant(_ text: String) -> Instant? {
    let fields = text.split(whereSeparator: { $0 == " " || $0 == "," || $0 == ":" })
    let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
    guard fields.count == 8, fields[7] == "GMT", let day = Int(fields[1]),
      let month = months.firstIndex(of: fields[2].lowercased()), let year = Int(fields[3]), let hour = Int(fields[4]),
      let minute = Int(fields[5]), let second = Int(fields[6]), (1...31).contains(day), (0...9999).contains(year),
      (0..<24).contains(hour), (0..<60).contains(minute), (0...60).contains(second)
    else { return nil }
    return CivilTime(year: year, month: month + 1, day: day, hour: hour, minute: minute, second: second).instant()
  }
}
