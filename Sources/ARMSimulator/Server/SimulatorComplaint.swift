import AsyncHTTPClient
import FleetModel
import Glibc
import NIOCore
import NIOPosix
import NIOSSL

/// Errors of the simulator's sockets as sentences; never the libraries' own text.
enum SimulatorComplaint {
  /// Why a port cannot be listened on.
  static func ofListening(_ error: any Error) -> String {
    guard let error = error as? IOError else { return "the server could not begin" }
    switch error.errnoCode {
    case EADDRINUSE: return "another program listens there"
    case EACCES: return "this user may not use that port"
    default: return String(cString: strerror(error.errnoCode))
    }
  }

  /// Why a director was not heard at a URL.
  static func ofAsking(_ error: any Error, at endpoint: String) -> String {
    let endpoint = SafeText.line(endpoint)
    let remedy = "start one with azlin simulate serve, or give the URL that it printed as arm with --endpoint"
    switch error {
    case let error as NIOConnectionError:
      guard let first = error.connectionErrors.first else { break }
      return ofAsking(first.error, at: endpoint)
    case let error as IOError where error.errnoCode == ECONNREFUSED:
      return "no simulator listens at \(endpoint): \(remedy)"
    case is NIOSSLError, is NIOSSLExtraError, is BoringSSLError:
      return "\(endpoint) shows no certificate that is trusted here: set AZLIN_CA_FILE to the one that azlin simulate "
        + "serve --tls printed, or give an http URL where it serves plain http"
    case let error as HTTPClientError where [.deadlineExceeded, .connectTimeout, .readTimeout].contains(error):
      return "\(endpoint) did not answer within 10 s: \(remedy)"
    default: break
    }
    return "what listens at \(endpoint) is no azlin simulator: \(remedy)"
  }
}
