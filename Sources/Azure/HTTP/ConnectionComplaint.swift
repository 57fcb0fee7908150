import AsyncHTTPClient
import FleetModel
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Errors of the network as sentences for an operator.
struct ConnectionComplaint {
  var target: HTTPTarget
  var timeout: Duration
  var wasSent: Bool
  /// Names the proxy's variable where the request went through it.
  var isProxied: Bool

  /// What happened, and what to do about it.
  func sentence(for error: any Error) -> String { "\(SafeText.line(target.shown)): \(problem(error))" }

  private var way: String {
    if HTTPTarget.isLoopback(target.host) { return "whether its program runs" }
    return isProxied ? "the proxy of HTTPS_PROXY" : "the network, a firewall or HTTPS_PROXY"
  }

  private func problem(_ error: any Error) -> String {
    switch error {
    case is HTTPExchange.BodyTooLarge:
      return "its answer is longer than \(AsyncHTTPTransport.bodyLimit >> 20) MiB and was thrown away"
    case let error as HTTPClientError: return problem(error)
    case let error as NIOConnectionError:
      if let first = error.connectionErrors.first { return problem(first.error) }
      return nameProblem
    case let error as IOError: return problem(errno: error.errnoCode)
    case let error as NIOSSLExtraError where error == .failedToValidateHostname:
      return "its certificate is for another name: check the address, and who answers at it"
    case is NIOSSLError, is NIOSSLExtraError, is BoringSSLError: return tlsProblem("\(error)")
    case is SocketAddressError: return nameProblem
    case ChannelError.connectTimeout: return connectTimeout
    case is HTTPParserError: return "what it answered is not HTTP: check the address and the port"
    default:
      // Never the error's own text: it may hold what was sent.
      return wasSent
        ? "the connection broke before the answer was complete" : "no connection could be made: check \(way)"
    }
  }

  private var nameProblem: String {
    "the name could not be looked up; check DNS and the spelling"
      + (isProxied ? " of the proxy in HTTPS_PROXY" : ", or set HTTPS_PROXY where the way out is a proxy")
  }

  private var connectTimeout: String { "no connection came about in time; check \(way)" }

  private func problem(_ error: HTTPClientError) -> String {
    switch error {
    case .deadlineExceeded, .readTimeout, .writeTimeout, .getConnectionFromPoolTimeout:
      return wasSent
        ? "no complete answer within \(DurationText.text(timeout))"
        : "no connection within \(DurationText.text(timeout)); check \(way)"
    case .connectTimeout: return connectTimeout
    case .tlsHandshakeTimeout: return "no secure connection came about in time (TLS); check \(way)"
    case .httpProxyHandshakeTimeout, .socksHandshakeTimeout:
      return "the proxy of HTTPS_PROXY did not answer in time"
    case .proxyAuthenticationRequired:
      return "the proxy wants a user name and a password: HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT"
    case .remoteConnectionClosed:
      return wasSent
        ? "the connection was closed before the answer was complete" : "the connection was closed; check \(way)"
    case .alreadyShutdown, .cancelled: return "azlin is ending"
    case .invalidURL, .emptyHost, .emptyScheme: return "the address cannot be understood"
    default:
      if error == .invalidProxyResponse || isProxied && !wasSent {
        return "the proxy of HTTPS_PROXY refused to connect to it"
      }
      return wasSent
        ? "the connection broke before the answer was complete" : "no connection could be made: check \(way)"
    }
  }

  private func problem(errno code: Int32) -> String {
    switch code {
    case ECONNREFUSED: return "nothing listens there (connection refused); check the address, the port and \(way)"
    case ETIMEDOUT: return connectTimeout
    case ENETUNREACH, EHOSTUNREACH, ENETDOWN: return "no route leads there; check this machine's network"
    case EMFILE, ENFILE: return "azlin has no file descriptors left; raise the limit of open files"
    default:
      let text = String(cString: strerror(code))
      return wasSent
        ? "the connection broke before the answer was complete (\(text))"
        : "no connection could be made (\(text)); check \(way)"
    }
  }

  private func tlsProblem(_ text: String) -> String {
    if text.contains("CERTIFICATE_VERIFY_FAILED") || text.contains("nableToValidateCertificate") {
      return "its certificate is not signed by an authority this machine trusts, or has expired; where a company's "
        + "proxy or an own server signs, put its CA certificate (PEM) into a file and set AZLIN_CA_FILE to it"
    }
    return wasSent
      ? "the secure connection broke before the answer was complete"
      : "no secure connection came about (TLS); check the address, the port and what sits between"
  }
}
