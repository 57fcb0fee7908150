import Azure
import Foundation
import HTTPTypes

/// Recorded traffic with the Resource Manager: one file a scenario.
struct Recording: Sendable {
  /// Exchanges in the order in which they were recorded.
  struct Exchange: Sendable {
    var index: Int
    var method: HTTPRequest.Method
    var url: String
    var requestHeaders: [String: String]
    var requestBody: String?
    var status: Int
    var headers: HTTPFields
    var body: [UInt8]

    var path: String {
      let rest = url.firstRange(of: "://").map { url[$0.upperBound...] } ?? url[...]
      return String(rest[(rest.firstIndex(of: "/") ?? rest.endIndex)...].prefix { $0 != "?" })
    }
    var origin: String {
      String(url.prefix(url.count - (url.firstRange(of: path).map { url[$0.lowerBound...].count } ?? 0)))
    }
    var query: [(name: String, value: String)] {
      guard let mark = url.firstIndex(of: "?") else { return [] }
      return url[url.index(after: mark)...].split(separator: "&").map { part in
        let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        return (String(pair[0]), pair.count > 1 ? String(pair[1]) : "")
      }
    }
    var reply: HTTPReply { HTTPReply(status: status, headers: headers, body: body) }
  }
  var file: String
  var licence: String
  var source: String
  var exchanges: [Exchange]

  struct Fault: Error, CustomStringConvertible { var description: String }

  /// Reads a file of the form `{source, path, licence, exchanges: [{index, request, response}]}`, or a list of exchanges.
  init(_ file: URL) throws {
    let name = file.lastPathComponent
    self.file = name
    let root = try JSONSerialization.jsonObject(with: Data(contentsOf: file))
    let object = root as? [String: Any]
    guard let list = object?["exchanges"] as? [[String: Any]] ?? root as? [[String: Any]] else {
      throw Fault(description: "\(name) holds no list of exchanges")
    }
    licence = object?["licence"] as? String ?? ""
    source = object?["source"] as? String ?? ""
    exchanges = try list.enumerated().map { position, entry in
      guard let request = entry["request"] as? [String: Any], let response = entry["response"] as? [String: Any],
        let method = (request["method"] as? String).flatMap({ HTTPRequest.Method($0.uppercased()) }),
        let url = request["uri"] as? String ?? request["url"] as? String
      else { throw Fault(description: "\(name): exchange \(position) has no method or address") }
      let status = response["status"]
      return Exchange(
        index: entry["index"] as? Int ?? position, method: method, url: url,
        requestHeaders: Self.headers(request["headers"]).reduce(into: [:]) { $0[$1.0.lowercased()] = $1.1 },
        requestBody: Self.text(request["body"]),
        status: status as? Int ?? (status as? [String: Any])?["code"] as? Int ?? response["status_code"] as? Int ?? 0,
        headers: Self.fields(Self.headers(response["headers"])), body: Array((Self.text(response["body"]) ?? "").utf8))
    }
  }

  /// All recordings of a folder, by name.
  static func folder(_ path: String) throws -> [Recording] {
    let folder = URL(filePath: path)
    return try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
      .filter { $0.pathExtension == "json" && !$0.lastPathComponent.hasSuffix(".expected.json") }
      .sorted { $0.lastPathComponent < $1.lastPathComponent }.map(Recording.init)
  }

  /// The folder beside this file.
  static let fixtures = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures").path()

  private static func headers(_ value: Any?) -> [(String, String)] {
    ((value as? [String: Any]) ?? [:]).sorted { $0.key < $1.key }.flatMap { name, value -> [(String, String)] in
      ((value as? [Any]) ?? [value]).map { (name, "\($0)") }
    }
  }

  private static func fields(_ headers: [(String, String)]) -> HTTPFields {
    var fields = HTTPFields()
    for (name, value) in headers {
      if let name = HTTPField.Name(name) { fields.append(HTTPField(name: name, value: value)) }
    }
    return fields
  }

  /// A body as text: some recorders keep JSON as it is, some under `string` or `data`.
  private static func text(_ value: Any?) -> String? {
    switch value {
    case nil, is NSNull: return nil
    case let text as String: return text
    case let object as [String: Any] where object["string"] is String: return object["string"] as? String
    case let other?:
      return (try? JSONSerialization.data(withJSONObject: other)).map { String(decoding: $0, as: UTF8.self) }
    }
  }
}
