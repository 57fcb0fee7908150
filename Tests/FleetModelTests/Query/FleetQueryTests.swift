import FleetModel
import Testing

@Suite("The fleet's query language")
struct FleetQueryTests {
  private static func status(
    _ name: String, _ verdict: Verdict = .healthy, cpu: Double? = nil, group: String = "web",
    tags: [String: String] = [:], change: (inout MachineStatus) -> Void = { _ in }
  ) -> MachineStatus {
    var status = MachineStatus(
      machine: VirtualMachine(
        id: MachineID("hosts/\(group)/\(name)"), name: name, group: group, region: "westeurope", provider: .hosts,
        tags: tags), verdict: verdict)
    if let cpu { status.readings.cpu = .value(cpu) }
    change(&status)
    return status
  }

  private static let fleet: [MachineStatus] = [
    status("vm-web-01", cpu: 41, tags: ["Env": "prod"]),
    status("vm-web-02", .warning, cpu: 92, tags: ["Env": "dev"]),
    status("vm-db-01", .critical, group: "data") { $0.reason = "SSH connection refused" },
    status("vm-db-02", .off, group: "data") { $0.readings.power = .value(.deallocated) },
    status("vm-old", .notWatched, group: "attic"),
    status("vm-flap", cpu: 80, group: "attic") {
      $0.checks = [CheckStatus(kind: .ssh, isFlapping: true)]
      $0.readings.uptime = .value(.minutes(30))
      $0.readings.latency = .value(.milliseconds(120))
    },
  ]

  private static func names(_ query: String) throws -> [String] {
    let query = try FleetQuery(query)
    return fleet.filter { query.matches($0) }.map { String($0.machine.name.dropFirst(3)) }
  }

  @Test(
    "A query selects what it says",
    arguments: [
      ("", ["web-01", "web-02", "db-01", "db-02", "old", "flap"]),
      ("w1", ["web-01"]), ("WEB", ["web-01", "web-02"]), ("vm-*-02", ["web-02", "db-02"]),
      ("data/db", ["db-01", "db-02"]), ("\"flap\"", ["flap"]),
      ("state=critical", ["db-01"]), ("verdict=crit,warn", ["web-02", "db-01"]),
      ("state!=healthy", ["web-02", "db-01", "db-02", "old"]), ("state=not-watched", ["old"]),
      ("cpu>80", ["web-02"]), ("cpu>=80", ["web-02", "flap"]), ("cpu<50%", ["web-01"]), ("cpu=41", ["web-01"]),
      ("not cpu>50", ["web-01", "db-01", "db-02", "old"]),
      ("group=data power=deallocated", ["db-02"]), ("rg~at", ["db-01", "db-02", "old", "flap"]),
      ("group!~at", ["web-01", "web-02"]), ("name=*-01", ["web-01", "db-01"]),
      ("tag.env=prod", ["web-01"]), ("tag.env!=prod state=warning", ["web-02"]),
      ("why~refused", ["db-01"]), ("flapping", ["flap"]), ("web or flapping", ["web-01", "web-02", "flap"]),
      ("!flapping cpu>0", ["web-01", "web-02"]), ("uptime<1h", ["flap"]), ("latency>=0.12s", ["flap"]),
      ("not (web or group=data) and state!=unknown", ["old", "flap"]),
      ("state=off or web cpu>90", ["web-02", "db-02"]),
    ])
  func selects(query: String, names: [String]) throws {
    #expect(try Self.names(query) == names)
  }

  @Test("What was not measured satisfies no comparison, in either direction")
  func unmeasured() throws {
    #expect(try !Self.names("cpu>=0").contains("db-01"))
    #expect(try !Self.names("cpu<=100").contains("db-01"))
    #expect(try !Self.names("cpu!=7").contains("db-01"))
  }

  @Test(
    "An error says where it is and what would be right",
    arguments: [
      ("stat=critical", 0..<4, "state"), ("state=broken", 6..<12, "healthy, warning, critical"),
      ("cpu>", 4..<4, "missing"), ("cpu>fast", 4..<8, "80"), ("web (cpu>3", 4..<5, "not closed"),
      ("cpu>3)", 5..<6, "nothing is open"), ("cpu~3", 3..<4, "number"), ("state>3", 5..<6, "text"),
      ("web or", 6..<6, "missing"), ("and web", 0..<3, "before it"), (">3", 0..<1, "field"),
      ("\"web", 0..<4, "quotation"), ("not", 3..<3, "missing"), ("()", 1..<2, "missing"),
    ])
  func errors(query: String, range: Range<Int>, message: String) throws {
    let error = #expect(throws: QueryError.self) { try FleetQuery(query) }
    #expect(error?.range == range)
    #expect(error?.message.contains(message) == true)
  }

  @Test("No text makes the reader fall over")
  func anyText() {
    let pieces = ["cpu", ">", "=", "(", ")", "!", "~", "\"", " ", "not", "or", "tag.", "é", "80%", "*", "state", ","]
    var seed: UInt64 = 1
    for _ in 0..<5000 {
      var text = ""
      for _ in 0..<6 {
        seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        text += pieces[Int(seed >> 33) % pieces.count]
      }
      do throws(QueryError) {
        let query = try FleetQuery(text)
        _ = Self.fleet.map { query.matches($0) }
      } catch {
        #expect(error.range.upperBound <= text.count)
      }
    }
  }

  @Test("A fuzzy match stands side by side where it can")
  func positions() {
    #expect(FuzzyMatch.positions(of: "web", in: "vm-web-01") == [3, 4, 5])
    #expect(FuzzyMatch.positions(of: "W1", in: "vm-web-01") == [3, 8])
    #expect(FuzzyMatch.positions(of: "xyz", in: "vm-web-01") == nil)
  }

  @Test("Wildcards match as in a shell, and many of them take no longer")
  func globs() {
    #expect(Glob("vm-*-0?").matches("vm-web-01"))
    #expect(!Glob("vm-*-0?").matches("vm-web-001"))
    #expect(Glob("*").matches(""))
    #expect(!Glob(String(repeating: "*a", count: 40) + "b").matches(String(repeating: "a", count: 2000)))
  }
}
