import HTTPTypes
import Hummingbird
import NIOCore

/// A request's way from the socket to the simulator and back.
struct ARMResponder: HTTPResponder {
  typealias Context = ARMRequestContext
  /// Larger requests are refused.
  private static let largestBody = 4 * 1024 * 1024

  let scheme: String
  let answer: @Sendable (HTTPRequest, [UInt8], String) -> ARMExchange

  func respond(to request: Request, context: Context) async throws -> Response {
    let buffer: ByteBuffer
    do { buffer = try await request.body.collect(upTo: Self.largestBody) } catch is NIOTooManyBytesError {
      return Response(status: .contentTooLarge)
    }
    let authority = request.head.authority ?? "127.0.0.1"
    let exchange = answer(request.head, Array(buffer.readableBytesView), "\(scheme)://\(authority)")
    if exchange.isLost {
      // The connection goes, and with it the answer.
      try await context.channel.close()
      return Response(status: .serviceUnavailable)
    }
    return Response(
      status: exchange.response.status, headers: exchange.response.headerFields,
      body: exchange.body.isEmpty ? .init() : .init(byteBuffer: ByteBuffer(bytes: exchange.body)))
  }
}

/// What a request carries on its way: the connection, so that it can be cut.
struct ARMRequestContext: RequestContext {
  var coreContext: CoreRequestContextStorage
  let channel: any Channel

  init(source: ApplicationRequestContextSource) {
    coreContext = .init(source: source)
    channel = source.channel
  }
}
