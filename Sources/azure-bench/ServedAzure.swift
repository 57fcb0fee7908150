import FleetModel
import FoundationEssentials
import Glibc
import Subprocess

/// `azlin simulate serve` in a process of its own, and what it says of itself.
struct ServedAzure: Sendable {
  let arm: String
  let token: String
  let identityHeader: String
  let subscription: String
  private let process: Int32

  private struct Ready: Decodable {
    var arm: String
    var token: String
    var identityHeader: String
    var subscription: String

    static var decoder: JSONDecoder {
      let decoder = JSONDecoder()
      decoder.keyDecodingStrategy = .convertFromSnakeCase
      return decoder
    }
  }

  /// nil where there is no azlin beside this program.
  static func start(machines: Int) async throws -> ServedAzure? {
    let program = folder + "/azlin"
    guard access(program, X_OK) == 0 else { return nil }
    let words = AsyncStream.makeStream(of: ServedAzure?.self)
    Task {
      _ = try? await Subprocess.run(
        .path(.init(program)), arguments: ["simulate", "serve", "--port", "0", "--vms", "\(machines)"],
        input: .none, output: .sequence, error: .sequence
      ) { execution in
        async let errors: Void = { for try await _ in $0 {} }(execution.standardError)
        var line: [UInt8] = []
        for try await buffer in execution.standardOutput {
          line += buffer.withUnsafeBytes { Array($0) }
          guard let end = line.firstIndex(of: 0x0a) else { continue }
          let ready = try? Ready.decoder.decode(Ready.self, from: Data(line[..<end]))
          line.removeAll()
          words.continuation.yield(
            ready.map {
              ServedAzure(
                arm: $0.arm, token: $0.token, identityHeader: $0.identityHeader, subscription: $0.subscription,
                process: execution.processIdentifier.value)
            })
        }
        words.continuation.finish()
        try await errors
      }
      words.continuation.finish()
    }
    for await server in words.stream { return server }
    return nil
  }

  func stop() { kill(process, SIGTERM) }

  var environment: [String: String] {
    ["AZLIN_ARM_ENDPOINT": arm, "IDENTITY_ENDPOINT": token, "IDENTITY_HEADER": identityHeader]
  }

  /// The same list by Microsoft's SDK; nil where it is not installed.
  func listByPeer() async throws -> (count: Int, seconds: Double)? {
    let python = ".build/python-sdk/bin/python"
    guard access(python, X_OK) == 0 else { return nil }
    let result = try await Subprocess.run(
      .path(.init(python)), arguments: ["-c", Self.peer],
      environment: .inherit.updating([
        "ARM": .some(arm), "SUBSCRIPTION": .some(subscription), "IDENTITY_ENDPOINT": .some(token),
        "IDENTITY_HEADER": .some(identityHeader),
      ]), output: .string(limit: 4096), error: .string(limit: 65_536))
    let words = result.standardOutput.split(separator: " ")
    guard words.count == 2, let count = Int(words[0]), let seconds = Double(words[1].prefix { $0 != "\n" }) else {
      throw Failure(description: "the SDK failed: \(result.standardError.suffix(400))")
    }
    return (count, seconds)
  }

  struct Failure: Error, CustomStringConvertible { var description: String }

  /// Imports are not counted: azlin's own start is not either.
  private static let peer = """
    import os, time
    from azure.core.pipeline.policies import SansIOHTTPPolicy
    from azure.identity import ManagedIdentityCredential
    from azure.mgmt.resourcegraph import ResourceGraphClient
    from azure.mgmt.resourcegraph.models import QueryRequest, QueryRequestOptions
    begin = time.time()
    credential = ManagedIdentityCredential()
    class Bearer(SansIOHTTPPolicy):
        def on_request(self, request):
            request.http_request.headers["Authorization"] = "Bearer " + credential.get_token("https://management.azure.com/.default").token
    client = ResourceGraphClient(credential, base_url=os.environ["ARM"], authentication_policy=Bearer())
    query = "resources | where type =~ 'microsoft.compute/virtualmachines' | project id, name, resourceGroup, location, tags, properties | sort by id asc"
    count, token = 0, None
    while True:
        page = client.resources(QueryRequest(subscriptions=[os.environ["SUBSCRIPTION"]], query=query, options=QueryRequestOptions(result_format="objectArray", top=1000, skip_token=token)))
        count += len(page.data)
        token = page.skip_token
        if not token:
            break
    print(count, time.time() - begin)
    """

  private static var folder: String {
    var buffer = [UInt8](repeating: 0, count: 4096)
    let length = readlink("/proc/self/exe", &buffer, buffer.count)
    let path = String(decoding: buffer[..<max(length, 0)], as: UTF8.self)
    return path.split(separator: "/").dropLast().map { "/" + $0 }.joined()
  }
}
