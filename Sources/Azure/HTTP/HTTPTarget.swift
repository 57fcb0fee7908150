import HTTPTypes

/// Where a request goes, judged before anything is sent: which hosts are this machine's own, and where a bearer token
/// may travel without TLS.
struct HTTPTarget: Hashable, Sendable {
  var isSecure: Bool
  /// Lower case, without the brackets of an IPv6 address.
  var host: String
  /// nil: the scheme's own.
  var port: Int?
  /// The whole URL, word for word.
  var url: String

  /// - Throws: of kind `notSent` for what is no URL of a web server, and for plain HTTP to another machine.
  init(_ request: HTTPRequest) throws(TransportFailure) {
    let scheme = request.scheme?.lowercased() ?? ""
    let authority = request.authority ?? ""
    guard scheme == "https" || scheme == "http", let place = Self.place(authority) else {
      throw TransportFailure(.notSent, "a request without a usable address was not sent: this is a fault of azlin")
    }
    isSecure = scheme == "https"
    host = place.host
    port = place.port
    url = scheme + "://" + authority + (request.path ?? "/")
    guard isSecure || Self.isLocal(host) else {
      throw TransportFailure(
        .notSent,
        "\(host): a token would travel unprotected over plain http: use https (http is for this machine's own addresses)"
      )
    }
  }

  /// How the host is named to an operator.
  var shown: String { port.map { "\(host):\($0)" } ?? host }

  /// Host and port of `host`, `host:8080`, `[::1]:8080`; nil for anything else.
  static func place(_ authority: String) -> (host: String, port: Int?)? {
    let text = authority.lowercased()
    guard !text.isEmpty, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f && !"@/?#\\\"<>^`{|}%".utf8.contains($0) })
    else { return nil }
    var host = text[...]
    var rest: Substring = ""
    if text.hasPrefix("[") {
      guard let end = text.firstIndex(of: "]") else { return nil }
      host = text[text.index(after: text.startIndex)..<end]
      rest = text[text.index(after: end)...]
      guard host.contains(":") else { return nil }
    } else if let colon = text.firstIndex(of: ":") {
      host = text[..<colon]
      rest = text[colon...]
    }
    guard !host.isEmpty else { return nil }
    if rest.isEmpty { return (String(host), nil) }
    guard rest.hasPrefix(":"), let port = Int(rest.dropFirst()), (1...65535).contains(port) else { return nil }
    return (String(host), port)
  }

  /// Whether a host is this machine.
  static func isLoopback(_ host: String) -> Bool {
    host == "localhost" || host == "::1" || octets(host)?.first == 127
  }

  /// Whether what is sent to a host stays on this machine and its host: loopback, and the link-local addresses at which
  /// Azure gives machines their identity (IMDS at 169.254.169.254, App Service's token endpoint).
  static func isLocal(_ host: String) -> Bool {
    isLoopback(host) || octets(host)?.prefix(2) == [169, 254]
  }

  /// The four bytes of a dotted IPv4 address; nil for anything else.
  static func octets(_ host: String) -> [UInt8]? {
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    let bytes = parts.compactMap { part in part.allSatisfy(\.isASCII) && part.count <= 3 ? UInt8(part) : nil }
    return parts.count == 4 && bytes.count == 4 ? bytes : nil
  }
}
