import FleetModel

/// Who did what, as the Activity Log keeps it.
struct ActivityLog: Sendable {
  /// Who did it.
  enum Actor: Hashable, Sendable {
    /// The identity that the simulator's tokens are of.
    case ourselves
    /// Somebody else.
    case person(String)

    var caller: String {
      switch self {
      case .ourselves: Identity.objectID
      case .person(let name): name
      }
    }
  }
  /// One operation: its beginning and its end make an event each.
  struct Entry: Sendable {
    var action: String
    var actor: Actor
    var place: Int
    var startedAt: Instant
    var endsAt: Instant
    var failure: SimulatedOperation.Failure?
    var correlation: String
    /// Found again where its end changes.
    var operation: String?
  }
  private(set) var entries: [Entry] = []
  /// Older ones are gone: Azure keeps 90 days, this a number.
  private static let limit = 20_000

  mutating func record(
    _ operation: SimulatedOperation, _ action: String, by actor: Actor, _ entry: Catalog.Entry, _ call: ARMCall
  ) {
    add(
      Entry(
        action: action, actor: actor, place: entry.place, startedAt: operation.startedAt, endsAt: operation.endsAt,
        failure: operation.failure,
        correlation: call.header("x-ms-correlation-request-id") ?? Chance.uuid(operation.id + " correlation"),
        operation: operation.id))
  }

  mutating func record(
    _ action: String, by actor: Actor, _ entry: Catalog.Entry, from start: Instant, until end: Instant
  ) {
    add(
      Entry(
        action: action, actor: actor, place: entry.place, startedAt: start, endsAt: end,
        correlation: Chance.uuid("\(entry.id) \(action) \(start.milliseconds)")))
  }

  /// An order that was refused: it began and failed in the same instant.
  mutating func record(
    refused failure: SimulatedOperation.Failure, _ action: String, _ entry: Catalog.Entry, _ call: ARMCall,
    number: UInt64
  ) {
    add(
      Entry(
        action: action, actor: .ourselves, place: entry.place, startedAt: call.at, endsAt: call.at, failure: failure,
        correlation: call.header("x-ms-correlation-request-id") ?? Chance.uuid("refused \(number) \(entry.id)")))
  }

  private mutating func add(_ entry: Entry) {
    entries.append(entry)
    if entries.count > Self.limit { entries.removeFirst(entries.count - Self.limit) }
  }
}

// GET …/Microsoft.Insights/eventtypes/management/values.
extension ARMSimulator {
  /// Somebody of the operator's own people.
  static let people = ["anna.keller@contoso.example", "d.okafor@contoso.example", "night-shift@contoso.example"]

  /// Machines that are off on purpose since before the beginning were turned off by somebody, 20 to 80 days ago.
  func recordPast() {
    let start = catalog.origin
    state.withLock { state in
      for entry in catalog.entries {
        guard let view = fleet.platformView(of: entry.machine.id, at: start), view.power.isOff else { continue }
        let at = start - .hours(Int(480 + Chance.hash(entry.id, 9) % 1400))
        recordStop(entry, view.power, at: at, &state)
      }
    }
  }

  /// A person turned a machine off.
  func recordStop(_ entry: Catalog.Entry, _ power: PowerState, at: Instant, _ state: inout ARMState) {
    let person = Self.people[Int(Chance.hash(entry.id, 10) % UInt64(Self.people.count))]
    let word = power == .stopped ? "powerOff" : "deallocate"
    state.activity.record(
      "Microsoft.Compute/virtualMachines/\(word)/action", by: .person(person), entry, from: at - played(20), until: at)
  }

  func activityLog(_ call: ARMCall) -> ARMAnswer {
    guard let text = call.path.parameter("$filter"), !text.isEmpty else {
      return ARMAnswer(
        400, ["code": "BadRequest", "message": "Query parameter cannot be null empty or whitespace: $filter."])
    }
    let filter = ActivityFilter(text)
    guard let from = filter.from else {
      return ARMAnswer(400, ["code": "BadRequest", "message": "The start time is missing in the filter."])
    }
    guard from >= call.at - .days(90) else {
      return ARMAnswer(
        400, ["code": "BadRequest", "message": "The start time cannot be more than 90 days in the past."])
    }
    let state = state.withLock { $0 }
    let lag = state.faults.has(.activityLag, at: call.at) ? Duration.minutes(30) : played(settings.activityLag)
    let until = min(filter.to ?? .distantFuture, call.at)
    var events: [(at: Instant, json: JSON)] = []
    for item in state.activity.entries where filter.admits(catalog.entries[item.place], item) {
      // The desk knows better where an operation was cut short.
      let end = item.operation.flatMap { state.operations[$0] }
      let endsAt = end?.endsAt ?? item.endsAt
      let failure = end?.failure ?? item.failure
      for (at, status) in [(item.startedAt, "Started"), (endsAt, failure == nil ? "Succeeded" : "Failed")]
      where at >= from && at <= until && at + lag <= call.at {
        events.append((at, event(item, at: at, status: status, failure, lag)))
      }
    }
    events.sort { $0.at > $1.at }
    return page(call, Array(events.indices)) { events[$0].json }
  }

  private func event(
    _ item: ActivityLog.Entry, at: Instant, status: String, _ failure: SimulatedOperation.Failure?, _ lag: Duration
  ) -> JSON {
    let entry = catalog.entries[item.place]
    let resource = item.action.hasPrefix("Microsoft.Network") ? entry.card : entry.id
    let provider = String(item.action.prefix { $0 != "/" })
    let id = Chance.uuid("\(item.correlation) \(status)")
    let type = provider + "/" + (provider == "Microsoft.Network" ? "networkInterfaces" : "virtualMachines")
    func word(_ value: String) -> JSON { ["value": .string(value), "localizedValue": .string(value)] }
    var properties: JSON = [
      "eventCategory": "Administrative", "entity": .string(resource), "message": .string(item.action),
      "hierarchy": .string(settings.subscription),
    ]
    if status == "Failed", let failure {
      properties["statusMessage"] = .string(
        String(
          decoding: JSONWriter.bytes([
            "status": "Failed", "error": ["code": .string(failure.code), "message": .string(failure.message)],
          ]), as: UTF8.self))
    }
    var claims: JSON = [:]
    if case .person(let name) = item.actor {
      claims["http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name"] = .string(name)
      claims["idtyp"] = "user"
    } else {
      claims["appid"] = .string(Identity.applicationID)
      claims["idtyp"] = "app"
    }
    return [
      "authorization": ["action": .string(item.action), "role": "Contributor", "scope": .string(resource)],
      "caller": .string(item.actor.caller), "channels": "Operation", "claims": claims,
      "correlationId": .string(item.correlation), "description": "", "eventDataId": .string(id),
      "eventName": [
        "value": status == "Started" ? "BeginRequest" : "EndRequest",
        "localizedValue": status == "Started" ? "Begin request" : "End request",
      ],
      "category": word("Administrative"), "eventTimestamp": .string(AzureTime.activity(at)),
      "id": "\(resource)/events/\(id)/ticks/\(AzureTime.ticks(at))",
      "level": status == "Failed" ? "Error" : "Informational",
      "operationId": .string(item.correlation), "operationName": word(item.action),
      "resourceGroupName": .string(entry.resourceGroup), "resourceProviderName": word(provider),
      "resourceType": word(type), "resourceId": .string(resource), "status": word(status),
      "subStatus": status == "Failed" ? subStatus(failure?.status) : word(""),
      "submissionTimestamp": .string(AzureTime.activity(at + lag)),
      "subscriptionId": .string(settings.subscription), "tenantId": .string(settings.tenant), "properties": properties,
    ]
  }
}

extension ARMSimulator {
  /// Azure's words for what a refusal was on the wire.
  private func subStatus(_ status: Int?) -> JSON {
    let names = [
      400: "Bad Request", 403: "Forbidden", 404: "Not Found", 409: "Conflict", 412: "Precondition Failed",
      429: "Too Many Requests",
    ]
    guard let status, let words = names[status] else { return ["value": "", "localizedValue": ""] }
    let name = words.replacing(" ", with: "")
    return ["value": .string(name), "localizedValue": .string("\(words) (HTTP Status Code: \(status))")]
  }
}

/// `eventTimestamp ge '…' and eventTimestamp le '…' and resourceUri eq '…'`.
struct ActivityFilter: Hashable, Sendable {
  private(set) var from: Instant?
  private(set) var to: Instant?
  private var resource: String?
  private var group: String?
  private var provider: String?
  private var correlation: String?

  init(_ text: String) {
    var words: [String] = []
    var word = ""
    var isQuoted = false
    for character in text {
      switch character {
      case "'": isQuoted.toggle()
      case " " where !isQuoted:
        if !word.isEmpty { words.append(word) }
        word = ""
      default: word.append(character)
      }
    }
    if !word.isEmpty { words.append(word) }
    var index = 0
    while index + 2 < words.count {
      let (name, sign, value) = (words[index].lowercased(), words[index + 1].lowercased(), words[index + 2])
      switch (name, sign) {
      case ("eventtimestamp", "ge"), ("eventtimestamp", "gt"): from = AzureTime.parse(value)
      case ("eventtimestamp", "le"), ("eventtimestamp", "lt"): to = AzureTime.parse(value)
      case ("resourceuri", "eq"), ("resourceid", "eq"): resource = value.lowercased()
      case ("resourcegroupname", "eq"): group = value.lowercased()
      case ("resourceprovider", "eq"): provider = value.lowercased()
      case ("correlationid", "eq"): correlation = value.lowercased()
      default: break
      }
      index += 4
    }
  }

  func admits(_ machine: Catalog.Entry, _ item: ActivityLog.Entry) -> Bool {
    if let resource, resource != machine.id.lowercased(), resource != machine.card.lowercased() { return false }
    if let resource, (resource == machine.card.lowercased()) != item.action.hasPrefix("Microsoft.Network") {
      return false
    }
    if let group, group != machine.resourceGroup.lowercased() { return false }
    if let provider, !item.action.lowercased().hasPrefix(provider + "/") { return false }
    if let correlation, correlation != item.correlation.lowercased() { return false }
    return true
  }
}
