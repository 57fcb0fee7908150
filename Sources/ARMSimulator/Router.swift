import FleetModel
import HTTPTypes

// From a path to who answers it.
extension ARMSimulator {
  func route(_ call: ARMCall) -> ARMAnswer {
    let path = call.path.folded
    if path.starts(with: ["azlin", "simulator"]) { return admin(call) }
    let faults = state.withLock { $0.faults }
    if faults.has(.down, at: call.at) { return .lost }
    if path.first == "bootdiagnostics" { return blob(call) }
    if path == ["metadata", "endpoints"] { return ARMAnswer(metadata(call)) }
    if let token = tokenAnswer(call) { return token }
    if faults.has(.errors, at: call.at) { return brokenAnswer() }
    if let refusal = refusal(of: call) { return refusal }
    if faults.has(.throttled, at: call.at) { return throttledAnswer() }
    if let refusal = versionRefusal(call) { return refusal }
    if path == ["providers", "microsoft.resourcegraph", "resources"] { return resourceGraph(call) }
    switch admit(call) {
    case .refused(let answer): return answer
    case .admitted(let headers):
      var answer = managementAnswer(call)
      answer.headers += headers
      return answer
    }
  }

  private func managementAnswer(_ call: ARMCall) -> ARMAnswer {
    let path = call.path.folded
    switch path.first {
    case "tenants" where path.count == 1:
      return ARMAnswer([
        "value": [
          [
            "id": "/tenants/\(settings.tenant)", "tenantId": .string(settings.tenant), "tenantCategory": "Home",
            "displayName": "azlin simulator",
          ]
        ]
      ])
    case "subscriptions": break
    default: return notFound(call)
    }
    if path.count == 1 {
      return ARMAnswer(["value": [subscription], "count": ["type": "Total", "value": 1]])
    }
    guard path[1] == settings.subscription.lowercased() else {
      return .error(
        404, "SubscriptionNotFound", "The subscription '\(call.path.segments[1])' could not be found.", isGateway: true)
    }
    return subscriptionAnswer(call, Array(path.dropFirst(2)))
  }

  private func subscriptionAnswer(_ call: ARMCall, _ rest: [String]) -> ARMAnswer {
    switch rest {
    case []: return ARMAnswer(subscription)
    case ["metrics:getbatch"]: return call.method == .post ? metricsBatch(call) : methodNotAllowed(call)
    case ["locations"]: return ARMAnswer(["value": .array(locations)])
    case ["resourcegroups"]: return ARMAnswer(["value": .array(catalog.groups.map(groupModel))])
    default: break
    }
    var group: String?
    if rest.first == "resourcegroups", rest.count > 1 {
      guard let found = catalog.group(rest[1]) else {
        let name = call.path.segments[3]
        return .error(
          404, "ResourceGroupNotFound", "Resource group '\(name)' could not be found.", isGateway: true)
      }
      if rest.count == 2 { return ARMAnswer(groupModel(found)) }
      group = found.name
    }
    // The last provider answers: `…/virtualMachines/x/providers/Microsoft.Insights/metrics` is Insights' affair.
    guard let index = rest.lastIndex(of: "providers"), index + 1 < rest.count else { return notFound(call) }
    let tail = Array(rest.dropFirst(index + 2))
    // Behind a resource stands what is about it; lists are of the subscription or a group.
    if index == (group == nil ? 0 : 2), let none = EmptyCollections.list(call, provider: rest[index + 1], tail) {
      return none
    }
    switch rest[index + 1] {
    case "microsoft.compute": return compute(call, group: group, tail)
    case "microsoft.network": return network(call, group: group, tail)
    case "microsoft.insights": return insights(call, tail)
    case "microsoft.resourcehealth": return resourceHealth(call, group: group, tail)
    case "microsoft.authorization" where tail == ["permissions"]: return permissions()
    case "microsoft.authorization" where tail == ["locks"]: return lockList(call, group: group)
    default:
      return tail.isEmpty && rest.count == 2
        ? ARMAnswer([
          "id": .string(call.path.text), "namespace": .string(call.path.segments.last ?? ""),
          "registrationState": "Registered", "resourceTypes": [],
        ]) : notFound(call)
    }
  }

  func notFound(_ call: ARMCall) -> ARMAnswer {
    let path = call.path
    let group = path.value(after: "resourcegroups") ?? ""
    let index = path.folded.lastIndex(of: "providers")
    let type = index.map { path.segments.dropFirst($0 + 1).joined(separator: "/") } ?? path.text
    return .error(
      404, "ResourceNotFound",
      "The Resource '\(type)' under resource group '\(group)' was not found. For more details please go to "
        + "https://aka.ms/ARMResourceNotFoundFix", isGateway: true)
  }

  func methodNotAllowed(_ call: ARMCall) -> ARMAnswer {
    .error(405, "MethodNotAllowed", "The requested resource does not support http method '\(call.method.rawValue)'.")
  }

  /// api-versions are dates; one that is missing or no date is refused before any provider sees the call.
  private func versionRefusal(_ call: ARMCall) -> ARMAnswer? {
    guard let version = call.path.parameter("api-version"), !version.isEmpty else {
      return .error(
        400, "MissingApiVersionParameter",
        "The api-version query parameter (?api-version=) is required for all requests.", isGateway: true)
    }
    let date = version.prefix(10)
    let year = Int(date.prefix(4)) ?? 0
    let isDate = date.count == 10 && AzureTime.parse(date + "T00:00:00Z") != nil && (2014...2030).contains(year)
    let tail = version.dropFirst(10)
    guard isDate, tail.isEmpty || tail == "-preview" else {
      return .error(
        400, "InvalidApiVersionParameter",
        "The api-version '\(version)' is invalid. The supported versions are "
          + "'2026-04-01,2024-11-01,2024-07-01,2024-03-01,2023-09-01,2022-12-01,2022-11-01,2021-03-01,2020-01-01,"
          + "2018-01-01,2015-04-01'.", isGateway: true)
    }
    return nil
  }

  private func brokenAnswer() -> ARMAnswer {
    // What a bad day looks like: a body, none, and a page of the front end's, in turns.
    switch state.withLock({ $0.nextNumber() }) % 3 {
    case 0:
      return .error(500, "InternalServerError", "Encountered internal server error. Diagnostic information: timestamp.")
    case 1: return ARMAnswer(empty: 503)
    default:
      var answer = ARMAnswer(
        text: """
          <!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01//EN""http://www.w3.org/TR/html4/strict.dtd">
          <HTML><HEAD><TITLE>Service Unavailable</TITLE></HEAD>
          <BODY><h2>Service Unavailable</h2>
          <hr><p>HTTP Error 503. The service is unavailable.</p>
          </BODY></HTML>
          """, type: "text/html; charset=us-ascii")
      answer.status = 503
      answer.headers.append(("x-ms-failure-cause", "service"))
      return answer
    }
  }

  private func throttledAnswer() -> ARMAnswer {
    let seconds = max(1, Int(played(5).inSeconds.rounded(.up)))
    return .error(
      429, "SubscriptionRequestsThrottled",
      "Number of requests for subscription '\(settings.subscription)' exceeded the limit. Please try again after "
        + "'\(seconds)' seconds.", isGateway: true, headers: [("Retry-After", "\(seconds)")])
  }
}

// What stands above the providers.
extension ARMSimulator {
  var subscription: JSON {
    [
      "id": "/subscriptions/\(settings.subscription)", "authorizationSource": "RoleBased", "managedByTenants": [],
      "subscriptionId": .string(settings.subscription), "tenantId": .string(settings.tenant),
      "displayName": "azlin simulator", "state": "Enabled",
      "subscriptionPolicies": [
        "locationPlacementId": "Public_2014-09-01", "quotaId": "PayAsYouGo_2014-09-01", "spendingLimit": "Off",
      ],
    ]
  }

  private var locations: [JSON] {
    Set(catalog.entries.map(\.machine.region)).sorted().map { name in
      [
        "id": "/subscriptions/\(settings.subscription)/locations/\(name)", "name": .string(name), "type": "Region",
        "displayName": .string(name), "regionalDisplayName": .string(name),
      ]
    }
  }

  private func groupModel(_ group: (name: String, region: String, places: [Int])) -> JSON {
    [
      "id": "/subscriptions/\(settings.subscription)/resourceGroups/\(group.name)", "name": .string(group.name),
      "type": "Microsoft.Resources/resourceGroups", "location": .string(group.region),
      "properties": ["provisioningState": "Succeeded"],
    ]
  }

  /// What this identity may do: what a monitor that heals needs (Virtual Machine Contributor and Reader).
  private func permissions() -> ARMAnswer {
    ARMAnswer([
      "value": [
        ["actions": ["*/read"], "notActions": [], "dataActions": [], "notDataActions": []],
        [
          "actions": [
            "Microsoft.Compute/virtualMachines/*", "Microsoft.Compute/disks/read",
            "Microsoft.Network/networkInterfaces/*", "Microsoft.Network/virtualNetworks/subnets/join/action",
            "Microsoft.Insights/metrics/read", "Microsoft.ResourceHealth/availabilityStatuses/read",
          ], "notActions": [], "dataActions": [], "notDataActions": [],
        ],
      ]
    ])
  }
}
