import FleetModel
import Testing

@testable import FaultCampaign

@Suite("Files of a simulated guest")
struct GuestFilesTests {
  private func gone(_ mount: String?, _ age: Duration) -> Set<String> {
    var files = Member.freshFiles
    return Set(files.clean(mount, temporaryAge: age).map(\.path))
  }

  @Test("A clean-up with the usual age takes old files, caches and rotated logs, and nothing that is in use or linked")
  func usual() {
    #expect(
      gone("/", .days(7)) == [
        "/tmp/build-4711/core", "/tmp/upload.part", "/var/tmp/old-dump", "/var/cache/apt/archives/libc6.deb",
        "/var/log/syslog.2.gz", "/var/log/journal/archived",
      ])
    #expect(gone(nil, .days(7)) == gone("/", .days(7)))
  }

  @Test("Another mount has nothing that may be taken")
  func others() { #expect(gone("/var/lib/postgresql", .days(7)).isEmpty) }

  @Test("A shorter age than the policy's takes more, which is seen; /var/tmp keeps its 30 days")
  func shorter() {
    let more = gone("/", .days(1)).subtracting(gone("/", .days(7)))
    #expect(more == ["/tmp/report-of-yesterday.csv", "/tmp/session-of-this-week"])
    #expect(!gone("/", .zero).contains("/var/tmp/dump-of-last-week"))
  }

  @Test("What is gone is gone")
  func twice() {
    var files = Member.freshFiles
    #expect(!files.clean("/", temporaryAge: .days(7)).isEmpty)
    #expect(files.clean("/", temporaryAge: .days(7)).isEmpty)
  }
}
