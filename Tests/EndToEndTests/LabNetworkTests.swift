import LabKit
import Testing

@Suite("Guests that nobody reaches", .requiresLab, .serialized)
struct LabNetworkTests {
  @Test("each kind of silence is told from the others, and only what the guest itself shows is remedied")
  func silences() async throws {
    try await Lab.with { lab in
      let well = try await lab.guest("well-1")
      let other = try await lab.guest("well-2")
      let link = try await lab.guest("link-1")
      let rule = try await lab.guest("rule-1")
      var cut: [LabGuest] = []
      for number in 1...3 { cut.append(try await lab.guest("cut-\(number)")) }
      let together = cut
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await Self.linkDown(lab, [link, well, other]) }
        group.addTask { try await Self.pathBlocked(lab, [rule, well, other]) }
        group.addTask { try await Self.together(lab, together + [well]) }
        group.addTask { try await Self.blind(lab, [well, other]) }
        try await group.waitForAll()
      }
    }
  }

  private static func watch(
    _ lab: Lab, _ guests: [LabGuest], namespace: String? = nil, _ body: (LabFleet) async throws -> Void
  ) async throws {
    try await Program.with { azlin in
      let fleet = try await LabFleet.start(lab, guests, namespace: namespace, in: azlin)
      do { try await body(fleet) } catch {
        await fleet.stop()
        throw error
      }
      await fleet.stop()
    }
  }

  /// The link is down inside: the look through `run` shows it, and the network service is restarted.
  private static func linkDown(_ lab: Lab, _ guests: [LabGuest]) async throws {
    try await watch(lab, guests) { fleet in
      try await guests[0].dropLink()
      #expect(try await fleet.says("link-1", "diagnosis: network down in guest", within: .seconds(150)))
      #expect(try await fleet.says("link-1", "restart network service: verified", within: .seconds(90)))
      #expect(try await fleet.remedies() == ["link-1 restart-network"])
    }
  }

  /// A rule drops what would go to us: the guest is well, and nothing is done to it.
  private static func pathBlocked(_ lab: Lab, _ guests: [LabGuest]) async throws {
    try await watch(lab, guests) { fleet in
      let script =
        "ip route add blackhole $(ip route show default | cut -d ' ' -f 3)/32"
      #expect(try await guests[0].run(script).status == 0)
      #expect(try await fleet.says("rule-1", "diagnosis: path blocked", within: .seconds(150)))
      try await Task.sleep(for: .seconds(60))
      #expect(try await fleet.remedies().isEmpty)
    }
  }

  /// Three of four cut at once: one cause, one alert, one hook.
  private static func together(_ lab: Lab, _ guests: [LabGuest]) async throws {
    try await watch(lab, guests) { fleet in
      for guest in guests.dropLast() { try await guest.dropLink() }
      #expect(try await fleet.says("shared cause: several machines", within: .seconds(150)))
      try await Task.sleep(for: .seconds(60))
      #expect(try await fleet.count("critical", "shared cause: several machines") == 1)
      #expect(try await fleet.remedies().isEmpty)
      #expect(try await fleet.hookRuns().count == 1)
    }
  }

  /// azlin's own link is down: it says so once, does nothing, and sees again.
  private static func blind(_ lab: Lab, _ guests: [LabGuest]) async throws {
    try await LabMonitor.with(lab) { monitor in
      try await watch(lab, guests, namespace: monitor.namespace) { fleet in
        try await monitor.setLink(up: false)
        #expect(try await fleet.says("critical", "monitor blind", within: .seconds(150)))
        try await Task.sleep(for: .seconds(60))
        #expect(try await fleet.count("monitor blind") == 1)
        #expect(try await fleet.remedies().isEmpty)
        try await monitor.setLink(up: true)
        #expect(try await fleet.says("the monitor sees again", within: .seconds(150)))
        let isWell = try await eventually(within: .seconds(90)) {
          try await Task.sleep(for: .seconds(1))
          return try await fleet.azlin.run("autopilot", "status", "--all").output.contains("Healthy: 2 VM")
        }
        #expect(isWell)
        #expect(try await fleet.remedies().isEmpty)
      }
    }
  }
}

/// A network namespace for azlin, with a link of its own to the lab's guests.
struct LabMonitor {
  let namespace: String
  private let link: String

  static func with(_ lab: Lab, _ body: (LabMonitor) async throws -> Void) async throws {
    let monitor = LabMonitor(namespace: "azlin-lab\(lab.number)-monitor", link: "azl\(lab.number)mon")
    let net = "198.\(18 + lab.number / 256).\(lab.number % 256)"
    let script = """
      set -e
      ip netns add "$1"
      ip link add "$2" type veth peer name eth0 netns "$1"
      ip address add "$3.253/30" dev "$2"; ip link set "$2" up
      ip -n "$1" address add "$3.254/30" dev eth0; ip -n "$1" link set eth0 up; ip -n "$1" link set lo up
      ip -n "$1" route add default via "$3.253"
      cat /proc/sys/net/ipv4/ip_forward
      echo 1 > /proc/sys/net/ipv4/ip_forward
      """
    let before = try await LabCommand.succeed(["sh", "-c", script, "sh", monitor.namespace, monitor.link, net]).text
    do { try await body(monitor) } catch {
      await monitor.remove(before)
      throw error
    }
    await monitor.remove(before)
  }

  func setLink(up: Bool) async throws {
    try await LabCommand.succeed(["ip", "-n", namespace, "link", "set", "eth0", up ? "up" : "down"])
    guard up else { return }
    // A link that comes up has lost its routes.
    let gateway = try await LabCommand.succeed(
      ["sh", "-c", #"ip -o -4 address show dev "$1" | sed 's/.*inet \([0-9.]*\).*/\1/'"#, "sh", link]
    ).text
    try await LabCommand.succeed(["ip", "-n", namespace, "route", "replace", "default", "via", gateway])
  }

  private func remove(_ forwarding: String) async {
    _ = try? await LabCommand.run(["sh", "-c", "echo \(forwarding) > /proc/sys/net/ipv4/ip_forward"])
    _ = try? await LabCommand.run(["ip", "link", "delete", link])
    _ = try? await LabCommand.run(["ip", "netns", "delete", namespace])
  }
}
