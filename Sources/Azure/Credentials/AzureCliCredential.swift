import Autopilot
import FleetModel
import FoundationEssentials
import GuestAccess

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The operator's own sign-in: `az account get-access-token`. The CLI keeps it; its files are never read here, for their
/// format is private.
struct AzureCliCredential: Credential {
  /// azure-identity's time; az starts in one second on a good day.
  static let timeout = Duration.seconds(10)
  private static let searchPath = "/usr/local/bin:/usr/bin:/bin"
  /// The thread that waits for az; made with the first call, for az is the last one asked.
  private static let loop = try? EpollExecutor(name: "azlin-az")

  let name = "AzureCliCredential"
  private let environment: [String: String]
  private let tenant: String?
  private let subscription: String?
  private let clock: any EngineClock
  private let timeout: Duration
  private let zone: DisplayZone

  /// - Parameters:
  ///   - subscription: whose account is asked; az takes it or the tenant, not both, and it says more.
  ///   - zone: the zone in which old versions of az write a token's end.
  init(
    environment: [String: String], tenant: String?, subscription: String?, clock: any EngineClock,
    timeout: Duration = AzureCliCredential.timeout, zone: DisplayZone = .system
  ) {
    self.environment = environment
    self.tenant = tenant.flatMap { $0.isEmpty ? nil : $0 }
    self.subscription = subscription.flatMap { $0.isEmpty ? nil : $0 }
    self.clock = clock
    self.timeout = timeout
    self.zone = zone
  }

  func token(_ demand: TokenDemand) async throws(CredentialError.Attempt) -> AccessToken {
    guard let program = Self.find("az", in: environment["PATH"] ?? Self.searchPath) else {
      throw absent("the Azure CLI (az) is not on PATH: install it and run `az login`")
    }
    if let claims = demand.claims { throw refused(claimsSentence(claims, demand)) }
    guard let loop = Self.loop else { throw absent("no thread could be started to wait for az: raise the limits") }
    // In a folder of the system: az is a Python program, and Python reads modules from where it is started.
    let command = LocalCommand(
      "/bin/sh", ["-c", "cd /bin && exec \"$0\" \"$@\"", program] + (try arguments(demand)),
      environment: environment.merging(["AZURE_CORE_NO_COLOR": "true"]) { $1 })
    switch await command.run(until: .now + timeout, on: loop) {
    case .timedOut:
      throw absent(
        "az gave no answer within \(DurationText.text(timeout)) and was stopped: try `az account get-access-token`")
    case .failed(let problem): throw absent("az cannot be run: \(Scrubbed.line(problem))")
    case .exited(0, let output, _):
      guard let token = Self.token(output, now: clock.now(), zone: zone) else {
        throw absent("az answered something that is no token: try `az account get-access-token`, or update az")
      }
      return token
    case .exited(let status, _, let errors): throw complaint(status, errors)
    }
  }

  private func arguments(_ demand: TokenDemand) throws(CredentialError.Attempt) -> [String] {
    var arguments = ["account", "get-access-token", "--output", "json", "--resource", demand.resource]
    if let subscription {
      guard Self.isPlain(subscription, also: " _") else {
        throw refused(
          "the subscription \(SafeText.line(subscription)) is neither an id nor a name that az can be asked for")
      }
      arguments += ["--subscription", subscription]
    } else if let tenant {
      guard Self.isPlain(tenant, also: "") else {
        throw refused("the tenant \(SafeText.line(tenant)) is neither an id nor a domain name: check it")
      }
      arguments += ["--tenant", tenant]
    }
    return arguments
  }

  private func complaint(_ status: Int, _ errors: String) -> CredentialError.Attempt {
    if status == 127 { return absent("the Azure CLI (az) cannot be run here: install it anew") }
    let login = "az login" + (tenant.map { " --tenant \(SafeText.line($0))" } ?? "")
    if let code = EntraRefusal.number(in: errors) {
      return refused("the sign-in of az is refused (AADSTS\(code)): run `\(login)`")
    }
    if let subscription, Self.isUnknownSubscription(errors) {
      return absent(
        "az does not know subscription \(SafeText.line(subscription)): run `\(login)` with an account that may see it")
    }
    if errors.contains("az login") || errors.contains("az account set") {
      return absent("nobody is signed in: run `\(login)`")
    }
    // az marks its message; where it does not, the last line is it: before it may stand warnings of Python and az.
    let lines = errors.split(whereSeparator: \.isNewline).filter { !$0.allSatisfy(\.isWhitespace) }
    let last = lines.last { $0.hasPrefix("ERROR:") } ?? lines.last ?? ""
    return absent("az ended with status \(status)" + (last.isEmpty ? "" : ": " + Scrubbed.line(String(last))))
  }

  /// `Subscription 'x' not found.`, `The subscription of 'x' doesn't exist in cloud 'AzureCloud'.`
  private static func isUnknownSubscription(_ errors: String) -> Bool {
    errors.lowercased().contains("subscription")
      && (errors.contains("not found") || errors.contains("doesn't exist"))
  }

  /// az cannot take a challenge for a token, but its sign-in can (2.76 and later).
  private func claimsSentence(_ claims: String, _ demand: TokenDemand) -> String {
    "Azure wants a fresh sign-in (a claims challenge): run `az login"
      + (tenant.map { " --tenant \(SafeText.line($0))" } ?? "")
      + " --scope \(SafeText.line(demand.scope)) --claims-challenge \(Data(claims.utf8).base64EncodedString())` "
      + "(az 2.76 or later)"
  }

  private static func isPlain(_ text: String, also more: String) -> Bool {
    !text.hasPrefix("-")
      && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) || "-.".contains($0) || more.contains($0) }
  }

  /// The first executable file of a name; relative folders are left out, as they depend on where azlin was started.
  private static func find(_ name: String, in searchPath: String) -> String? {
    searchPath.split(separator: ":").filter { $0.hasPrefix("/") }.map { "\($0)/\(name)" }.first { path in
      var status = stat()
      return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG && access(path, X_OK) == 0
    }
  }
}

extension AzureCliCredential: CustomStringConvertible, CustomReflectable {
  var description: String { name }
  /// The environment may hold other credentials' secrets.
  var customMirror: Mirror { Mirror(self, children: []) }
}
