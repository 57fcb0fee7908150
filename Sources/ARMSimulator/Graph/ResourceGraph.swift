import FleetModel
import FoundationEssentials
import HTTPTypes

// POST /providers/Microsoft.ResourceGraph/resources (api-version 2021-03-01).
extension ARMSimulator {
  func resourceGraph(_ call: ARMCall) -> ARMAnswer {
    guard call.method == .post else { return methodNotAllowed(call) }
    let quota = graph.withLock { $0.takeQuota(at: call.at) }
    let resets = max(1, Int(quota.resets.inSeconds.rounded(.up)))
    guard let left = settings.isThrottled ? quota.left : 14 else {
      return .error(
        429, "RateLimiting",
        "Please provide below info when asking for support: timestamp = \(AzureTime.activity(call.at)), correlationId = "
          + "\(Chance.uuid("graph")).",
        details: [
          [
            "code": "RateLimiting",
            "message": .string(
              "Client application has been throttled and should not attempt to repeat the request until an amount of time "
                + "has elapsed. Please see https://aka.ms/resourcegraph-throttling for help."),
          ]
        ],
        headers: [
          ("Retry-After", "\(resets)"), ("x-ms-user-quota-remaining", "0"),
          ("x-ms-user-quota-resets-after", "00:00:0\(min(resets, 9))"),
        ])
    }
    let headers = [
      (name: "x-ms-ratelimit-remaining-tenant-resource-requests", value: "\(left)"),
      (name: "x-ms-user-quota-remaining", value: "\(left)"),
      (name: "x-ms-user-quota-resets-after", value: "00:00:0\(min(resets, 9))"),
      (name: "x-ms-tenant-subscription-limit-hit", value: "false"),
    ]
    var answer = graphAnswer(call)
    answer.headers += headers
    return answer
  }

  private func graphAnswer(_ call: ARMCall) -> ARMAnswer {
    let body = call.json
    guard let query = body["query"].text, !query.isEmpty else {
      return refused(call, [["code": "InvalidQuery", "message": "Query is missing or empty."]])
    }
    let given = body["subscriptions"].items.compactMap(\.text)
    if !given.isEmpty, !given.contains(where: { $0.lowercased() == settings.subscription.lowercased() }) {
      return refused(
        call,
        [
          [
            "code": "NoValidSubscriptionsInQueryRequest",
            "message": .string(
              "There must be at least one subscription that is eligible to contain resources. Given: "
                + "'\(given.joined(separator: ", "))'."),
          ]
        ])
    }
    let options = body["options"]
    var skip = max(options["$skip"].whole ?? 0, 0)
    var top = options["$top"].whole ?? 1000
    guard (1...1000).contains(top) else {
      return refused(
        call, [["code": "InvalidOptions", "message": "The value of $top has to be 1 to 1000, and is \(top)."]])
    }
    var wanted: Int?
    if let text = options["$skipToken"].text {
      guard let token = SkipToken(text) else {
        return refused(call, [["code": "InvalidSkipToken", "message": "The skip token is invalid."]])
      }
      (skip, wanted) = (token.skip, token.generation)
      if options["$top"].whole == nil { top = token.rows }
    }
    do {
      let parsed = try KQLParser.query(query)
      let (table, generation) = try rows(of: parsed, query, generation: wanted, at: call.at)
      return graphPage(table, call, isPageable: parsed.isPageable, skip: skip, top: top, generation)
    } catch {
      return refused(call, Self.details(error))
    }
  }

  /// All rows of a query; those of a page that was begun come from the same copy of the fleet.
  private func rows(
    of parsed: KQLQuery, _ query: String, generation: Int?, at now: Instant
  ) throws(KQLFault) -> (KQLTable, Int) {
    let state = state.withLock { $0 }
    // What is wrong comes out as a value: the lock's closure throws nothing of its own.
    let result: Result<(KQLTable, Int), KQLFault> = graph.withLock { store in
      if let generation, let kept = store.result(query, generation) { return .success((kept, generation)) }
      store.refresh(self, state, at: now)
      if let kept = store.result(query, store.generation) { return .success((kept, store.generation)) }
      do {
        var names: [String: KQLTable] = [:]
        for name in Self.tables(of: parsed) { names[name] = store.table(name, self, at: now) }
        let table = try KQLEngine(table: { [names] in names[$0] }, now: now).run(parsed)
        store.keep(table, of: query)
        return .success((table, store.generation))
      } catch let fault as KQLFault {
        return .failure(fault)
      } catch {
        return .failure(.meaning("\(error)"))
      }
    }
    return try result.get()
  }

  private static func tables(of query: KQLQuery) -> Set<String> {
    var names: Set<String> = [query.table.lowercased()]
    for stage in query.stages {
      switch stage {
      case .join(_, let right, _): names.formUnion(tables(of: right))
      case .union(let others): for other in others { names.formUnion(tables(of: other)) }
      default: break
      }
    }
    return names
  }

  private func graphPage(
    _ table: KQLTable, _ call: ARMCall, isPageable: Bool, skip: Int, top: Int, _ generation: Int
  ) -> ARMAnswer {
    let start = min(skip, table.rows.count)
    let end = min(start + top, table.rows.count)
    let page = table.rows[start..<end]
    let hasMore = end < table.rows.count
    // Without an id Resource Graph cannot tell where a page ended.
    let canPage = isPageable && table.columns.contains("id")
    let format = call.json["options"]["resultFormat"].text?.lowercased()
    let isTable = format == "table" || (format == nil && call.version < "2020-04-01-preview")
    let data: JSON =
      isTable
      ? [
        "columns": .array(
          table.columns.enumerated().map {
            ["name": .string($0.element), "type": .string(Self.type(of: $0.offset, page))]
          }),
        "rows": .array(page.map { .array($0) }),
      ]
      : .array(page.map { row in .object(zip(table.columns, row).map { JSON.Member($0, $1) }) })
    return ARMAnswer(
      .having([
        "totalRecords": .integer(Int64(table.rows.count)), "count": .integer(Int64(page.count)), "data": data,
        "facets": [], "resultTruncated": hasMore && !canPage ? "true" : "false",
        "$skipToken": hasMore && canPage
          ? .string(SkipToken(rows: top, skip: end, generation: generation).text) : nil,
      ]))
  }

  private static func type(of column: Int, _ rows: ArraySlice<[JSON]>) -> String {
    switch rows.lazy.map({ $0[column] }).first(where: { !$0.isNull }) {
    case .integer: "integer"
    case .number: "number"
    case .bool: "boolean"
    case .array, .object: "object"
    case .string, .null, nil: "string"
    }
  }

  private func refused(_ call: ARMCall, _ details: [JSON]) -> ARMAnswer {
    .error(
      400, "BadRequest",
      "Please provide below info when asking for support: timestamp = \(AzureTime.activity(call.at)), correlationId = "
        + "\(Chance.uuid("graph \(call.at.milliseconds)")).", details: details)
  }

  private static func details(_ fault: KQLFault) -> [JSON] {
    let invalid: JSON = [
      "code": "InvalidQuery",
      "message": .string(
        "Query is invalid. Please refer to the documentation for the Azure Resource Graph service and fix the error before "
          + "retrying."),
    ]
    switch fault {
    case .syntax(let token):
      return [
        invalid,
        [
          "code": "ParserFailure", "message": "ParserFailure", "line": .integer(Int64(token.line)),
          "characterPositionInLine": .integer(Int64(token.position)), "token": .string(token.text),
          "expectedToken": "Ǐ",
        ],
      ]
    // How the service words these is not recorded.
    case .meaning(let text): return [invalid, ["code": "SemanticFailure", "message": .string(text)]]
    }
  }
}

/// Where the next page begins: JSON in base64, as the service's own.
struct SkipToken: Hashable {
  var rows: Int
  var skip: Int
  var generation: Int

  init(rows: Int, skip: Int, generation: Int) {
    self.rows = rows
    self.skip = skip
    self.generation = generation
  }

  /// nil: it is no token of ours.
  init?(_ text: String) {
    guard let data = Data(base64Encoded: text), let json = JSONReader.value(Array(data)),
      let rows = json["MaxRows"].whole,
      let skip = json["RowsToSkip"].whole, rows > 0, skip >= 0
    else { return nil }
    self.init(rows: rows, skip: skip, generation: json["Snapshot"].whole ?? 0)
  }

  var text: String {
    let json =
      "{\r\n  \"$id\": \"1\",\r\n  \"MaxRows\": \(rows),\r\n  \"RowsToSkip\": \(skip),\r\n"
      + "  \"KustoClusterUrl\": \"https://arg-sim-one-sf.arg.core.windows.net\",\r\n  \"Snapshot\": \(generation)\r\n}"
    return Data(json.utf8).base64EncodedString()
  }
}
