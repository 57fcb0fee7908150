import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization

/// A web server on 127.0.0.1 that does as its test says.
final class LoopbackServer: Sendable {
  struct Received: Sendable {
    var head: HTTPRequestHead
    var body: [UInt8]
  }
  enum Act: Sendable {
    case answer(Int, [(String, String)] = [], [UInt8] = [])
    /// A head that promises more than comes, then the end.
    case breakOff
    case close
    case silence
  }

  private struct State {
    var connections = 0
    var received: [Received] = []
  }
  private final class Log: Sendable {
    let state = Mutex(State())
  }

  private let log: Log
  private let channel: any Channel
  private let isSecure: Bool

  private init(_ channel: any Channel, _ log: Log, isSecure: Bool) {
    self.channel = channel
    self.log = log
    self.isSecure = isSecure
  }

  var port: Int { channel.localAddress?.port ?? 0 }
  var authority: String { "127.0.0.1:\(port)" }
  var connections: Int { log.state.withLock { $0.connections } }
  var received: [Received] { log.state.withLock { $0.received } }

  static func start(
    tls: NIOSSLContext? = nil, _ act: @escaping @Sendable (Received) -> Act
  ) async throws -> LoopbackServer {
    let log = Log()
    let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          log.state.withLock { $0.connections += 1 }
          if let tls { try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls)) }
          try channel.pipeline.syncOperations.configureHTTPServerPipeline()
          try channel.pipeline.syncOperations.addHandler(
            Handler { received in
              log.state.withLock { $0.received.append(received) }
              return act(received)
            })
        }
      }
      .bind(host: "127.0.0.1", port: 0).get()
    return LoopbackServer(channel, log, isSecure: tls != nil)
  }

  func stop() async { try? await channel.close() }

  private final class Handler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart
    private let act: @Sendable (Received) -> Act
    private var received: Received?

    init(_ act: @escaping @Sendable (Received) -> Act) { self.act = act }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      switch unwrapInboundIn(data) {
      case .head(let head): received = Received(head: head, body: [])
      case .body(let buffer): received?.body += buffer.readableBytesView
      case .end:
        guard let received else { return }
        self.received = nil
        answer(act(received), context)
      }
    }

    private func answer(_ act: Act, _ context: ChannelHandlerContext) {
      switch act {
      case .silence: break
      case .close: context.close(promise: nil)
      case .breakOff:
        write(200, [("content-length", "1000")], Array("half".utf8), context)
        context.flush()
        context.close(promise: nil)
      case .answer(let status, let headers, let body):
        write(status, headers + [("content-length", "\(body.count)")], body, context)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
      }
    }

    private func write(_ status: Int, _ headers: [(String, String)], _ body: [UInt8], _ context: ChannelHandlerContext)
    {
      context.write(
        wrapOutboundOut(
          .head(HTTPResponseHead(version: .http1_1, status: .init(statusCode: status), headers: .init(headers)))),
        promise: nil)
      if !body.isEmpty {
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: body)))), promise: nil)
      }
    }
  }
}
