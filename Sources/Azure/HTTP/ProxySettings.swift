import AsyncHTTPClient
import FleetModel
import FoundationEssentials

/// The proxy of the environment: `https_proxy`, `HTTPS_PROXY`, `all_proxy`, `ALL_PROXY` (the first that is set, as curl
/// and az read them), and the hosts that `no_proxy` or `NO_PROXY` leave out.
struct ProxySettings: Sendable {
  /// nil: requests go straight to their servers.
  private(set) var proxy: HTTPClient.Configuration.Proxy?
  private var exceptions: [String] = []

  /// - Throws: where the proxy's URL is of a kind that cannot be used.
  init(environment: [String: String]) throws(AzureError) {
    let names = ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]
    guard let name = names.first(where: { environment[$0]?.isEmpty == false }), let text = environment[name] else {
      return
    }
    guard let proxy = Self.proxy(text) else {
      // The URL may hold a password: it is not shown.
      throw AzureError(
        kind: .unreachable,
        sentence: "\(name) cannot be used: write http://HOST:PORT, http://USER:PASSWORD@HOST:PORT or socks5://HOST:PORT"
      )
    }
    self.proxy = proxy
    exceptions = (environment["no_proxy"] ?? environment["NO_PROXY"] ?? "").lowercased()
      .split { $0 == "," || $0 == " " }.map(String.init)
  }

  /// Whether requests to a host go through the proxy. Never those that stay on this machine.
  func covers(host: String, port: Int) -> Bool {
    proxy != nil && !HTTPTarget.isLocal(host) && !exceptions.contains { Self.matches(host, port, $0) }
  }

  private static func proxy(_ text: String) -> HTTPClient.Configuration.Proxy? {
    guard let url = URLComponents(string: text.contains("://") ? text : "http://" + text),
      let host = url.host.map({ $0.filter { !"[]".contains($0) } }), !host.isEmpty
    else { return nil }
    switch url.scheme?.lowercased() {
    case "http":
      let login = url.user.map { HTTPClient.Authorization.basic(username: $0, password: url.password ?? "") }
      return .server(host: host, port: url.port ?? 80, authorization: login)
    case "socks5", "socks5h": return url.user == nil ? .socksServer(host: host, port: url.port ?? 1080) : nil
    default: return nil
    }
  }

  /// `*`, a name with all below it (`example.org`, `.example.org`, `*.example.org`), an address, a network
  /// (`10.0.0.0/8`), each with an optional port.
  private static func matches(_ host: String, _ port: Int, _ exception: String) -> Bool {
    if exception == "*" || exception == host { return true }
    if let slash = exception.firstIndex(of: "/") {
      guard let address = HTTPTarget.octets(host), let network = HTTPTarget.octets(String(exception[..<slash])),
        let bits = Int(exception[exception.index(after: slash)...]), (0...32).contains(bits)
      else { return false }
      let (a, b) = (number(address), number(network))
      return bits == 0 || a >> (32 - bits) == b >> (32 - bits)
    }
    guard let (name, onlyPort) = HTTPTarget.place(exception) else { return false }
    if let onlyPort, onlyPort != port { return false }
    let suffix = name.hasPrefix("*.") ? String(name.dropFirst()) : name
    return suffix.hasPrefix(".") ? host.hasSuffix(suffix) : host == suffix || host.hasSuffix("." + suffix)
  }

  private static func number(_ octets: [UInt8]) -> UInt32 { octets.reduce(0) { $0 << 8 | UInt32($1) } }
}
