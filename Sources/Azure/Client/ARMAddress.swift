import FleetModel
import HTTPTypes

/// Where a request goes, made of its target: a path below the cloud's endpoint, or a URL that the service gave us.
///
/// A token goes with every request, so a URL on any other host is refused (semantics 9: a reply does not choose who
/// gets the token).
struct ARMAddress: Hashable, Sendable {
  var scheme: String
  var authority: String
  /// Path and query, as sent.
  var path: String

  /// The path without its query: what may be logged.
  var plainPath: String { String(path.prefix { $0 != "?" && $0 != "#" }) }

  /// - Throws: of kind `unreadable` where the target's host is not the cloud's.
  init(_ request: ARMRequest, _ cloud: Cloud) throws(AzureError) {
    let endpoint = Self.parts(cloud.resourceManager)
    let target = request.target
    guard target.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7f && $0 != 0x5c }) else {
      throw Self.refusal("it holds characters that no URL has")
    }
    if target.hasPrefix("/"), !target.hasPrefix("//"), let endpoint {
      scheme = endpoint.scheme
      authority = endpoint.authority
      path = endpoint.path + target
    } else if let parts = Self.parts(target) {
      guard let endpoint, Self.isSame(parts, endpoint) || Self.isMetrics(parts, request, cloud) else {
        throw Self.refusal("its host \(SafeText.line(String(parts.authority.prefix(120)))) is not the cloud's own")
      }
      scheme = parts.scheme
      authority = parts.authority
      path = parts.path.isEmpty ? "/" : parts.path
    } else {
      throw Self.refusal("it is no URL")
    }
    guard !request.query.isEmpty else { return }
    let query = request.query.map { Self.name($0.name) + "=" + ResourcePath.encoded($0.value) }.joined(separator: "&")
    path += (path.contains("?") ? "&" : "?") + query
  }

  /// Azure's own query options begin with a dollar, and are sent so by its clients.
  private static func name(_ text: String) -> String {
    text.hasPrefix("$") ? "$" + ResourcePath.encoded(String(text.dropFirst())) : ResourcePath.encoded(text)
  }

  private static func refusal(_ why: String) -> AzureError {
    AzureError(
      kind: .unreadable,
      sentence: "an address that Azure gave was not followed, because \(why): check who answers for the endpoint")
  }

  private struct Parts {
    var scheme: String
    var authority: String
    var path: String

    var host: Substring {
      // An IPv6 address is in brackets, so the last colon after them begins the port.
      let end = authority.lastIndex(of: ":").flatMap { authority[$0...].contains("]") ? nil : $0 }
      return authority[..<(end ?? authority.endIndex)]
    }
    var port: Substring {
      let rest = authority[host.endIndex...].dropFirst()
      return rest.isEmpty ? (scheme == "https" ? "443" : "80") : rest
    }
  }

  private static func parts(_ url: String) -> Parts? {
    guard let mark = url.firstRange(of: "://") else { return nil }
    let scheme = url[..<mark.lowerBound].lowercased()
    guard scheme == "https" || scheme == "http" else { return nil }
    let rest = url[mark.upperBound...]
    let end = rest.firstIndex { $0 == "/" || $0 == "?" || $0 == "#" } ?? rest.endIndex
    let authority = rest[..<end].lowercased()
    guard !authority.isEmpty, !authority.contains("@") else { return nil }
    var path = String(rest[end...].prefix { $0 != "#" })
    if path.hasPrefix("?") { path = "/" + path }
    return Parts(scheme: scheme, authority: authority, path: path)
  }

  private static func isSame(_ a: Parts, _ b: Parts) -> Bool {
    a.scheme == b.scheme && a.host == b.host && a.port == b.port
  }

  /// The metrics data plane has a host a region, and an audience of its own.
  private static func isMetrics(_ parts: Parts, _ request: ARMRequest, _ cloud: Cloud) -> Bool {
    let suffix = cloud.metricsSuffix.lowercased()
    return !suffix.isEmpty && request.audience?.lowercased() == "https://" + suffix && parts.scheme == "https"
      && parts.host.hasSuffix("." + suffix) && parts.port == "443"
  }
}
