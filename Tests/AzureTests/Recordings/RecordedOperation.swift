import Autopilot
import FleetModel
import HTTPTypes

@testable import Azure

/// An operation as azlin knows it, and how its answer is read.
struct RecordedOperation {
  enum What: Equatable {
    case machines, machine, machineState, action(String), operation, runCommandResult, runCommand, runCommands
    case vmExtension, extensions, card, cards, address, addresses, metrics, metricsBatch, graph, activity, health
    case bootDiagnostics, permissions, subscriptions, unknown
  }
  let what: What
  let method: HTTPRequest.Method
  let route: ARMRoute

  var isKnown: Bool { what != .unknown }
  /// It changes something, and so may go on after its answer.
  var isOrder: Bool {
    if case .action = what { return true }
    return method == .put || method == .patch || method == .delete
  }
  var name: String {
    let verb = method == .get || method == .post ? "" : "\(method.rawValue) "
    return switch what {
    case .action(let name): name
    case .unknown: "\(method.rawValue) \(route.type)" + (route.action.map { "/" + $0 } ?? "")
    case .machines: "list of virtual machines"
    case .machine: verb + "virtual machine"
    case .machineState: "instance view"
    case .operation: "operation"
    case .runCommandResult: "run command result"
    case .runCommand: verb + "run command"
    case .runCommands: "list of run commands"
    case .vmExtension: verb + "extension"
    case .extensions: "list of extensions"
    case .card: verb + "network interface"
    case .cards: "list of network interfaces"
    case .address: verb + "public IP address"
    case .addresses: "list of public IP addresses"
    case .metrics: "metrics"
    case .metricsBatch: "metrics batch"
    case .graph: "Resource Graph query"
    case .activity: "Activity Log"
    case .health: "Resource Health"
    case .bootDiagnostics: "boot diagnostics"
    case .permissions: "permissions"
    case .subscriptions: "list of subscriptions"
    }
  }

  init(_ exchange: Recording.Exchange) {
    method = exchange.method
    route = ARMRoute(exchange.method, exchange.path)
    what = Self.what(route, exchange)
  }

  private static func what(_ route: ARMRoute, _ exchange: Recording.Exchange) -> What {
    let isPost = exchange.method == .post
    if route.action == "metrics:getbatch" { return .metricsBatch }
    switch (route.namespace, route.types.last ?? "") {
    case ("", "subscriptions") where route.isCollection: return .subscriptions
    case ("microsoft.resourcegraph", "resources"): return .graph
    case ("microsoft.insights", "metrics"):
      return isPost ? .unknown : .metrics
    case ("microsoft.insights", "values") where route.types.first == "eventtypes": return .activity
    case ("microsoft.resourcehealth", "availabilitystatuses") where !route.isCollection: return .health
    case ("microsoft.authorization", "permissions"): return .permissions
    case ("microsoft.network", "networkinterfaces") where route.types.count == 1:
      return isPost ? .unknown : route.isCollection ? .cards : .card
    case ("microsoft.network", "publicipaddresses") where route.types.count == 1:
      return isPost ? .unknown : route.isCollection ? .addresses : .address
    default: break
    }
    if route.isOperation {
      let isRunCommand = exchange.url.contains("monitor=true") && exchange.status == 200 && !exchange.body.isEmpty
      return isRunCommand ? .runCommandResult : .operation
    }
    guard route.isMachine || (route.namespace == "microsoft.compute" && route.types.last == "virtualmachines") else {
      return .unknown
    }
    if let action = route.action { return action == "retrievebootdiagnosticsdata" ? .bootDiagnostics : .action(action) }
    switch route.types.last ?? "" {
    case "virtualmachines": return route.isCollection ? .machines : .machine
    case "instanceview": return .machineState
    case "extensions": return route.isCollection ? .extensions : .vmExtension
    case "runcommands": return route.isCollection ? .runCommands : .runCommand
    default: return .unknown
    }
  }

  // MARK: Values

  private struct Page<Value: Decodable>: Decodable { var value: [Value] }

  /// What our types hold of a good answer.
  func values(_ reply: ARMReply) async throws -> [String: String] {
    if method == .delete || reply.body.isEmpty, what != .operation { return ["status": "\(reply.status)"] }
    switch what {
    case .machines:
      let rows = try JSONText.value(Page<ListedMachine>.self, reply, name).value.map(\.row)
      return [
        "count": "\(rows.count)", "ids": joined(rows.map(\.id)), "names": joined(rows.map { $0.name ?? "" }),
        "vmIds": joined(rows.map { $0.vmId ?? "" }), "sizes": joined(rows.map { $0.size ?? "" }),
        "systems": joined(rows.map { $0.os ?? "" }), "provisioning": joined(rows.map { $0.prov ?? "" }),
        "regions": joined(rows.map { $0.location ?? "" }), "powers": joined(rows.map(\.power.rawValue)),
      ]
    case .machine, .machineState: return machine(try MachineView(reply))
    case .operation: return operation(reply)
    case .runCommandResult, .action("runcommand"):
      return reply.status == 200 ? script(try RunCommandScript.streams(reply)) : ["status": "\(reply.status)"]
    case .runCommand: return command(try RunCommandResource(reply))
    case .runCommands:
      return [
        "names": joined(
          try JSONText.value(Page<RunCommandResource.Listed>.self, reply, name).value.map { $0.name ?? "" })
      ]
    case .vmExtension: return vmExtension(try JSONText.value(ListedExtension.self, reply, name))
    case .extensions:
      return ["names": joined(try JSONText.value(Page<ListedExtension>.self, reply, name).value.map { $0.name ?? "" })]
    case .card: return card(try JSONText.value(ListedCard.self, reply, name))
    case .cards:
      let cards = try JSONText.value(Page<ListedCard>.self, reply, name).value
      return [
        "count": "\(cards.count)", "ids": joined(cards.map(\.id)),
        "private": joined(cards.map { card($0)["private"] ?? "" }),
      ]
    case .address: return address(try JSONText.value(ListedAddress.self, reply, name))
    case .addresses:
      let all = try JSONText.value(Page<ListedAddress>.self, reply, name).value
      return ["ids": joined(all.map(\.id)), "addresses": joined(all.map { $0.properties?.ipAddress ?? "" })]
    case .metrics: return metrics(try PlatformMetrics(reply))
    case .metricsBatch:
      let batch = try PlatformMetrics.batch(reply)
      return batch.reduce(into: [:]) {
        $0[$1.key.rawValue] = metrics($1.value).map { "\($0)=\($1)" }.sorted().joined(separator: ",")
      }
    case .graph:
      let page = try JSONText.value(InventoryPage.self, reply, name)
      return [
        "count": "\(page.data.count)", "ids": joined(page.data.map(\.id)),
        "more": "\(page.skipToken?.isEmpty == false)",
      ]
    case .activity:
      let events = try JSONText.value(Page<ListedEvent>.self, reply, name).value.compactMap { $0.event(.same) }
      let record = ActivityRecord(events: events, from: .distantPast, to: .distantFuture)
      return [
        "count": "\(record.events.count)",
        "events": joined(record.events.map { "\(time($0.at)) \($0.operation) \($0.status) \($0.caller)" }),
        "stop": record.stop.map { "\(time($0.at)) \($0.caller)" } ?? "none",
      ]
    case .health:
      let health = try PlatformHealth(reply)
      return [
        "availability": health.availability.rawValue, "cause": "\(health.cause)", "summary": health.summary,
        "since": time(health.since),
      ]
    case .bootDiagnostics:
      let links = try JSONText.value(BootDiagnostics.Links.self, reply, name)
      return ["screenshot": place(links.consoleScreenshotBlobUri), "log": place(links.serialConsoleLogBlobUri)]
    case .permissions:
      let permissions = try Permissions(reply)
      return ["remedies": joined(Remedy.allCases.filter(permissions.allows).map(\.rawValue))]
    case .subscriptions:
      let arm = ScriptedARM { _ in reply }
      return ["enabled": joined(try await MachineLists(caller: arm, scope: AzureScope()).subscriptions())]
    case .action, .unknown: return ["status": "\(reply.status)"]
    }
  }

  private func joined(_ parts: [String]) -> String { parts.joined(separator: " ") }
  private func time(_ instant: Instant?) -> String {
    instant.map { TimestampText.rfc3339($0, milliseconds: true) } ?? ""
  }

  private func machine(_ view: MachineView) -> [String: String] {
    [
      "id": view.id, "vmId": view.incarnation, "power": view.power.rawValue, "provisioning": view.provisioning,
      "agent": view.isAgentReady ? "ready" : "not ready", "agentWords": view.agentWords, "region": view.location,
      "card": view.card ?? "", "provisionedAt": time(view.provisionedAt), "agentSeenAt": time(view.agentSeenAt),
    ]
  }

  private func operation(_ reply: ARMReply) -> [String: String] {
    let body = try? JSONText.value(OperationBody.self, reply, name)
    var values = [
      "name": body?.name ?? "", "started": time(body?.startTime.flatMap(AzureTime.instant)),
      "ended": time(body?.endTime.flatMap(AzureTime.instant)),
    ]
    // A Location has no state of its own, or the result for a body.
    let isResult = route.types.contains("operationresults") || body?.status == nil
    switch isResult ? OperationProgress.ofLocation(reply) : .ofStatus(reply) {
    case .running: values["state"] = "running"
    case .succeeded: values["state"] = "succeeded"
    case .failed(let status, let envelope):
      values["state"] = status.lowercased()
      values["code"] = envelope.code
      values["sentence"] =
        AzureError.operationFailed(envelope, status: status, what: "the operation", reply: reply).sentence
    case .unclear: values["state"] = "unclear"
    }
    if let streams = try? RunCommandScript.streams(reply) { values.merge(script(streams)) { $1 } }
    return values
  }

  private func script(_ streams: RunCommandScript.Streams) -> [String: String] {
    ["output": SafeText.line(streams.output), "errors": SafeText.line(streams.errors)]
  }

  private func command(_ command: RunCommandResource) -> [String: String] {
    [
      "name": command.name, "provisioning": command.provisioning, "execution": command.execution,
      "exitCode": command.exitCode.map(String.init) ?? "", "output": SafeText.line(command.output),
      "errors": SafeText.line(command.errors), "started": time(command.startedAt), "ended": time(command.endedAt),
    ]
  }

  private func vmExtension(_ listed: ListedExtension) -> [String: String] {
    [
      "name": listed.name ?? "", "publisher": listed.properties?.publisher ?? "", "type": listed.properties?.type ?? "",
      "provisioning": listed.properties?.provisioningState ?? "", "tag": listed.properties?.forceUpdateTag ?? "",
      "statuses": joined((listed.properties?.instanceView?.statuses ?? []).map { $0.code ?? "" }),
    ]
  }

  private func card(_ card: ListedCard) -> [String: String] {
    let primary = card.primary
    return [
      "id": card.id, "private": primary?.privateIPAddress ?? "", "subnet": primary?.subnet?.id ?? "",
      "public": primary?.publicIPAddress?.id ?? "",
    ]
  }

  private func address(_ address: ListedAddress) -> [String: String] {
    ["id": address.id, "address": address.properties?.ipAddress ?? ""]
  }

  private func metrics(_ metrics: PlatformMetrics) -> [String: String] {
    metrics.latest.mapValues { "\($0.average) at \(time($0.at))" }
  }

  /// Host and path alone: the rest of a link is as good as a password.
  private func place(_ link: String?) -> String { String((link ?? "").prefix { $0 != "?" }) }
}
