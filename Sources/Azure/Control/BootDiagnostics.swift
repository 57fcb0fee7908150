import FleetModel
import HTTPTypes

/// What a machine wrote to its serial console, for a machine that no other way reaches.
package struct BootDiagnostics: Sendable {
  /// The log's end that is kept.
  package static let tail = 256 * 1024
  private let caller: any ARMCaller
  private let transport: any HTTPTransport
  private let allowsPlainHTTP: Bool

  /// - Parameters:
  ///   - transport: for the blob store, which takes the link's own signature and must not see our token.
  ///   - allowsPlainHTTP: only against a Resource Manager on loopback.
  package init(caller: any ARMCaller, transport: any HTTPTransport, allowsPlainHTTP: Bool = false) {
    self.caller = caller
    self.transport = transport
    self.allowsPlainHTTP = allowsPlainHTTP
  }

  /// The end of the serial log, safe to show, line ends kept; it is about a minute behind.
  package func serialLog(of vm: ResourcePath) async throws(AzureError) -> String {
    let reply = try await caller.call(ComputeRequests.bootDiagnostics(vm, minutes: 5))
    let links = try JSONText.value(Links.self, reply, "the question for boot diagnostics")
    guard let link = links.serialConsoleLogBlobUri, !link.isEmpty else {
      throw AzureError(
        kind: .notFound,
        sentence: "the VM has no serial log: switch boot diagnostics on (az vm boot-diagnostics enable)")
    }
    guard let request = Self.request(link, allowsPlainHTTP: allowsPlainHTTP) else {
      throw AzureError(kind: .unreadable, sentence: "the link to the serial log is no https link: it was not followed")
    }
    let blob: HTTPReply
    do { blob = try await transport.send(request, body: [], timeout: .seconds(30)) } catch {
      throw AzureError(
        kind: error.kind == .cancelled ? .cancelled : .unreachable,
        sentence: "the serial log could not be fetched from \(SafeText.line(request.authority ?? "")): check that the "
          + "blob store can be reached from here")
    }
    guard blob.status == 200 else {
      throw AzureError(
        kind: .serverFault, status: blob.status,
        sentence: "the blob store of the serial log answered \(blob.status): try again in a minute")
    }
    return SafeText.lines(bytes: blob.body.suffix(Self.tail))
  }

  /// The GET of a link: no header of ours beyond it.
  static func request(_ link: String, allowsPlainHTTP: Bool) -> HTTPRequest? {
    guard let colon = link.firstRange(of: "://") else { return nil }
    let scheme = link[..<colon.lowerBound].lowercased()
    guard scheme == "https" || (allowsPlainHTTP && scheme == "http") else { return nil }
    let rest = link[colon.upperBound...]
    let slash = rest.firstIndex(of: "/") ?? rest.endIndex
    let authority = String(rest[..<slash])
    guard !authority.isEmpty, !authority.contains("@") else { return nil }
    return HTTPRequest(
      method: .get, scheme: scheme, authority: authority, path: slash == rest.endIndex ? "/" : String(rest[slash...]))
  }

  /// Where the blobs lie; both links are as good as a password for a while.
  struct Links: Decodable {
    var consoleScreenshotBlobUri: String?
    var serialConsoleLogBlobUri: String?
  }
}
