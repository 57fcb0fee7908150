import FleetModel
import HTTPTypes

/// What a path of the Resource Manager names: a resource, a collection of them, an action on one, or an operation.
///
/// Names of providers, types and actions are lower case here, for the service does not care how they are written;
/// names of groups and resources are as the path has them, percent-decoded.
package struct ARMRoute: Hashable, Sendable {
  /// Lower case; nil: the path is above subscriptions.
  package var subscription: String?
  package var group: String?
  /// `microsoft.compute`; empty: the path is the Resource Manager's own (`/subscriptions`).
  package var namespace = ""
  /// `["virtualmachines", "extensions"]`.
  package var types: [String] = []
  /// One name a type; a collection has one name fewer.
  package var names: [String] = []
  /// The last word of a POST (`restart`), lower case; nil: none.
  package var action: String?
  /// The same as the path has it (`powerOff`).
  package var writtenAction: String?
  /// The path of the resource whose metrics, health or permissions this one is about; nil: none.
  package var host: String?

  /// - Parameter path: without its query.
  package init(_ method: HTTPRequest.Method, _ path: String) {
    let segments = path.split(separator: "/").map { Self.decoded($0) }
    let lower = segments.map { $0.lowercased() }
    if lower.first == "subscriptions", lower.count > 1 { subscription = lower[1] }
    if lower.count > 3, subscription != nil, lower[2] == "resourcegroups" { group = segments[3] }
    if let providers = lower.lastIndex(of: "providers"), providers + 1 < lower.count {
      namespace = lower[providers + 1]
      take(Array(segments[(providers + 2)...]), method)
      if lower[..<providers].contains("providers") { host = "/" + segments[..<providers].joined(separator: "/") }
    } else {
      take(segments, method)
    }
  }

  private mutating func take(_ segments: [String], _ method: HTTPRequest.Method) {
    for index in stride(from: 0, to: segments.count, by: 2) {
      let type = segments[index].lowercased()
      guard index + 1 < segments.count else {
        // `POST …/virtualMachines/v/restart`; but a POST to a collection names that (`…/resources`).
        if method == .post, !types.isEmpty {
          (action, writtenAction) = (type, segments[index])
        } else {
          types.append(type)
        }
        return
      }
      types.append(type)
      names.append(segments[index + 1])
    }
  }

  /// `microsoft.compute/virtualmachines/extensions`.
  package var type: String { ([namespace] + types).filter { !$0.isEmpty }.joined(separator: "/") }

  /// Many resources, not one.
  package var isCollection: Bool { names.count < types.count }

  /// The state or result of a long-running operation.
  package var isOperation: Bool { types.contains { $0.hasPrefix("operation") || $0.hasPrefix("asyncoperation") } }

  /// Whether the path is a virtual machine's, or one of an instance's of a scale set, or below one.
  package var isMachine: Bool {
    guard namespace == "microsoft.compute", !names.isEmpty else { return false }
    return types.first == "virtualmachines"
      || (types.first == "virtualmachinescalesets" && types.count > 1 && types[1] == "virtualmachines"
        && names.count > 1)
  }

  /// What the path is about, for an operator; safe to show.
  package var subject: String {
    func shown(_ text: String) -> String { SafeText.line(String(text.prefix(120))) }
    let place = group.map { shown($0) + "/" } ?? ""
    if let host {
      return "the \(Self.plurals[types.first ?? ""] ?? shown(types.first ?? "")) of \(ARMRoute(.get, host).subject)"
    }
    if isOperation { return "an operation" }
    if namespace == "microsoft.insights", types.first == "eventtypes" { return "the Activity Log" }
    if namespace == "microsoft.resourcegraph" { return "the Resource Graph query" }
    if isCollection {
      let what = Self.plurals[types.last ?? ""] ?? shown(types.last ?? "resources")
      if names.isEmpty { return "the list of \(what)" + (group.map { " of group \(shown($0))" } ?? "") }
      let owner = types.first.map { Self.words[$0] ?? shown($0) } ?? ""
      return "the \(what) of \(owner) \(place)\(shown(names[0]))"
    }
    guard let name = names.last, let type = types.last else { return "Azure" }
    if types.count > 1, isMachine || types.count == 2 {
      return "\(Self.words[type] ?? shown(type)) \(shown(name)) of \(Self.words[types[0]] ?? shown(types[0])) "
        + "\(place)\(shown(names[0]))"
    }
    if type == "resourcegroups" || type == "subscriptions" { return "\(Self.words[type] ?? type) \(shown(name))" }
    return "\(Self.words[type] ?? shown(type)) \(place)\(shown(name))"
  }

  /// What a request wants, for an operator (`restart of virtual machine web/a`).
  package func words(_ method: HTTPRequest.Method) -> String {
    switch method {
    case .post where action != nil: "\(SafeText.line(writtenAction ?? "")) of \(subject)"
    case .put, .patch: "the change of \(subject)"
    case .delete: "the deletion of \(subject)"
    default: subject
    }
  }

  private static let words = [
    "virtualmachines": "virtual machine", "virtualmachinescalesets": "scale set",
    "networkinterfaces": "network interface", "publicipaddresses": "public IP address",
    "virtualnetworks": "virtual network", "extensions": "extension", "runcommands": "run command", "disks": "disk",
    "resourcegroups": "resource group", "subscriptions": "subscription", "machines": "Arc machine",
  ]
  private static let plurals = [
    "virtualmachines": "virtual machines", "virtualmachinescalesets": "scale sets",
    "networkinterfaces": "network interfaces", "publicipaddresses": "public IP addresses",
    "extensions": "extensions", "runcommands": "run commands", "disks": "disks", "instanceview": "state",
    "subscriptions": "subscriptions", "resourcegroups": "resource groups", "permissions": "permissions",
    "metrics": "metrics", "availabilitystatuses": "health", "roleassignments": "role assignments",
  ]

  private static func decoded(_ text: Substring) -> String {
    guard text.contains("%") else { return String(text) }
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      let digits = rest.prefix(2)
      if byte == 0x25, digits.count == 2, let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16) {
        bytes.append(value)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
