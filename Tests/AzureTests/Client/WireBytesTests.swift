import Autopilot
import Azure
import FleetModel
import Foundation
import HTTPTypes
import Testing

/// What our client puts on the wire for each operation, against the request that was recorded of Microsoft's own
/// client; where none was recorded, against Microsoft's reference, and the test says so.
@Suite("Bytes on the wire")
struct WireBytesTests {
  /// What goes out for a request.
  private func sent(_ request: ARMRequest) async throws -> ScriptedTransport.Sent {
    let bench = ClientBench(HTTPReply(200))
    _ = try await bench.client.call(request)
    return try #require(bench.transport.sent.first)
  }

  private func vm(_ group: String, _ name: String, _ subscription: String = zero) throws -> ResourcePath {
    try #require(
      ResourcePath(
        "/subscriptions/\(subscription)/resourceGroups/\(group)/providers/Microsoft.Compute/virtualMachines/\(name)"))
  }

  private func recorded(_ file: String, _ index: Int) throws -> Recording.Exchange {
    let recording = try Recording(URL(filePath: Recording.fixtures).appending(path: file + ".json"))
    return try #require(recording.exchanges.first { $0.index == index })
  }

  private func query(_ path: String) -> [String: String] {
    let items = path.split(separator: "?", maxSplits: 1).dropFirst().first?.split(separator: "&") ?? []
    return items.reduce(into: [:]) { result, item in
      let pair = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      result[String(pair[0])] = pair.count > 1 ? String(pair[1]) : ""
    }
  }

  /// - Parameters:
  ///   - optional: names in our query, or the recording's, that the other need not have.
  ///   - free: names whose values differ, by time or by choice.
  private func expect(
    _ request: ARMRequest, like file: String, _ index: Int, optional: Set<String> = [], free: Set<String> = [],
    location: SourceLocation = #_sourceLocation
  ) async throws -> (ours: ScriptedTransport.Sent, theirs: Recording.Exchange) {
    let ours = try await sent(request)
    let theirs = try recorded(file, index)
    #expect(ours.request.method == theirs.method, sourceLocation: location)
    let path = try #require(ours.request.path)
    #expect("https://" + (ours.request.authority ?? "") == theirs.origin, sourceLocation: location)
    #expect(String(path.prefix { $0 != "?" }).lowercased() == theirs.path.lowercased(), sourceLocation: location)
    let (our, their) = (query(path), theirs.query.reduce(into: [String: String]()) { $0[$1.name] = $1.value })
    #expect(
      Set(our.keys).subtracting(optional) == Set(their.keys).subtracting(optional), sourceLocation: location)
    for (name, value) in our where name != "api-version" && !free.contains(name) && !optional.contains(name) {
      #expect(value.lowercased() == their[name]?.lowercased(), "\(name)", sourceLocation: location)
    }
    let fields = ours.request.headerFields
    #expect(fields[.authorization] == "Bearer token-1", sourceLocation: location)
    #expect(fields[.accept] == "application/json", sourceLocation: location)
    #expect(fields[.userAgent]?.hasPrefix("azlin/") == true, sourceLocation: location)
    #expect(fields[.contentType] == theirs.requestHeaders["content-type"], sourceLocation: location)
    // A body's length is the transport's to write.
    if theirs.requestBody == nil {
      #expect(ours.body.isEmpty, sourceLocation: location)
      #expect(fields[.contentLength] == theirs.requestHeaders["content-length"], sourceLocation: location)
    }
    return (ours, theirs)
  }

  private func json(_ text: String?) throws -> NSDictionary {
    try #require(try JSONSerialization.jsonObject(with: Data((text ?? "").utf8)) as? NSDictionary)
  }

  /// The names of all members, nested ones as paths; of lists the first element stands for all.
  private func shape(_ value: Any, _ prefix: String = "") -> Set<String> {
    if let object = value as? [String: Any] {
      return object.reduce(into: []) {
        $0.formUnion(shape($1.value, prefix + "/" + $1.key).union([prefix + "/" + $1.key]))
      }
    }
    if let list = value as? [Any], let first = list.first { return shape(first, prefix + "[]") }
    return []
  }

  // MARK: Recorded

  @Test("The list of a subscription's machines")
  func list() async throws {
    let arm = ScriptedARM { request throws(AzureError) in
      if request.method == .post { throw AzureError(.notFound, 404) }
      return ARMReply("{\"value\":[]}")
    }
    let scope = AzureScope(subscriptions: ["ea42f556-5106-4743-99b0-c129bfa71a47"])
    _ = try await AzureInventory(caller: arm, scope: scope, clock: SteppedClock()).machines()
    let request = try #require(arm.requests.first { $0.method == .get })
    _ = try await expect(request, like: "cloud-custodian__VMTest.virtual_machine", 0)
  }

  @Test("A machine with its instance view")
  func view() async throws {
    _ = try await expect(
      ComputeRequests.view(try vm("cli_test_vm_metric_tail000001", "monitorvm")),
      like: "azure-cli__test_vm_metric_tail",
      21)
    _ = try await expect(
      ComputeRequests.view(try vm("TEST_VM", "cctestvm", "ea42f556-5106-4743-99b0-c129bfa71a47")),
      like: "cloud-custodian__VMTest.virtual_machine_instance", 1)
  }

  @Test("Start, reapply and redeploy")
  func power() async throws {
    _ = try await expect(
      ComputeRequests.start(try vm("cli_test_vm_metric_tail000001", "monitorvm")),
      like: "azure-cli__test_vm_metric_tail", 28)
    let vm = try vm("test_vm_redeploy_000001", "myvm")
    _ = try await expect(ComputeRequests.reapply(vm), like: "azure-cli__test_vm_redeploy", 24)
    _ = try await expect(ComputeRequests.redeploy(vm), like: "azure-cli__test_vm_redeploy", 27)
  }

  @Test("Run Command v1, with the body as it was recorded")
  func runCommand() async throws {
    let request = ComputeRequests.runCommand(
      try vm("cli_test_vm_run_command_w_params000001", "test-run-command-vm2"), script: "echo $0 $1",
      parameters: [("arg1", "hello"), ("arg2", "world")])
    let pair = try await expect(request, like: "azure-cli__test_vm_run_command_with_parameters", 23)
    #expect(try json(pair.ours.text) == json(pair.theirs.requestBody))
  }

  @Test("Run Command v2: put, result and deletion")
  func runCommandResource() async throws {
    let (vm, file) = (try vm("cli_test_vm_run_command_v2000001", "vm-000002"), "azure-cli__test_run_command_v2")
    let put = ComputeRequests.putRunCommand(
      vm, name: "cmd-000003", location: "westus", script: "Write-Host Hello World!")
    let pair = try await expect(put, like: file, 24)
    #expect(try json(pair.ours.text) == json(pair.theirs.requestBody))
    _ = try await expect(ComputeRequests.runCommandResult(vm, name: "cmd-000003"), like: file, 28)
    _ = try await expect(ComputeRequests.deleteRunCommand(vm, name: "cmd-000003"), like: file, 36)
  }

  @Test("The links to boot diagnostics")
  func bootDiagnostics() async throws {
    let request = ComputeRequests.bootDiagnostics(try vm("cli_test_vm_diagnostics000001", "myvm"), minutes: 100)
    _ = try await expect(request, like: "azure-cli__test_vm_boot_diagnostics", 29)
  }

  @Test("The VMAccess extension: the same members, but a reset where a user was recorded")
  func extensionPut() async throws {
    let request = ComputeRequests.resetSSH(
      try vm("cli_test_vm_extension000001", "myvm"), name: "VMAccessForLinux", location: "westus", tag: "t")
    let pair = try await expect(request, like: "azure-cli__test_vm_extension", 17)
    let theirs = shape(try json(pair.theirs.requestBody))
    let ours = shape(try json(pair.ours.text))
    #expect(
      theirs.subtracting(ours) == [
        "/properties/enableAutomaticUpgrade", "/properties/protectedSettings/username",
        "/properties/protectedSettings/ssh_key",
      ])
    #expect(ours.subtracting(theirs) == ["/properties/settings", "/properties/protectedSettings/reset_ssh"])
  }

  @Test("Lists of network interfaces and public addresses, and one interface")
  func network() async throws {
    let arm = ScriptedARM { request throws(AzureError) in
      if request.method == .post { throw AzureError(.notFound, 404) }
      return request.target.hasSuffix("virtualMachines")
        ? ARMReply("{\"value\":[{\"id\":\"\(vmID("a"))\"}]}") : ARMReply("{\"value\":[]}")
    }
    _ = try await AzureInventory(caller: arm, scope: AzureScope(subscriptions: [zero]), clock: SteppedClock())
      .machines()
    func request(_ end: String) throws -> ARMRequest { try #require(arm.requests.first { $0.target.hasSuffix(end) }) }
    _ = try await expect(try request("networkInterfaces"), like: "azure-cli__test_network_nic", 65)
    // Recorded for one group only: the path below the subscription, and everything else, is the same.
    let addresses = try await sent(try request("publicIPAddresses"))
    let theirs = try recorded("azure-cli__test_network_public_ip", 16)
    #expect(
      (addresses.request.path ?? "").hasPrefix(
        theirs.path.replacing("/resourceGroups/cli_test_public_ip000001", with: "") + "?api-version="))
  }

  @Test("A network interface that is put back whole keeps every member that was recorded, one address changed")
  func networkPut() async throws {
    let exchange = try recorded("azure-cli__test_network_nic", 57)
    let card = try #require(try JSONSerialization.jsonObject(with: Data(exchange.body)) as? [String: Any])
    let away = exchange.path.replacing("/networkInterfaces/cli-test-nic", with: "/virtualNetworks/myvnet")
    let arm = ScriptedARM { request in
      if request.method == .put { return ARMReply("{}") }
      if request.target.hasSuffix("CheckIPAddressAvailability") {
        return ARMReply("{\"available\":false,\"availableIPAddresses\":[\"10.0.0.99\"]}")
      }
      if request.target.lowercased().contains("networkinterfaces") { return ARMReply(status: 200, body: exchange.body) }
      return ARMReply(
        """
        {"id":"\(vmID("a"))","location":"eastus2","properties":{"networkProfile":{"networkInterfaces":[{"id":"\(exchange.path)"}]},
         "instanceView":{"statuses":[{"code":"PowerState/running"}]}}}
        """)
    }
    let clock = SteppedClock()
    let session = AzureSession(caller: arm, scope: AzureScope(), ledger: MemoryOperationLedger(), clock: clock)
    let machine = VirtualMachine(
      id: MachineID(vmID("a")), name: "a", group: "RG-Web", provider: .azure, abilities: [.power, .run])
    _ = await session.control.perform(
      RemedyOrder(
        intent: IntentID("i"), machine: machine, remedy: .resetNetworkInterface, bootID: nil,
        notAfter: clock.now() + .minutes(10),
        request: ProbeRequest(depth: .full, checks: [], connectivityTimeout: .seconds(5), sshTimeout: .seconds(5))))
    #expect(arm.requests.contains { $0.target.hasPrefix(away) })
    let put = try #require(arm.requests.first { $0.method == .put })
    _ = try await expect(put, like: "azure-cli__test_network_nic", 55)
    let body = try #require(try JSONSerialization.jsonObject(with: Data(put.body ?? [])) as? [String: Any])
    #expect(shape(body) == shape(card))
    #expect(put.headers[.ifMatch] == card["etag"] as? String)
  }

  @Test("A page of Resource Graph: the same members but for the scope of partial answers")
  func graph() async throws {
    let scope = AzureScope(subscriptions: ["34e09169-36e2-4117-ae05-98b60ea39dc4"])
    let request = InventoryQuery.request("project id", scope: scope, skipToken: "t")
    let pair = try await expect(request, like: "azure-cli-extensions__test_skip_token_query", 0)
    let (ours, theirs) = (shape(try json(pair.ours.text)), shape(try json(pair.theirs.requestBody)))
    #expect(theirs.subtracting(ours) == ["/options/allowPartialScopes"])
    #expect(ours.subtracting(theirs) == ["/options/$top"])
    #expect(try json(pair.ours.text)["query"] as? String == "project id")
  }

  @Test("The Activity Log of a machine: recorded without the machine's name in the filter")
  func activity() async throws {
    let now = Instant(seconds: 1_700_000_000)
    let request = ObservationRequests.activity(try vm("g", "v"), from: now - .days(1), to: now)
    let pair = try await expect(request, like: "azure-cli__test_activity_log_list_scenario", 0, free: ["$filter"])
    let filter = try #require(query(pair.ours.request.path ?? "")["$filter"])
    #expect(filter.hasPrefix("eventTimestamp%20ge%20"))
    #expect(filter.contains("%20and%20eventTimestamp%20le%20"))
    #expect(!filter.contains(" ") && !filter.contains("'"))
  }

  @Test("Metrics of one machine")
  func metrics() async throws {
    let now = Instant(seconds: 1_700_000_000)
    let request = ObservationRequests.metrics(
      try vm("cli_test_vm_metric_tail000001", "monitorvm"), ["Percentage CPU"], from: now - .hours(1), to: now)
    _ = try await expect(
      request, like: "azure-cli__test_vm_metric_tail", 30, optional: ["top", "aggregation"], free: ["timespan"])
  }

  // MARK: By Microsoft's reference only: no recording has them

  @Test("By the reference: powerOff, restart and deallocate are a POST without a body")
  func reference() async throws {
    let vm = try vm("g", "v")
    for (request, end) in [
      (ComputeRequests.powerOff(vm, skipShutdown: true), "powerOff?skipShutdown=true&api-version=2024-07-01"),
      (ComputeRequests.powerOff(vm, skipShutdown: false), "powerOff?skipShutdown=false&api-version=2024-07-01"),
      (ComputeRequests.restart(vm), "restart?api-version=2024-07-01"),
      (ComputeRequests.deallocate(vm), "deallocate?api-version=2024-07-01"),
    ] {
      let sent = try await sent(request)
      #expect(sent.request.method == .post)
      #expect(
        sent.request.path
          == "/subscriptions/\(zero)/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/v/" + end)
      #expect(sent.request.headerFields[.contentLength] == "0")
      #expect(sent.request.headerFields[.contentType] == nil)
      #expect(sent.body.isEmpty)
    }
  }

  @Test("By the reference: health, permissions, extensions and subscriptions are plain reads")
  func reads() async throws {
    let vm = try vm("g", "v")
    let root = "/subscriptions/\(zero)/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/v"
    for (request, path) in [
      (
        ObservationRequests.health(vm),
        root + "/providers/Microsoft.ResourceHealth/availabilityStatuses/current?$expand=recommendedactions"
          + "&api-version=2022-10-01"
      ),
      (
        ObservationRequests.permissions(vm),
        root + "/providers/Microsoft.Authorization/permissions?api-version=2022-04-01"
      ),
      (ComputeRequests.extensions(vm), root + "/extensions?api-version=2024-07-01"),
    ] {
      let sent = try await sent(request)
      #expect(sent.request.method == .get)
      #expect(sent.request.path == path)
      #expect(sent.request.headerFields[.contentLength] == nil)
    }
    let bench = ClientBench(HTTPReply(200, "{\"value\":[]}"))
    _ = try await AzureInventory(caller: bench.client, scope: AzureScope(), clock: bench.clock).machines()
    #expect(bench.transport.sent.first?.request.path == "/subscriptions?api-version=2022-12-01")
  }

  @Test("By the reference: a batch of metrics is a POST to the region's host with the ids in its body")
  func batch() async throws {
    let now = Instant(seconds: 1_700_000_000)
    let request = try #require(
      ObservationRequests.metricsBatch(
        [try vm("g", "v")], region: "westus2", ["Percentage CPU", "VmAvailabilityMetric"], from: now - .minutes(5),
        to: now, cloud: .publicCloud))
    let sent = try await sent(request)
    #expect(sent.request.authority == "westus2.metrics.monitor.azure.com")
    #expect(
      sent.request.path
        == "/subscriptions/\(zero)/metrics:getBatch?metricnamespace=microsoft.compute%2Fvirtualmachines"
        + "&metricnames=Percentage%20CPU%2CVmAvailabilityMetric&starttime=2023-11-14T22%3A08%3A20Z"
        + "&endtime=2023-11-14T22%3A13%3A20Z&interval=PT1M&aggregation=average&api-version=2024-02-01")
    let ids = try json(sent.text)["resourceids"] as? [String]
    #expect(ids == ["/subscriptions/\(zero)/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/v"])
    #expect(sent.request.headerFields[.contentType] == "application/json")
  }
}

private let zero = "00000000-0000-0000-0000-000000000000"
