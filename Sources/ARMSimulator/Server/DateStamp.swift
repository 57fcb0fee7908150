import FleetModel
import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Puts the simulated Azure's own time into `Date`, where the server's library has put this machine's.
final class DateStamp: ChannelOutboundHandler, RemovableChannelHandler {
  typealias OutboundIn = HTTPResponsePart
  typealias OutboundOut = HTTPResponsePart

  private let now: @Sendable () -> Instant

  init(now: @escaping @Sendable () -> Instant) { self.now = now }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    guard case .head(var response) = unwrapOutboundIn(data) else {
      return context.write(data, promise: promise)
    }
    response.headerFields[.date] = AzureTime.http(now())
    context.write(wrapOutboundOut(.head(response)), promise: promise)
  }
}
