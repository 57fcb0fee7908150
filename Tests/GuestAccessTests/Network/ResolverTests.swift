import Testing

@testable import GuestAccess

@Suite("Looking names up")
struct ResolverTests {
  let resolver = Resolver(loop: TestLoops.shared.network)

  @Test("takes literal addresses as they are", arguments: ["10.1.2.3", "fd00::7", "::ffff:10.0.0.1"])
  func literal(text: String) async throws {
    let addresses = try await resolver.addresses(of: text, port: 2222, until: .now + .seconds(1)).get()
    #expect(addresses.count == 1 && addresses[0].port == 2222)
    #expect(addresses[0].host == text)
  }

  @Test("finds localhost")
  func localhost() async throws {
    let addresses = try await resolver.addresses(
      of: "localhost", port: 22, families: .v4, until: .now + .seconds(5)
    ).get()
    #expect(addresses.contains { $0.host == "127.0.0.1" })
  }

  @Test("says which name was not found, as the monitor's matter")
  func unknown() async {
    guard
      case .failure(let failure) = await resolver.addresses(
        of: "no-such-host.invalid", port: 22, until: .now + .seconds(20))
    else {
      Issue.record("found a name that cannot exist")
      return
    }
    #expect(failure.explanation.contains("no-such-host.invalid"))
  }

  @Test("answers a hundred questions about one name with one look-up")
  func shared() async {
    await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<100 {
        group.addTask {
          if case .success = await resolver.addresses(of: "localhost", port: 1, until: .now + .seconds(5)) {
            true
          } else {
            false
          }
        }
      }
      for await found in group { #expect(found) }
    }
  }
}
