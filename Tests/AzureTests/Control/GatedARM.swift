import Azure
import FleetModel
import HTTPTypes
import Synchronization

/// A Resource Manager whose operations end when the test says so.
final class GatedARM: ARMCaller, Sendable {
  private let view: ARMReply
  private let count = Mutex(0)
  private let (waited, waitedSignal) = AsyncStream<Void>.makeStream()
  private let (gate, gateSignal) = AsyncStream<Void>.makeStream()

  init(_ view: ARMReply) { self.view = view }

  /// Orders sent.
  var posts: Int { count.withLock { $0 } }
  /// Returns when the first operation is waited for.
  func isWaitedFor() async { for await _ in waited { return } }
  func release() { gateSignal.finish() }

  func call(_ request: ARMRequest) async throws(AzureError) -> ARMReply { view }

  func begin(_ request: ARMRequest) async throws(AzureError) -> ARMOperation {
    count.withLock { $0 += 1 }
    return ARMOperation(
      status: "https://management.azure.com/op", startedAt: Instant(milliseconds: 0),
      nextPoll: Instant(milliseconds: 0))
  }

  func finish(_ operation: ARMOperation, deadline: Instant) async throws(AzureError) -> ARMReply {
    waitedSignal.yield()
    for await _ in gate {}
    return ARMReply(status: 200)
  }
}
