import AsyncHTTPClient
import FleetModel
import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization

/// The way over the network: AsyncHTTPClient with HTTP/1.1, kept-alive connections, no redirects and no retries of its
/// own, so that those above know what was sent how often.
///
/// One for the process. `AZLIN_CA_FILE` (PEM) adds authorities to the system's; `HTTPS_PROXY` and `NO_PROXY` are
/// honoured, but never for loopback and link-local addresses.
package final class AsyncHTTPTransport: HTTPTransport {
  /// 64 MiB, unpacked: a page of 1,000 machines has about 5.
  package static let bodyLimit = 64 << 20
  /// Connections kept to one host; AsyncHTTPClient's own 8 would make a fleet's calls queue up.
  private static let connectionsPerHost = 64
  /// Azure's front ends close idle connections after 2 to 4 minutes: ours are gone before, so that no request goes out
  /// on one that is just being closed.
  private static let idleTime = TimeAmount.seconds(50)
  private static let connectTime = TimeAmount.seconds(10)
  private static let group = MultiThreadedEventLoopGroup.singleton
  private static let endTime = Duration.seconds(1)

  private let direct: HTTPClient
  /// nil: there is no proxy.
  private let proxied: HTTPClient?
  private let proxySettings: ProxySettings
  private let bodyLimit: Int
  private let end = Mutex<Task<Void, Never>?>(nil)

  /// - Parameters:
  ///   - environment: where `AZLIN_CA_FILE`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` are read.
  ///   - bodyLimit: the longest answer in bytes.
  /// - Throws: where the CA file or the proxy's URL cannot be used.
  package init(environment: [String: String], bodyLimit: Int = AsyncHTTPTransport.bodyLimit) throws(AzureError) {
    proxySettings = try ProxySettings(environment: environment)
    var tls = TLSConfiguration.makeClientConfiguration()
    if let path = environment["AZLIN_CA_FILE"], !path.isEmpty {
      tls.additionalTrustRoots = [.certificates(try Self.authorities(path))]
    }
    var configuration = HTTPClient.Configuration(
      tlsConfiguration: tls, redirectConfiguration: .disallow,
      timeout: .init(connect: Self.connectTime),
      connectionPool: .init(
        idleTimeout: Self.idleTime, concurrentHTTP1ConnectionsPerHostSoftLimit: Self.connectionsPerHost),
      decompression: .enabled(limit: .size(bodyLimit)))
    configuration.connectionPool.retryConnectionEstablishment = false
    configuration.httpVersion = .http1Only
    direct = HTTPClient(eventLoopGroupProvider: .shared(Self.group), configuration: configuration)
    if let proxy = proxySettings.proxy {
      configuration.proxy = proxy
      proxied = HTTPClient(eventLoopGroupProvider: .shared(Self.group), configuration: configuration)
    } else {
      proxied = nil
    }
    self.bodyLimit = bodyLimit
  }

  deinit {
    // A client that ends without being shut down traps in debug builds.
    _ = ending()
  }

  /// Closes all connections; requests under way fail. One that is just being made is waited for no longer than a second.
  package func shutdown() async {
    let (ended, signal) = AsyncStream<Void>.makeStream()
    let ending = ending()
    Task {
      await ending.value
      signal.finish()
    }
    let patience = Task {
      try await Task.sleep(for: Self.endTime)
      signal.finish()
    }
    for await _ in ended {}
    patience.cancel()
  }

  /// In a task of its own, which keeps the clients until they have ended; once.
  private func ending() -> Task<Void, Never> {
    let clients = [direct, proxied].compactMap { $0 }
    return end.withLock { end in
      if let end { return end }
      let task = Task {
        for client in clients { try? await client.shutdown() }
      }
      end = task
      return task
    }
  }

  package func send(
    _ request: HTTPRequest, body: [UInt8], timeout: Duration
  ) async throws(TransportFailure) -> HTTPReply {
    let target = try HTTPTarget(request)
    if Task.isCancelled { throw TransportFailure(.cancelled, "\(SafeText.line(target.shown)): no longer wanted") }
    let way = proxySettings.covers(host: target.host, port: target.port ?? (target.isSecure ? 443 : 80)) ? proxied : nil
    let exchange = HTTPExchange(bodyLimit: bodyLimit)
    do {
      let asked = try HTTPClient.Request(
        url: target.url, method: HTTPMethod(rawValue: request.method.rawValue), headers: Self.headers(of: request),
        body: body.isEmpty ? nil : .byteBuffer(ByteBuffer(bytes: body)))
      return try await withTaskCancellationHandler {
        let task = (way ?? direct).execute(request: asked, delegate: exchange, deadline: .now() + TimeAmount(timeout))
        exchange.started(task)
        return try await task.get()
      } onCancel: {
        exchange.cancel()
      }
    } catch {
      if exchange.wasCancelled {
        throw TransportFailure(.cancelled, "\(SafeText.line(target.shown)): no longer wanted")
      }
      if !exchange.wasSent { await Self.settle() }
      let wasSent = exchange.wasSent
      let complaint = ConnectionComplaint(target: target, timeout: timeout, wasSent: wasSent, isProxied: way != nil)
      throw TransportFailure(wasSent ? .lost : .notSent, complaint.sentence(for: error))
    }
  }

  /// Lets every event loop come to an end with what it has begun, twice: a connection's loop tells the request's loop that
  /// it was sent, and a time-out on the latter may have overtaken that news.
  private static func settle() async {
    for _ in 0..<2 { for loop in group.makeIterator() { try? await loop.submit {}.get() } }
  }

  private static func headers(of request: HTTPRequest) -> HTTPHeaders {
    var headers = HTTPHeaders()
    for field in request.headerFields { headers.add(name: field.name.rawName, value: field.value) }
    if !headers.contains(name: "accept-encoding") { headers.add(name: "Accept-Encoding", value: "gzip") }
    return headers
  }

  private static func authorities(_ path: String) throws(AzureError) -> [NIOSSLCertificate] {
    let certificates: [NIOSSLCertificate]
    do { certificates = try NIOSSLCertificate.fromPEMFile(path) } catch {
      throw AzureError(
        kind: .unreachable,
        sentence: "AZLIN_CA_FILE \(SafeText.line(path)) cannot be read as PEM certificates: check the path, and that "
          + "the file begins with -----BEGIN CERTIFICATE-----")
    }
    guard certificates.isEmpty else { return certificates }
    throw AzureError(kind: .unreachable, sentence: "AZLIN_CA_FILE \(SafeText.line(path)) holds no certificate")
  }
}
