/// What a free text of a policy must look like. Texts reach argument lists, addresses and queries of other programs,
/// so each kind says what it lets through.
public enum PolicyTextRule: Hashable, Sendable {
  case userName
  /// Absolute, or below the home directory.
  case path
  /// `public`, `private`, or a literal address.
  case address
  case host
  case proxy
  case timeZone
  case email
  /// `host:port`, or `:port`.
  case listen
  /// The fleet's query language.
  case query

  /// A clause for messages, help and the form.
  public var allowed: String {
    switch self {
    case .userName: "a user name (letters, digits, . _ @ + -)"
    case .path: "a path that begins with / or ~/"
    case .address: "public, private, a host name or an IP address"
    case .host: "a host name or an IP address"
    case .proxy: "none, bastion, socks5://HOST:PORT or jump:HOST"
    case .timeZone: "UTC, or a zone's name such as Europe/Berlin"
    case .email: "an email address"
    case .listen: "HOST:PORT, or :PORT for every address"
    case .query: "a query, such as tag.env=prod and not rg~test"
    }
  }

  /// What is wrong with a text, a clause after the text; nil: nothing.
  public func problem(with text: String) -> String? {
    if text.utf8.count > 1024 { return "is longer than 1024 bytes" }
    if !SafeText.isPlain(text) { return "holds control or hidden characters" }
    // Nothing that another program could take for one of its options.
    if self != .query, text.hasPrefix("-") { return "begins with a dash" }
    switch self {
    case .userName: return Self.consists(text, of: ".@+-_") ? nil : "is not a user name"
    case .path: return text.hasPrefix("/") || text.hasPrefix("~/") ? nil : "is not an absolute path"
    case .address, .host: return Self.isHost(text) ? nil : "is not an address"
    case .proxy: return isProxy(text) ? nil : "is not a proxy"
    case .timeZone: return isTimeZone(text) ? nil : "is not a time zone"
    case .email: return isEmail(text) ? nil : "is not an email address"
    case .listen: return isListen(text) ? nil : "is not an address to listen on"
    case .query:
      do {
        _ = try FleetQuery(text)
        return nil
      } catch { return "is not a query: \(error)" }
    }
  }

  private static func consists(_ text: some StringProtocol, of others: String) -> Bool {
    !text.isEmpty && text.allSatisfy { ($0.isASCII && ($0.isLetter || $0.isNumber)) || others.contains($0) }
  }

  private static func isHost(_ text: some StringProtocol) -> Bool {
    text.utf8.count <= 255 && consists(text, of: ".:_%-") && !text.hasPrefix("-")
  }

  private static func isPort(_ text: some StringProtocol) -> Bool {
    text.allSatisfy { $0.isASCII && $0.isNumber } && Int(text).map { (1...65535).contains($0) } ?? false
  }

  private func isProxy(_ text: String) -> Bool {
    if text == "none" || text == "bastion" { return true }
    if text.hasPrefix("jump:") { return Self.isHost(text.dropFirst(5)) }
    guard text.hasPrefix("socks5://") else { return false }
    return Self.isHostAndPort(text.dropFirst(9), needsHost: true)
  }

  private static func isHostAndPort(_ text: some StringProtocol, needsHost: Bool) -> Bool {
    guard let colon = text.lastIndex(of: ":") else { return false }
    let host = text[..<colon]
    let inside = host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : String(host)
    return isPort(text[text.index(after: colon)...]) && (isHost(inside) || (inside.isEmpty && !needsHost))
  }

  private func isListen(_ text: String) -> Bool { Self.isHostAndPort(text, needsHost: false) }

  private func isTimeZone(_ text: String) -> Bool {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    return (1...3).contains(parts.count) && parts.allSatisfy { Self.consists($0, of: "_+-") && $0.first != "-" }
  }

  private func isEmail(_ text: String) -> Bool {
    let parts = text.split(separator: "@", omittingEmptySubsequences: false)
    return parts.count == 2 && !parts[0].isEmpty && !text.contains { " ,;<>\"()\\".contains($0) }
      && Self.isHost(parts[1])
  }
}
