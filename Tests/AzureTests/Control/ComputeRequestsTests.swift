import Azure
import FleetModel
import Foundation
import HTTPTypes
import Testing

private func path(_ group: String, _ name: String) throws -> ResourcePath {
  try #require(
    ResourcePath(
      "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/\(group)/providers/Microsoft.Compute"
        + "/virtualMachines/\(name)"))
}

private func json(_ bytes: [UInt8]?) throws -> NSDictionary {
  try #require(try JSONSerialization.jsonObject(with: Data(bytes ?? [])) as? NSDictionary)
}

private func json(_ text: String) throws -> NSDictionary { try json(Array(text.utf8)) }

/// Paths, queries and bodies as the recorded clients sent them (azure-cli, see the recording named in each test).
@Suite("Requests of actions")
struct ComputeRequestsTests {
  private static let root = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/"
  private static let compute = "/providers/Microsoft.Compute/virtualMachines/"

  @Test(
    "start, reapply and redeploy are a POST without a body, as recorded",
    arguments: [
      ("start", "cli_test_vm_metric_tail000001", "monitorvm"), ("reapply", "test_vm_redeploy_000001", "myvm"),
      ("redeploy", "test_vm_redeploy_000001", "myvm"),
    ])
  func power(_ action: String, _ group: String, _ name: String) throws {
    let vm = try path(group, name)
    let request =
      switch action {
      case "start": ComputeRequests.start(vm)
      case "reapply": ComputeRequests.reapply(vm)
      default: ComputeRequests.redeploy(vm)
      }
    #expect(request.method == .post)
    #expect(request.target == Self.root + group + Self.compute + name + "/" + action)
    #expect(request.query == [.init("api-version", "2024-07-01")])
    #expect(request.body == nil)
    #expect(request.machine == MachineID(request.target.replacing("/" + action, with: "")))
  }

  @Test("A power-off says whether the guest is asked to shut down")
  func powerOff() throws {
    let vm = try path("g", "v")
    #expect(ComputeRequests.powerOff(vm, skipShutdown: true).query.contains(.init("skipShutdown", "true")))
    #expect(ComputeRequests.powerOff(vm, skipShutdown: false).query.contains(.init("skipShutdown", "false")))
    #expect(ComputeRequests.powerOff(vm, skipShutdown: true).target.hasSuffix("/virtualMachines/v/powerOff"))
  }

  @Test("Run Command v1 with parameters is as test_vm_run_command_with_parameters recorded it")
  func runCommand() throws {
    let request = ComputeRequests.runCommand(
      try path("cli_test_vm_run_command_w_params000001", "test-run-command-vm2"), script: "echo $0 $1",
      parameters: [("arg1", "hello"), ("arg2", "world")])
    #expect(request.method == .post)
    #expect(
      request.target == Self.root + "cli_test_vm_run_command_w_params000001" + Self.compute
        + "test-run-command-vm2/runCommand")
    #expect(request.query == [.init("api-version", "2024-07-01")])
    #expect(
      try json(request.body)
        == json(
          """
          {"commandId": "RunShellScript", "script": ["echo $0 $1"],
           "parameters": [{"name": "arg1", "value": "hello"}, {"name": "arg2", "value": "world"}]}
          """))
  }

  @Test("Run Command v2 is as test_run_command_v2 recorded it")
  func runCommandResource() throws {
    let vm = try path("cli_test_vm_run_command_v2000001", "vm-000002")
    let put = ComputeRequests.putRunCommand(
      vm, name: "cmd-000003", location: "westus", script: "Write-Host Hello World!")
    let target = Self.root + "cli_test_vm_run_command_v2000001" + Self.compute + "vm-000002/runCommands/cmd-000003"
    #expect(put.method == .put)
    #expect(put.target == target)
    #expect(
      try json(put.body)
        == json(
          """
          {"location": "westus",
           "properties": {"source": {"script": "Write-Host Hello World!"}, "asyncExecution": false}}
          """))
    let delete = ComputeRequests.deleteRunCommand(vm, name: "cmd-000003")
    #expect(delete.method == .delete)
    #expect(delete.target == target)
    #expect(delete.body == nil)
    #expect(ComputeRequests.runCommandResult(vm, name: "cmd-000003").query.contains(.init("$expand", "instanceView")))
  }

  @Test("VMAccess is put as test_vm_extension recorded it, with a reset instead of a user")
  func vmAccess() throws {
    let put = ComputeRequests.resetSSH(
      try path("cli_test_vm_extension000001", "myvm"), name: "VMAccessForLinux", location: "westus",
      tag: "8a10d59c-fdae-4826-942e-beebd3db058c")
    #expect(put.method == .put)
    #expect(
      put.target == Self.root + "cli_test_vm_extension000001" + Self.compute + "myvm/extensions/VMAccessForLinux")
    #expect(put.query == [.init("api-version", "2024-07-01")])
    let body = try json(put.body)
    #expect(body["location"] as? String == "westus")
    let properties = try #require(body["properties"] as? NSDictionary)
    #expect(properties["publisher"] as? String == "Microsoft.OSTCExtensions")
    #expect(properties["type"] as? String == "VMAccessForLinux")
    #expect(properties["forceUpdateTag"] as? String == "8a10d59c-fdae-4826-942e-beebd3db058c")
    #expect(properties["protectedSettings"] as? NSDictionary == ["reset_ssh": true])
  }

  @Test("Boot diagnostics are asked for as test_vm_boot_diagnostics recorded it")
  func bootDiagnostics() throws {
    let request = ComputeRequests.bootDiagnostics(try path("cli_test_vm_diagnostics000001", "myvm"), minutes: 100)
    #expect(request.method == .post)
    #expect(
      request.target == Self.root + "cli_test_vm_diagnostics000001" + Self.compute
        + "myvm/retrieveBootDiagnosticsData")
    #expect(
      request.query == [.init("sasUriExpirationTimeInMinutes", "100"), .init("api-version", "2024-07-01")])
    #expect(request.body == nil)
  }

  @Test("Names are percent-encoded in a path, and Azure's own words get their spelling back")
  func encoding() throws {
    let path = try #require(
      ResourcePath("/subscriptions/s/resourcegroups/a b(1)/providers/microsoft.compute/virtualmachines/v%1"))
    #expect(
      path.target == "/subscriptions/s/resourceGroups/a%20b%281%29/providers/Microsoft.Compute/virtualMachines/v%251")
    #expect(ResourcePath("not an id") == nil)
    #expect(ResourcePath("/subscriptions/s/resourceGroups") == nil)
  }
}
