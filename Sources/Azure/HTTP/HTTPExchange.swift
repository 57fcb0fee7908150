import AsyncHTTPClient
import HTTPTypes
import NIOCore
import NIOHTTP1
import Synchronization

/// One request on its way: collects the answer, and knows whether the request can have reached the server.
final class HTTPExchange: HTTPClientResponseDelegate {
  struct BodyTooLarge: Error {}

  private struct State {
    var task: HTTPClient.Task<HTTPReply>?
    var wasSent = false
    var wasCancelled = false
    var reply = HTTPReply(status: 0)
  }
  private let state = Mutex(State())
  private let bodyLimit: Int

  /// - Parameter bodyLimit: the longest body in bytes, unpacked.
  init(bodyLimit: Int) { self.bodyLimit = bodyLimit }

  /// Whether a byte of the request may have left this machine.
  var wasSent: Bool { state.withLock { $0.wasSent } }
  var wasCancelled: Bool { state.withLock { $0.wasCancelled } }

  func started(_ task: HTTPClient.Task<HTTPReply>) {
    let isLate = state.withLock { state in
      state.task = task
      return state.wasCancelled
    }
    if isLate { task.cancel() }
  }

  func cancel() {
    let task = state.withLock { state in
      state.wasCancelled = true
      return state.task
    }
    task?.cancel()
  }

  func didSendRequestHead(task: HTTPClient.Task<HTTPReply>, _ head: HTTPRequestHead) {
    state.withLock { $0.wasSent = true }
  }

  func didReceiveHead(task: HTTPClient.Task<HTTPReply>, _ head: HTTPResponseHead) -> EventLoopFuture<Void> {
    var fields = HTTPFields()
    for (name, value) in head.headers {
      guard let name = HTTPField.Name(name) else { continue }
      // The body is kept unpacked.
      if name != .contentEncoding { fields.append(HTTPField(name: name, value: value)) }
    }
    let announced = head.headers.first(name: "content-length").flatMap { Int($0) } ?? 0
    state.withLock { $0.reply = HTTPReply(status: Int(head.status.code), headers: fields) }
    return announced > bodyLimit
      ? task.eventLoop.makeFailedFuture(BodyTooLarge()) : task.eventLoop.makeSucceededVoidFuture()
  }

  func didReceiveBodyPart(task: HTTPClient.Task<HTTPReply>, _ buffer: ByteBuffer) -> EventLoopFuture<Void> {
    let fits = state.withLock { state in
      guard state.reply.body.count + buffer.readableBytes <= bodyLimit else { return false }
      state.reply.body.append(contentsOf: buffer.readableBytesView)
      return true
    }
    return fits ? task.eventLoop.makeSucceededVoidFuture() : task.eventLoop.makeFailedFuture(BodyTooLarge())
  }

  func didFinishRequest(task: HTTPClient.Task<HTTPReply>) throws -> HTTPReply {
    state.withLock { state in
      defer { state.reply = HTTPReply(status: 0) }
      return state.reply
    }
  }
}
