import FleetModel
import HTTPTypes

/// The requests of actions on one virtual machine, as pure values (Compute api-version 2024-07-01).
package enum ComputeRequests {
  /// api-version of Microsoft.Compute.
  package static let version = "2024-07-01"

  /// The machine's model and its instance view: what is asked before every action.
  package static func view(_ vm: ResourcePath) -> ARMRequest {
    ARMRequest(.get, vm.target, version: version, query: [.init("$expand", "instanceView")])
  }

  package static func start(_ vm: ResourcePath) -> ARMRequest { action("start", vm) }
  /// The guest restarts on the same host.
  package static func restart(_ vm: ResourcePath) -> ARMRequest { action("restart", vm) }
  /// - Parameter skipShutdown: the plug is pulled; false: the guest is asked to shut down.
  package static func powerOff(_ vm: ResourcePath, skipShutdown: Bool) -> ARMRequest {
    action("powerOff", vm, query: [.init("skipShutdown", skipShutdown ? "true" : "false")])
  }
  package static func deallocate(_ vm: ResourcePath) -> ARMRequest { action("deallocate", vm) }
  package static func redeploy(_ vm: ResourcePath) -> ARMRequest { action("redeploy", vm) }
  package static func reapply(_ vm: ResourcePath) -> ARMRequest { action("reapply", vm) }

  /// Where the screenshot and the serial log lie.
  /// - Parameter minutes: how long the links work, 1–1440.
  package static func bootDiagnostics(_ vm: ResourcePath, minutes: Int) -> ARMRequest {
    ARMRequest(
      .post, vm.target + "/retrieveBootDiagnosticsData", version: version,
      query: [.init("sasUriExpirationTimeInMinutes", "\(min(max(minutes, 1), 1440))")], isRead: true)
  }

  /// A script in the guest, by Run Command v1.
  package static func runCommand(
    _ vm: ResourcePath, script: String, parameters: [(name: String, value: String)] = []
  ) -> ARMRequest {
    struct Parameter: Encodable {
      var name: String
      var value: String
    }
    struct Body: Encodable {
      var commandId = "RunShellScript"
      var script: [String]
      var parameters: [Parameter]?
    }
    let lines = script.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    let body = Body(
      script: lines, parameters: parameters.isEmpty ? nil : parameters.map { .init(name: $0.name, value: $0.value) })
    return action("runCommand", vm, body: JSONText.bytes(body))
  }

  /// A script in the guest as a resource of its own, by Run Command v2.
  /// - Parameter timeout: whole seconds; nil: the service's own.
  package static func putRunCommand(
    _ vm: ResourcePath, name: String, location: String, script: String, timeout: Int? = nil
  ) -> ARMRequest {
    struct Body: Encodable {
      struct Source: Encodable { var script: String }
      struct Properties: Encodable {
        var source: Source
        var asyncExecution = false
        var timeoutInSeconds: Int?
      }
      var location: String
      var properties: Properties
    }
    let body = Body(location: location, properties: .init(source: .init(script: script), timeoutInSeconds: timeout))
    return ARMRequest(
      .put, runCommandTarget(vm, name), version: version, body: JSONText.bytes(body), machine: machine(vm))
  }

  /// What a v2 command printed, with its exit code.
  package static func runCommandResult(_ vm: ResourcePath, name: String) -> ARMRequest {
    ARMRequest(.get, runCommandTarget(vm, name), version: version, query: [.init("$expand", "instanceView")])
  }

  package static func deleteRunCommand(_ vm: ResourcePath, name: String) -> ARMRequest {
    ARMRequest(.delete, runCommandTarget(vm, name), version: version, machine: machine(vm))
  }

  package static func extensions(_ vm: ResourcePath) -> ARMRequest {
    ARMRequest(.get, vm.target + "/extensions", version: version)
  }

  /// VMAccess resets sshd's configuration and restarts sshd.
  /// - Parameters:
  ///   - name: of the extension: the existing one's where there is one, for a VM holds one of a type.
  ///   - tag: another text than last time, so that the extension runs again.
  package static func resetSSH(_ vm: ResourcePath, name: String, location: String, tag: String) -> ARMRequest {
    struct Empty: Encodable {}
    struct Protected: Encodable {
      var resetSSH = true
      enum CodingKeys: String, CodingKey { case resetSSH = "reset_ssh" }
    }
    struct Properties: Encodable {
      var forceUpdateTag: String
      var publisher = "Microsoft.OSTCExtensions"
      var type = "VMAccessForLinux"
      var typeHandlerVersion = "1.5"
      var autoUpgradeMinorVersion = true
      var settings = Empty()
      var protectedSettings = Protected()
    }
    struct Body: Encodable {
      var location: String
      var properties: Properties
    }
    let body = Body(location: location, properties: .init(forceUpdateTag: tag))
    return ARMRequest(
      .put, vm.target + "/extensions/" + ResourcePath.encoded(name), version: version, body: JSONText.bytes(body),
      machine: machine(vm))
  }

  private static func action(
    _ name: String, _ vm: ResourcePath, query: [ARMRequest.QueryItem] = [], body: [UInt8]? = nil
  ) -> ARMRequest {
    ARMRequest(.post, vm.target + "/" + name, version: version, query: query, body: body, machine: machine(vm))
  }

  private static func runCommandTarget(_ vm: ResourcePath, _ name: String) -> String {
    vm.target + "/runCommands/" + ResourcePath.encoded(name)
  }

  private static func machine(_ vm: ResourcePath) -> MachineID { MachineID("/" + vm.segments.joined(separator: "/")) }
}
