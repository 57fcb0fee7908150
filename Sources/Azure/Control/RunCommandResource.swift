import FleetModel

/// A script of Run Command v2, which is a resource of its own: how it ended, with its exit code.
///
/// `provisioningState` is `Succeeded` however the script ended (recorded: with exit code 127).
package struct RunCommandResource: Hashable, Sendable {
  package var name: String
  /// `Succeeded`, `Creating`, …; empty: not told.
  package var provisioning: String
  /// `Running`, `Succeeded`, `Failed`, `TimedOut`, `Canceled`…; empty: not asked for.
  package var execution: String
  /// nil: it has not ended.
  package var exitCode: Int?
  /// As the script printed it: to be made safe before it is shown.
  package var output: String
  package var errors: String
  /// By the platform's clock, as its end is.
  package var startedAt: Instant?
  package var endedAt: Instant?

  /// Reads the answer to `ComputeRequests.runCommandResult`.
  /// - Throws: of kind `unreadable`.
  package init(_ reply: ARMReply) throws(AzureError) {
    self.init(try JSONText.value(Listed.self, reply, "the question for the script's end"))
  }

  init(_ listed: Listed) {
    let view = listed.properties?.instanceView
    name = listed.name ?? ""
    provisioning = listed.properties?.provisioningState ?? ""
    execution = view?.executionState ?? ""
    exitCode = view?.exitCode
    output = view?.output ?? ""
    errors = view?.error ?? ""
    startedAt = view?.startTime.flatMap(AzureTime.instant)
    endedAt = view?.endTime.flatMap(AzureTime.instant)
  }

  struct Listed: Decodable, Sendable {
    struct Properties: Decodable, Sendable {
      var provisioningState: String?
      var instanceView: View?
    }
    struct View: Decodable, Sendable {
      var exitCode: Int?
      var executionState: String?
      var output: String?
      var error: String?
      var startTime: String?
      var endTime: String?
    }
    var name: String?
    var properties: Properties?
  }
}
