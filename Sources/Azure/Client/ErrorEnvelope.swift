import FleetModel
import FoundationEssentials

/// What an answer's body says went wrong, in any of the forms in which Azure says it.
///
/// Recorded: `{"error":{code,message,details,innererror}}`, `{"Code","Message","Details"}`, `{"ErrorCode","Message":
/// {"Value"}}`, `{"ErrorResponse":{…}}`, JSON inside of a message's text, HTML pages, and nothing at all.
struct ErrorEnvelope: Hashable, Sendable {
  /// The outermost code; empty: none was given.
  var outerCode = ""
  /// The innermost code that says more than the outermost; else the same.
  var code = ""
  /// The message that goes with `code`, as one line that is safe to show; may be empty.
  var message = ""

  /// The most of a message that is kept, in characters.
  static let messageLimit = 600
  /// How deep details are followed: none of Azure's go deeper, and a hostile body could.
  private static let depthLimit = 8

  private struct Entry {
    var code: String
    var message: String
  }

  init(_ body: [UInt8]) {
    if let tree = try? JSONDecoder().decode(JSONTree.self, from: Data(body)) {
      self.init(tree)
      if code.isEmpty, message.isEmpty, case .text(let text) = tree { message = Self.shown(text) }
    } else {
      self.init(JSONTree.null)
      let text = String(decoding: body.prefix(64 * 1024), as: UTF8.self)
      message = Self.shown(Self.plain(text))
      // The blob store answers in XML.
      if let found = text.firstMatch(of: /<Code>([^<]{1,100})<\/Code>/) { name(String(found.1)) }
    }
  }

  /// - Parameter tree: of a whole body, or of an operation's `error`.
  init(_ tree: JSONTree) {
    var chain: [Entry] = []
    Self.follow(tree, 0, &chain)
    guard let outer = chain.first else { return }
    outerCode = Self.word(outer.code)
    let inner = chain.first { !Self.isVague($0.code) } ?? chain.first { !$0.code.isEmpty } ?? outer
    code = Self.word(inner.code)
    let words = inner.message.isEmpty ? chain.first { !$0.message.isEmpty }?.message ?? "" : inner.message
    message = Self.shown(words)
  }

  /// Gives it a code where its body has none.
  mutating func name(_ code: String) { (outerCode, self.code) = (Self.word(code), Self.word(code)) }

  /// Codes from the outermost to the innermost, each with its message.
  private static func follow(_ tree: JSONTree, _ depth: Int, _ chain: inout [Entry]) {
    guard depth < depthLimit else { return }
    switch tree {
    case .list(let values): for value in values.prefix(8) { follow(value, depth + 1, &chain) }
    case .text(let text):
      if chain.isEmpty, depth > 0 { chain.append(Entry(code: text, message: "")) }
    case .object(let members):
      // Keys come in either case.
      let members = Dictionary(members.map { ($0.lowercased(), $1) }) { first, _ in first }
      let entry = Entry(
        code: scalar(members["code"] ?? members["errorcode"] ?? members["error_code"]),
        message: scalar(members["message"] ?? members["error_description"] ?? members["errormessage"]))
      if !entry.code.isEmpty || !entry.message.isEmpty { chain.append(entry) }
      for name in ["error", "errorresponse", "odata.error", "errors", "details", "innererror"] {
        if let value = members[name] { follow(value, depth + 1, &chain) }
      }
      if let nested = nested(entry.message) { follow(nested, depth + 1, &chain) }
    default: break
    }
  }

  private static func scalar(_ tree: JSONTree?) -> String {
    switch tree {
    case .text(let text): text
    case .integer(let number): String(number)
    case .object(let members): scalar(members["value"] ?? members["Value"])
    default: ""
    }
  }

  /// JSON that begins in a message's text; deployments and proxied providers do so.
  private static func nested(_ message: String) -> JSONTree? {
    guard let start = message.firstIndex(of: "{"), let end = message.lastIndex(of: "}"), start < end else { return nil }
    let text = String(message[start...end])
    for candidate in [text, text.replacing("\\\"", with: "\"")] {
      if let tree = try? JSONDecoder().decode(JSONTree.self, from: Data(candidate.utf8)) { return tree }
    }
    return nil
  }

  /// Codes that say nothing that the status does not say: what is inside says more.
  private static func isVague(_ code: String) -> Bool {
    code.isEmpty || code.allSatisfy(\.isNumber) || vague.contains(code.lowercased())
  }
  private static let vague: Set<String> = [
    "badrequest", "retryableerror", "deploymentfailed", "resourcedeploymentfailure", "invalidtemplatedeployment",
    "multipleerrorsoccurred", "failed", "error", "conflict", "usererror", "internalservererror", "invalidrequest",
  ]

  /// A code as Azure writes them; anything else is cut down to it.
  private static func word(_ code: String) -> String { SafeText.line(String(code.prefix(100))) }

  private static func shown(_ text: String) -> String {
    let line = SafeText.line(
      String(text.prefix(messageLimit * 2)).split(whereSeparator: \.isWhitespace).joined(separator: " "))
    return Redaction.signatures(
      line.count > messageLimit ? String(line.prefix(messageLimit)) + "…" : line)
  }

  /// What a page or an XML error says, or the text itself.
  private static func plain(_ text: String) -> String {
    let lower = text.prefix(1024).lowercased()
    guard lower.contains("<html") || lower.contains("<!doctype") || lower.contains("<?xml") else { return text }
    let said = text.firstMatch(of: /<(title|Message)>(.*?)<\/(title|Message)>/.ignoresCase().dotMatchesNewlines())
    return said.map { String($0.2) } ?? ""
  }
}

/// Keeps signatures of links out of what people read.
enum Redaction {
  /// `…sig=…` becomes `…sig=(hidden)`.
  static func signatures(_ text: String) -> String {
    text.replacing(/(sig=|Bearer )[^&"' ,;<>]+/.ignoresCase()) { "\($0.1)(hidden)" }
  }
}
