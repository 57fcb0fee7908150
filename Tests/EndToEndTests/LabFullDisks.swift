import LabKit
import Testing

/// Guests whose disk is full, of what may go and of what may not.
enum FullDisks {
  /// Nearly full of old files, with a link to a directory that must survive.
  static let old = LabDisk(usedPercent: 97, setup: "ln -s /root/precious trap")
  /// Empty, for a log that lives.
  static let live = LabDisk(usedPercent: 0, oldFiles: 0)

  /// Old files are cleaned; a living log is named, with who writes it, and stays.
  static func clean(_ lab: Lab, _ guests: [LabGuest]) async throws {
    let (live, old) = (guests[0], guests[1])
    let precious =
      "mkdir -p /root/precious && echo gold > /root/precious/coin && touch -d '2020-01-01' /root/precious/coin"
    #expect(try await old.run(precious).status == 0)
    try await LabFleet.watch(lab, guests, healthy: 2) { fleet in
      #expect(try await fleet.says("old-1", "clean up disk: verified", within: .seconds(150)))
      let left = try await old.run("ls /var/tmp; cat /root/precious/coin; readlink /var/tmp/trap").output
      #expect(left.contains("gold"), "\(left)")
      #expect(left.contains("/root/precious"), "\(left)")
      #expect(try await old.diskUsedPercent() < 90)

      let fill = """
        mkdir /var/tmp/app
        setsid sh -c 'exec 3>>/var/tmp/app/server.log; head -c 60000000 /dev/zero >&3; exec sleep 1200' >/dev/null 2>&1 &
        while [ "$(cat /proc/$!/comm)" != sleep ]; do sleep 0.1; done
        """
      #expect(try await live.run(fill).status == 0)
      let size = try await live.run("stat -c %s /var/tmp/app/server.log").text
      #expect(
        try await fleet.says(
          "live-1", "needs a human", "/var/tmp/app/server.log (open in sleep, ", within: .seconds(240)))
      try await fleet.passes(intervals: 3)
      #expect(try await live.run("stat -c %s /var/tmp/app/server.log").text == size)
      #expect(try await fleet.count("live-1", "needs a human") == 1)
      #expect(try await fleet.remedies().sorted() == ["live-1 clean-disk", "old-1 clean-disk"])
    }
  }
}
