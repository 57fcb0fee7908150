import LabKit
import Testing

/// Guests that nobody reaches, each for another reason.
enum SilentGuests {
  /// The link is down inside: the look through `run` shows it, and the network service is restarted.
  static func linkDown(_ lab: Lab, _ guests: [LabGuest]) async throws {
    try await LabFleet.watch(lab, guests) { fleet in
      let boot = try await guests[0].bootMark()
      try await guests[0].dropLink()
      #expect(try await fleet.says("link-1", "diagnosis: network down in guest", within: .seconds(150)))
      #expect(try await fleet.says("link-1", "restart network service: verified", within: .seconds(90)))
      #expect(try await guests[0].ssh("true").status == 0)
      #expect(try await guests[0].bootMark() == boot)
      try await fleet.passes(intervals: 3)
      #expect(try await fleet.remedies() == ["link-1 restart-network"])
      #expect(try await fleet.hookRuns() == ["on-failure link-1", "on-recovery link-1"])
    }
  }

  /// A rule in the guest drops what comes from us: it is well, and nothing is done to it.
  static func dropped(_ lab: Lab, _ guests: [LabGuest]) async throws {
    try await LabFleet.watch(lab, guests) { fleet in
      let boot = try await guests[0].bootMark()
      // Routing policy, which needs no tool besides ip, asked before what is for this machine is taken in.
      let rule = """
        ip rule add pref 100 lookup local && ip rule del pref 0 &&
        ip rule add pref 10 from $(ip route show default | cut -d ' ' -f 3) iif eth0 blackhole
        """
      #expect(try await guests[0].run(rule).status == 0)
      #expect(try await fleet.says("rule-1", "diagnosis: path blocked", within: .seconds(150)))
      try await fleet.passes(intervals: 6)
      #expect(try await fleet.remedies().isEmpty)
      #expect(try await fleet.hookRuns() == ["on-failure rule-1"])
      // A person takes the rule away.
      #expect(try await guests[0].run("ip rule del pref 10").status == 0)
      #expect(try await fleet.isHealthy(3, within: .seconds(90)))
      #expect(try await fleet.remedies().isEmpty)
      #expect(try await guests[0].bootMark() == boot)
    }
  }

  /// All processes of the guest stand still, and `run` never ends: stalled, then hung, then restarted.
  static func frozen(_ lab: Lab, _ guests: [LabGuest]) async throws {
    try await LabFleet.watch(lab, guests) { fleet in
      let boot = try await guests[0].bootMark()
      try await guests[0].freeze()
      #expect(try await fleet.says("cold-1", "incident: stalled", within: .seconds(150)))
      #expect(try await fleet.remedies().isEmpty)
      #expect(try await fleet.says("cold-1", "diagnosis: hung", within: .seconds(240)))
      #expect(try await fleet.says("cold-1", "restart", "verified", within: .seconds(120)))
      #expect(try await fleet.remedies() == ["cold-1 restart"])
      #expect(try await guests[0].bootMark() != boot)
      #expect(try await fleet.hookRuns() == ["on-failure cold-1", "on-recovery cold-1"])
    }
  }

  /// A fleet of one whose path is cut, for `run` too: all looks as if it hung, and nothing destructive is done.
  static func alone(_ lab: Lab, _ guests: [LabGuest]) async throws {
    let inventory = lab.inventory(of: guests).split(separator: "\n").map { line in
      line.hasPrefix("      run:") ? "      run: /bin/false {name}" : String(line)
    }
    try await LabFleet.watch(lab, guests, inventory: inventory.joined(separator: "\n") + "\n") { fleet in
      let boot = try await guests[0].bootMark()
      try await guests[0].dropLink()
      #expect(try await fleet.says("lone-1", "incident", within: .seconds(120)))
      // Longer than two looks a minute apart, and than `power_after`.
      try await fleet.passes(intervals: 15)
      #expect(try await fleet.remedies().isEmpty)
      #expect(try await guests[0].bootMark() == boot)
      let why = try await fleet.events().contains {
        $0.contains("monitor blind") || $0.contains("no independent witness")
      }
      #expect(why, "it is said why nothing is done")
      try await guests[0].plugIn()
      #expect(try await fleet.isHealthy(1, within: .seconds(90)))
      #expect(try await fleet.remedies().isEmpty)
    }
  }

  /// Three of four cut at once: one cause, one alert, one hook.
  static func together(_ lab: Lab, _ guests: [LabGuest]) async throws {
    try await LabFleet.watch(lab, guests) { fleet in
      for guest in guests.dropLast() { try await guest.dropLink() }
      #expect(try await fleet.says("shared cause: several machines", within: .seconds(150)))
      try await fleet.passes(intervals: 9)
      let (causes, storms) = try await (
        fleet.count("critical", "shared cause: several machines"), fleet.count("critical", "storm: ")
      )
      #expect(causes + storms == 1, "\(causes) and \(storms)")
      #expect(try await fleet.remedies().isEmpty)
      let hooks = try await fleet.hookRuns()
      #expect(hooks.count == 1, "\(hooks)")
      // The cause goes away, and nothing is left to be remedied.
      for guest in guests.dropLast() { try await guest.plugIn() }
      #expect(try await fleet.isHealthy(4, within: .seconds(90)))
      #expect(try await fleet.remedies().isEmpty)
    }
  }

  /// azlin's own link is down: it says so once, does nothing, and sees again.
  static func blind(_ lab: Lab, _ guests: [LabGuest]) async throws {
    try await LabMonitor.with(lab) { monitor in
      try await LabFleet.watch(lab, guests, namespace: monitor.namespace) { fleet in
        try await monitor.setLink(up: false)
        #expect(try await fleet.says("critical", "monitor blind", within: .seconds(150)))
        try await fleet.passes(intervals: 6)
        #expect(try await fleet.count("monitor blind") == 1)
        try await monitor.setLink(up: true)
        #expect(try await fleet.says("the monitor sees again", within: .seconds(150)))
        #expect(try await fleet.isHealthy(2, within: .seconds(90)))
        #expect(try await fleet.remedies().isEmpty)
        let hooks = try await fleet.hookRuns().filter { $0.hasPrefix("on-failure") }
        #expect(hooks.count <= 1, "\(hooks)")
      }
    }
  }
}

extension LabGuest {
  /// Undoes `dropLink`, as somebody who is not azlin would.
  fileprivate func plugIn() async throws {
    #expect(try await run("systemctl restart systemd-networkd.service").status == 0)
  }
}
