import Autopilot
import Azure
import FleetModel
import Foundation
import HTTPTypes
import Testing

private func row(_ name: String, _ ps: String = "PowerState/running", _ more: String = "") -> String {
  """
  {"id":"\(vmID(name))","name":"\(name)","resourceGroup":"rg-web","location":"westus2","ps":"\(ps)",
   "privateIp":"10.0.0.4","publicIp":"","os":"Linux","size":"Standard_B2s","prov":"Succeeded","tags":{"env":"prod"},
   "vmId":"7c0c-\(name)","adminUser":"azureuser",
   "subnet":"/subscriptions/x/resourceGroups/y/providers/Microsoft.Network/virtualNetworks/V/subnets/Default"\(more)}
  """
}

private func page(_ rows: [String], token: String? = nil) -> ARMReply {
  let more = token.map { ",\"$skipToken\":\"\($0)\"" } ?? ""
  return ARMReply(
    "{\"totalRecords\":\(rows.count),\"count\":\(rows.count),\"data\":[\(rows.joined(separator: ","))],"
      + "\"facets\":[],\"resultTruncated\":\"false\"\(more)}")
}

private func body(_ request: ARMRequest) throws -> [String: Any] {
  try #require(try JSONSerialization.jsonObject(with: Data(request.body ?? [])) as? [String: Any])
}

@Suite("Azure's machines")
struct AzureInventoryTests {
  private let scope = AzureScope(subscriptions: [subscription])

  @Test("A row becomes a machine: lower-case id, names as shown, incarnation, subnet and login")
  func mapping() async throws {
    let arm = ScriptedARM { _ in
      page([row("Web-1", "PowerState/running", ",\"publicIp\":\"20.1.2.3\"").replacing("\"publicIp\":\"\",", with: "")])
    }
    let machine = try #require(
      try await AzureInventory(caller: arm, scope: scope, clock: SteppedClock()).machines().first)
    #expect(machine.id.rawValue == vmID("Web-1").lowercased())
    #expect(machine.name == "Web-1")
    #expect(machine.group == "RG-Web")
    #expect(machine.incarnation == "7c0c-Web-1")
    #expect(machine.region == "westus2")
    #expect(machine.size == "Standard_B2s")
    #expect(machine.system == .linux)
    #expect(machine.provider == .azure)
    #expect(machine.address == GuestAddress(host: "20.1.2.3", user: "azureuser"))
    #expect(machine.subnet?.hasSuffix("/virtualnetworks/v/subnets/default") == true)
    #expect(machine.tags == ["env": "prod"])
    #expect(machine.abilities.isSuperset(of: [.power, .start, .stop, .restart, .run, .redeploy, .reapply]))
  }

  @Test("A private address is a direct path only where that was asked for")
  func privateAddress() async throws {
    let arm = ScriptedARM { _ in page([row("a")]) }
    var scope = scope
    let without = try await AzureInventory(caller: arm, scope: scope, clock: SteppedClock()).machines()
    #expect(without.first?.address == nil)
    scope.usesPrivateAddresses = true
    let with = try await AzureInventory(caller: arm, scope: scope, clock: SteppedClock()).machines()
    #expect(with.first?.address?.host == "10.0.0.4")
  }

  @Test("The request is Resource Graph's, in its form and version, with the group quoted")
  func request() async throws {
    let arm = ScriptedARM { _ in page([]) }
    var scope = scope
    scope.resourceGroup = "it's"
    _ = try await AzureInventory(caller: arm, scope: scope, clock: SteppedClock()).machines()
    let request = try #require(arm.requests.first)
    #expect(request.method == .post)
    #expect(request.target == "/providers/Microsoft.ResourceGraph/resources")
    #expect(request.query == [.init("api-version", "2021-03-01")])
    let body = try body(request)
    #expect(body["subscriptions"] as? [String] == [subscription])
    let query = try #require(body["query"] as? String)
    #expect(query.contains("where resourceGroup =~ 'it\\'s'"))
    #expect(query.hasSuffix("sort by id asc"))
    let options = try #require(body["options"] as? [String: Any])
    #expect(options["resultFormat"] as? String == "objectArray")
    #expect(options["$top"] as? Int == 1000)
    #expect(options["$skipToken"] == nil)
  }

  @Test("Ten thousand machines cost ten queries, and asking for the power of each costs none")
  func tenThousand() async throws {
    let arm = ScriptedARM { request in
      let text = String(decoding: request.body ?? [], as: UTF8.self)
      let number = text.firstRange(of: "token-").flatMap { Int(text[$0.upperBound...].prefix { $0.isNumber }) } ?? 0
      let rows = (0..<1000).map { row("vm-\(number * 1000 + $0)") }
      return page(rows, token: number < 9 ? "token-\(number + 1)" : nil)
    }
    let clock = SteppedClock()
    let inventory = AzureInventory(caller: arm, scope: scope, clock: clock)
    let machines = try await inventory.machines()
    #expect(machines.count == 10_000)
    #expect(Set(machines.map(\.id)).count == 10_000)
    #expect(arm.requests.count == 10)
    clock.advance(.seconds(90))
    for machine in machines { #expect(await inventory.powerAdvice(for: machine.id) == .word(.running)) }
    #expect(arm.requests.count == 10)
  }

  @Test("Callers at the same time share one list")
  func singleFlight() async throws {
    let arm = ScriptedARM { _ in page([row("a")]) }
    let inventory = AzureInventory(caller: arm, scope: scope, clock: SteppedClock())
    await withTaskGroup(of: Int.self) { group in
      for _ in 0..<50 { group.addTask { (try? await inventory.list().count) ?? -1 } }
      for await count in group { #expect(count == 1) }
    }
    #expect(arm.requests.count < 50)
  }

  @Test("Without a subscription the enabled ones of the tenant are looked up first")
  func subscriptions() async throws {
    let arm = ScriptedARM { request in
      if request.target == "/subscriptions" {
        return ARMReply(
          """
          {"value":[{"subscriptionId":"s1","tenantId":"T","state":"Enabled"},
           {"subscriptionId":"s2","tenantId":"T","state":"Disabled"},
           {"subscriptionId":"s3","tenantId":"other","state":"Enabled"}],"count":{"type":"Total","value":3}}
          """)
      }
      return page([row("a")])
    }
    _ = try await AzureInventory(caller: arm, scope: AzureScope(tenant: "t"), clock: SteppedClock()).machines()
    #expect(arm.sent == ["GET subscriptions", "POST resources"])
    #expect(try body(arm.requests[1])["subscriptions"] as? [String] == ["s1"])
  }

  @Test("Scale-set instances and Arc machines are asked for only when wanted")
  func optional() async throws {
    let arm = ScriptedARM { _ in page([]) }
    let scope = AzureScope(subscriptions: [subscription], includesScaleSets: true, includesArc: true)
    _ = try await AzureInventory(caller: arm, scope: scope, clock: SteppedClock()).machines()
    let queries = try arm.requests.map { try #require(try body($0)["query"] as? String) }
    #expect(queries.count == 3)
    #expect(queries[1].hasPrefix("computeresources"))
    #expect(queries[2].contains("microsoft.hybridcompute/machines"))
  }

  @Test(
    "Where Resource Graph is forbidden, absent or fails twice, the list API is used",
    arguments: [
      (AzureError(.forbidden(action: nil, scope: nil), 403), 1), (AzureError(.notFound, 404), 1),
      (AzureError(.badRequest, 400), 1), (AzureError(.serverFault, 503), 2), (AzureError(.unreadable, 200), 2),
    ])
  func fallback(_ error: AzureError, _ tries: Int) async throws {
    let arm = ScriptedARM { request throws(AzureError) in
      if request.target.hasSuffix("/resources") { throw error }
      return Self.lists(request)
    }
    let inventory = AzureInventory(caller: arm, scope: scope, clock: SteppedClock())
    let machines = try await inventory.machines()
    #expect(arm.sent.filter { $0 == "POST resources" }.count == tries)
    #expect(machines.map(\.name) == ["a", "B"].sorted { vmID($0) < vmID($1) })
    let a = try #require(machines.first { $0.name == "a" })
    #expect(a.address?.host == "20.9.9.9")
    #expect(a.subnet == "/subnets/one")
    #expect(a.incarnation == "uuid-a")
    #expect(await inventory.powerAdvice(for: a.id) == .word(.running))
    #expect(await inventory.notice()?.contains(error.sentence) == true)
  }

  private static func lists(_ request: ARMRequest) -> ARMReply {
    if request.target.hasPrefix("https://") {
      return ARMReply("{\"value\":[{\"id\":\"\(vmID("B"))\",\"name\":\"B\",\"properties\":{}}]}")
    }
    switch request.target.split(separator: "/").last {
    case "networkInterfaces":
      return ARMReply(
        """
        {"value":[{"id":"/NIC/One","properties":{"ipConfigurations":[{"properties":{"primary":true,
         "privateIPAddress":"10.0.0.9","subnet":{"id":"/Subnets/One"},"publicIPAddress":{"id":"/PIP/one"}}}]}}]}
        """)
    case "publicIPAddresses":
      return ARMReply("{\"value\":[{\"id\":\"/pip/ONE\",\"properties\":{\"ipAddress\":\"20.9.9.9\"}}]}")
    default: break
    }
    if request.query.contains(.init("statusOnly", "true")) {
      return ARMReply(
        """
        {"value":[{"id":"\(vmID("A").lowercased())","properties":{"instanceView":{"statuses":[
         {"code":"ProvisioningState/succeeded"},{"code":"PowerState/running"}]}}}]}
        """)
    }
    return ARMReply(
      """
      {"value":[{"id":"\(vmID("a"))","name":"a","location":"westus2","properties":{"vmId":"uuid-a",
       "storageProfile":{"osDisk":{"osType":"Linux"}},"networkProfile":{"networkInterfaces":[{"id":"/nic/one"}]}}}],
       "nextLink":"https://management.azure.com/next?page=2"}
      """)
  }

  @Test("The list API asks only for the subscriptions below the management groups that are watched")
  func managementGroups() async throws {
    let arm = ScriptedARM { request throws(AzureError) in
      if request.target.hasSuffix("/resources") { throw AzureError(.notFound, 404) }
      if request.target.hasSuffix("/descendants") {
        return ARMReply(
          """
          {"value":[{"name":"S1","type":"Microsoft.Management/managementGroups/subscriptions"},
           {"name":"child","type":"Microsoft.Management/managementGroups"}]}
          """)
      }
      return ARMReply("{\"value\":[]}")
    }
    let scope = AzureScope(managementGroups: ["prod"])
    _ = try await AzureInventory(caller: arm, scope: scope, clock: SteppedClock()).machines()
    #expect(try body(arm.requests[0])["managementGroups"] as? [String] == ["prod"])
    #expect(
      arm.requests.dropFirst().map(\.target) == [
        "/providers/Microsoft.Management/managementGroups/prod/descendants",
        "/subscriptions/s1/providers/Microsoft.Compute/virtualMachines",
      ])
  }

  @Test(
    "What is no address is not dialled, and what is no login is not used", arguments: ["-oProxyCommand=x", "h.x y"])
  func hostile(_ text: String) async throws {
    let arm = ScriptedARM { _ in
      page([
        row("a").replacing("\"publicIp\":\"\"", with: "\"publicIp\":\"\(text)\""),
        row("b").replacing("\"publicIp\":\"\"", with: "\"publicIp\":\"20.0.0.1\"")
          .replacing("azureuser", with: "-l\(text)"),
      ])
    }
    let machines = try await AzureInventory(caller: arm, scope: scope, clock: SteppedClock()).machines()
    // Without a login of its own it has the one that azlin gives its machines.
    #expect(machines.map(\.address) == [nil, GuestAddress(host: "20.0.0.1", user: "azureuser")])
  }

  @Test("Where the way to Azure is down the list fails, and nothing else is tried")
  func unreachable() async throws {
    let arm = ScriptedARM { _ throws(AzureError) in throw AzureError(.unreachable) }
    await #expect(throws: AzureError.self) {
      try await AzureInventory(caller: arm, scope: scope, clock: SteppedClock()).machines()
    }
    #expect(arm.requests.count == 1)
  }

  @Test("Without Resource Graph scale-set instances and Arc machines are listed too when wanted, Windows among them")
  func optionalLists() async throws {
    let set = vmID("x").replacing("virtualMachines/x", with: "virtualMachineScaleSets/pool")
    let arc = vmID("x").replacing("Microsoft.Compute/virtualMachines/x", with: "Microsoft.HybridCompute/machines/attic")
    let arm = ScriptedARM { request throws(AzureError) in
      switch request.target.split(separator: "/").last {
      case "resources": throw AzureError(.forbidden(action: nil, scope: nil), 403)
      case "virtualMachineScaleSets":
        return ARMReply(
          """
          {"value":[{"id":"\(set)","properties":{"orchestrationMode":"Uniform"}},
           {"id":"\(set)-flex","properties":{"orchestrationMode":"Flexible"}}]}
          """)
      case "virtualMachines" where request.target.contains("virtualMachineScaleSets"):
        return ARMReply(
          """
          {"value":[{"id":"\(set)/virtualMachines/0","name":"pool_0","location":"westus2","properties":{"vmId":"i0",
           "storageProfile":{"osDisk":{"osType":"Windows"}},
           "instanceView":{"statuses":[{"code":"PowerState/running"}]}}}]}
          """)
      case "machines":
        return ARMReply(
          """
          {"value":[{"id":"\(arc)","name":"attic","location":"westus2",
           "properties":{"status":"Connected","osType":"linux","vmId":"arc-1"}}]}
          """)
      default: return ARMReply("{\"value\":[]}")
      }
    }
    let scope = AzureScope(subscriptions: [subscription], includesScaleSets: true, includesArc: true)
    let inventory = AzureInventory(caller: arm, scope: scope, clock: SteppedClock())
    let machines = try await inventory.machines()
    #expect(machines.map(\.name).sorted() == ["attic", "pool_0"])
    let instance = try #require(machines.first { $0.name == "pool_0" })
    #expect(instance.system == .windows)
    #expect(instance.incarnation == "i0")
    #expect(instance.abilities.contains(.restart))
    #expect(!instance.abilities.contains(.reapply))
    #expect(await inventory.powerAdvice(for: instance.id) == .word(.running))
    let arcMachine = try #require(machines.first { $0.name == "attic" })
    #expect(arcMachine.abilities.isEmpty)
    #expect(arm.requests.filter { $0.target.contains("virtualMachineScaleSets/") }.count == 1)
  }

  @Test("A subscription that may not be read is left out and told; one that fails for now fails the list")
  func leftOut() async throws {
    func inventory(_ error: AzureError) -> AzureInventory {
      let arm = ScriptedARM { request throws(AzureError) in
        if request.target.hasSuffix("/resources") { throw AzureError(.notFound, 404) }
        if request.target.hasPrefix("/subscriptions/closed/") { throw error }
        return Self.lists(request)
      }
      return AzureInventory(
        caller: arm, scope: AzureScope(subscriptions: [subscription, "closed"]), clock: SteppedClock())
    }
    let forbidden = inventory(AzureError(.forbidden(action: nil, scope: nil), 403))
    #expect(try await forbidden.machines().count == 2)
    #expect(await forbidden.notice()?.contains("1 subscriptions are left out") == true)
    await #expect(throws: AzureError.self) { try await inventory(AzureError(.throttled(until: nil), 429)).machines() }
  }

  @Test("An address in another group than its machine's is found all the same")
  func otherGroup() async throws {
    let arm = ScriptedARM { request throws(AzureError) in
      if request.target.hasSuffix("/resources") { throw AzureError(.notFound, 404) }
      return Self.lists(request)
    }
    let scope = AzureScope(subscriptions: [subscription], resourceGroup: "RG-Web")
    _ = try await AzureInventory(caller: arm, scope: scope, clock: SteppedClock()).machines()
    // The double's cards and addresses have ids of no group at all.
    let root = "/subscriptions/\(subscription)/providers/Microsoft.Network/"
    #expect(arm.requests.map(\.target).contains(root + "networkInterfaces"))
    #expect(arm.requests.map(\.target).contains(root + "publicIPAddresses"))
  }

  @Test("Resource Graph that only fails is given up after half a minute a try")
  func graphPatience() async throws {
    let arm = ScriptedARM { _ in page([]) }
    let clock = SteppedClock()
    _ = try await AzureInventory(caller: arm, scope: scope, clock: clock).machines()
    #expect(arm.requests.first?.notAfter == clock.now() + .seconds(30))
  }

  @Test("A page in the form of a table is read too")
  func table() async throws {
    let arm = ScriptedARM { _ in
      ARMReply(
        """
        {"data":{"columns":[{"name":"id","type":"string"},{"name":"os","type":"string"},{"name":"tags","type":"object"}],
         "rows":[["\(vmID("a"))","Windows",{"k":"v"}],["\(vmID("b"))",null,null]]}}
        """)
    }
    let machines = try await AzureInventory(caller: arm, scope: scope, clock: SteppedClock()).machines()
    #expect(machines.map(\.name) == ["a", "b"])
    #expect(machines.map(\.system) == [.windows, .unknown])
    #expect(machines[0].tags == ["k": "v"])
  }
}
