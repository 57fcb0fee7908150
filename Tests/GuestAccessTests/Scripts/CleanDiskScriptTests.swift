import FleetModel
import Foundation
import Testing

@testable import GuestAccess

@Suite("Clean-up, run for real on a small disk")
struct CleanDiskScriptTests {
  private static func conditions(
    boot: String? = nil, left: Duration = .minutes(5), skew: Duration = .zero
  ) -> RemedyScript.Conditions {
    let now = Instant(seconds: Date().timeIntervalSince1970)
    return .init(bootID: boot, notAfter: now + left, sentAt: now + skew)
  }

  /// A disk of 64 MB at /var/tmp; `old NAME…` sets all three times of files to 1 January 2025, which touch cannot (it
  /// always makes the change time now).
  private static let disk = #"""
    mkdir fill
    fill() { mkdir -p "$(dirname "fill/$1")"; head -c "${2:-4096}" /dev/urandom >"fill/$1"; }
    old() {
      for f in "$@"; do
        for k in atime mtime ctime; do
          printf 'set_inode_field "/%s" %s 20250101000000\nset_inode_field "/%s" %s_extra 0\n' "$f" $k "$f" $k
        done
      done >>ages
    }
    mounted() {
      truncate -s 64M disk.img
      mkfs.ext4 -q -d fill disk.img
      touch ages
      debugfs -w -f ages disk.img >/dev/null 2>&1
      mount -o loop disk.img "${1:-/var/tmp}"
    }
    clean() { /bin/sh -s <"${1:-clean.sh}" >answer; }
    left() { (cd "${1:-/var/tmp}"; find . -xdev -mindepth 1 ! -type d ! -path './lost+found*' -print0 | sort -z | tr '\n\0' '~\n'); }
    """#

  private struct Outcome {
    let answer: RemedyAnswer
    let left: [String]
    let rest: String
  }

  /// Runs a scenario that leaves the script's answer in `answer`; what it prints itself are the files left.
  private func run(_ scenario: String, _ script: String, more: [String: String] = [:]) async throws -> Outcome {
    let output = try await PrivateNamespace.run(
      Self.disk + "\n" + scenario + "\necho =====\ncat answer",
      files: more.merging(["clean.sh": script]) { $1 })
    let parts = output.components(separatedBy: "=====\n")
    return Outcome(
      answer: try RemedyScript.parse(parts[1]), left: parts[0].split(separator: "\n").map(String.init), rest: parts[1])
  }

  private func script(mount: String? = "/var/tmp", _ conditions: RemedyScript.Conditions = conditions()) -> String {
    RemedyScript.cleanDisk(conditions, .init(mount: mount))
  }

  @Test(
    "Old files go; young, linked, held, special and excluded ones stay, and nothing outside is touched",
    .enabled(if: PrivateNamespace.isAvailable, Comment(rawValue: PrivateNamespace.reason)))
  func whatGoes() async throws {
    let scenario = #"""
      fill old/big 30000000; fill old/deep/er/file; fill 'old/a b'; fill -rf; fill "$(printf 'old/new\nline')"
      fill "old/quote\"'"; fill young; fill held 2000000; fill linked; ln fill/linked fill/twin; fill kept/by-config
      fill mapped; fill swap
      fill 'young-access'; fill young-content; fill young-change
      old old/big old/deep/er/file 'old/a b' -rf linked held kept/by-config mapped
      # debugfs reads one command a line: a name with a line end is given its age by number.
      printf 'set_inode_field "/young-access" %s 20250101000000\n' mtime ctime >>ages
      printf 'set_inode_field "/young-content" %s 20250101000000\n' atime ctime >>ages
      printf 'set_inode_field "/young-change" %s 20250101000000\n' mtime atime >>ages
      mkdir precious; echo precious >precious/file; touch -d 2025-01-01 precious/file
      mounted
      n=$(stat -c %i "$(printf '/var/tmp/old/new\nline')") q=$(stat -c %i "/var/tmp/old/quote\"'")
      umount /var/tmp
      for i in $n $q; do
        for k in atime mtime ctime; do printf 'set_inode_field <%s> %s 20250101000000\nset_inode_field <%s> %s_extra 0\n' $i $k $i $k; done
      done >ages2
      debugfs -w -f ages2 disk.img >/dev/null 2>&1
      mount -o loop disk.img /var/tmp
      mkdir -p /etc/tmpfiles.d
      mount -t tmpfs tmpfs /etc/tmpfiles.d
      echo 'x /var/tmp/kep[t] - - -' >/etc/tmpfiles.d/kept.conf
      ln -s $D/precious /var/tmp/link
      python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("/var/tmp/socket")'
      mkdir /var/tmp/other /var/tmp/bound
      truncate -s 8M other.img; mkdir o; echo x >o/other; mkfs.ext4 -q -d o other.img
      printf 'set_inode_field /other %s 20250101000000\n' atime mtime ctime >ages3
      debugfs -w -f ages3 other.img >/dev/null 2>&1
      mount -o loop other.img /var/tmp/other
      mkdir /var/tmp/source
      mount --bind /var/tmp/old/deep /var/tmp/bound
      exec 9</var/tmp/held
      python3 -c 'import mmap, time
      f = open("/var/tmp/mapped", "r"); m = mmap.mmap(f.fileno(), 0, prot=mmap.PROT_READ); f.close()
      open("ready", "w").close(); time.sleep(60)' &
      for i in $(seq 100); do [ -e ready ] && break; sleep 0.1; done
      clean
      left
      echo "other: $(cat /var/tmp/other/other)"
      echo "precious: $(cat precious/file)"
      kill %1
      """#
    let outcome = try await run(scenario, script())
    #expect(
      outcome.left.sorted()
        == [
          "./held", "./kept/by-config", "./link", "./linked", "./mapped", "./socket", "./swap", "./twin", "./young",
          "./young-access", "./young-change", "./young-content", "other: x", "precious: precious",
        ].sorted())
    #expect(outcome.answer.outcome == .done)
    #expect(outcome.answer.action.contains("deleted 6 files of /var/tmp"))
    let cleanUp = try #require(outcome.answer.cleanUp)
    #expect(cleanUp.after.path == "/var/tmp")
    #expect(cleanUp.bytesFreed >= 30_000_000)
    #expect(cleanUp.pointsFreed > 40)
    #expect(cleanUp.largest.isEmpty)
  }

  @Test(
    "Where little was freed, the answer names the largest files, who writes them and who holds deleted ones",
    .enabled(if: PrivateNamespace.isAvailable, Comment(rawValue: PrivateNamespace.reason)))
  func littleFreed() async throws {
    let scenario = #"""
      fill young 20000000; fill "$(printf 'evil\nremoved=9 9 x')" 10000000; fill gone 5000000
      mounted
      exec 9</var/tmp/gone 8>>/var/tmp/young
      rm /var/tmp/gone
      clean
      """#
    let cleanUp = try #require(try await run(scenario, script()).answer.cleanUp)
    #expect(cleanUp.largest.first?.name.hasPrefix("/var/tmp/young (open in bash, ") ?? false)
    #expect(cleanUp.largest.dropFirst().map(\.name) == ["/var/tmp/evil^Aremoved=9 9 x"])
    #expect(cleanUp.largest.first?.bytes ?? 0 >= 20_000_000)
    #expect(cleanUp.held.contains { $0.name.hasPrefix("bash (") && $0.bytes >= 5_000_000 })
    #expect(cleanUp.removed.map(\.files).reduce(0, +) == 0)
  }

  @Test(
    "Only places on the full mount are cleaned",
    .enabled(if: PrivateNamespace.isAvailable, Comment(rawValue: PrivateNamespace.reason)))
  func otherMount() async throws {
    let scenario = #"""
      fill a; old a
      mounted /var/tmp
      mkdir full; truncate -s 8M full.img; mkfs.ext4 -q full.img; mount -o loop full.img full
      sed "s,FULL,$D/full," clean.sh >here.sh
      clean here.sh
      left
      """#
    let outcome = try await run(scenario, script(mount: "FULL"))
    #expect(outcome.left == ["./a"])
    #expect(outcome.answer.outcome == .failed)
    #expect(outcome.answer.action == "found nothing that may be deleted")
  }

  @Test(
    "Caches and rotated logs go; current logs, audit, wtmp, btmp and logs in use stay",
    .enabled(if: PrivateNamespace.isAvailable, Comment(rawValue: PrivateNamespace.reason)))
  func logs() async throws {
    let scenario = #"""
      for f in syslog syslog.1 syslog.2.gz app/app.log app/app.log.12 app/app.log.3.xz cron-20250101 app.log.old \
        wtmp wtmp.1 btmp.1 lastlog audit/audit.log.1 mysql/mysql-bin.000001 held.log.1 journal/x.journal.1; do
        fill $f 100000
      done
      mounted /var/log
      exec 9</var/log/held.log.1
      clean
      left /var/log
      """#
    let outcome = try await run(scenario, script(mount: "/var/log"))
    #expect(
      outcome.left == [
        "./app/app.log", "./audit/audit.log.1", "./btmp.1", "./held.log.1", "./journal/x.journal.1", "./lastlog",
        "./mysql/mysql-bin.000001", "./syslog", "./wtmp", "./wtmp.1",
      ])
    #expect(outcome.answer.action == "deleted 6 files of rotated logs")
  }

  /// With `rm` by path in place of find's own deletion, a third of the victims are gone.
  @Test(
    "A link swapped in for a directory while it runs leads nowhere",
    .enabled(if: PrivateNamespace.isAvailable, Comment(rawValue: PrivateNamespace.reason)))
  func race() async throws {
    let scenario = #"""
      # Root and victim lie on one file system, so that only not following links can keep them apart.
      mkdir -p fill/tmp/spool fill/victim
      for i in $(seq 400); do
        for d in tmp/spool victim; do echo x >fill/$d/f$i; old $d/f$i; done
      done
      mkdir m
      mounted m
      mount --bind m/tmp /var/tmp
      python3 - $D/m/victim <<'EOF' &
      import os, sys, time
      os.chdir("/var/tmp")
      end = time.time() + 20
      while time.time() < end:
          os.rename("spool", "away")
          os.symlink(sys.argv[1], "spool")
          time.sleep(0.002)
          os.unlink("spool")
          os.rename("away", "spool")
          time.sleep(0.002)
      EOF
      sed "s,MOUNT,$D/m," clean.sh >here.sh
      for i in 1 2 3 4 5; do clean here.sh; done
      kill %1
      ls m/victim | wc -l
      """#
    let outcome = try await run(scenario, script(mount: "MOUNT"))
    #expect(outcome.left == ["400"])
    #expect(outcome.answer.outcome == .failed)
  }

  @Test(
    "In another boot, too late, or with a boot id that is none, nothing is done",
    .enabled(if: PrivateNamespace.isAvailable, Comment(rawValue: PrivateNamespace.reason)),
    arguments: [
      (conditions(boot: ProbeReportParserTests.boot), "booted since"), (conditions(left: .seconds(-1)), "too late"),
      (conditions(boot: "x"), "malformed"),
    ])
  func mismatch(conditions: RemedyScript.Conditions, word: String) async throws {
    let outcome = try await run("fill a; old a; mounted; clean; left", script(conditions))
    #expect(outcome.left == ["./a"])
    #expect(outcome.answer.outcome == .refused)
    #expect(outcome.answer.detail.contains(word))
  }

  @Test(
    "A guest whose clock is wrong judges nothing by age, but still drops caches and rotated logs",
    .enabled(if: PrivateNamespace.isAvailable, Comment(rawValue: PrivateNamespace.reason)),
    arguments: [Duration.minutes(6), Duration.minutes(-6)])
  func clock(skew: Duration) async throws {
    let outcome = try await run(
      "fill a; old a; mounted; clean; left", script(Self.conditions(left: .hours(1), skew: skew)))
    #expect(outcome.left == ["./a"])
    #expect(outcome.answer.outcome == .failed)
    #expect(outcome.answer.fullDetail.contains("clock"))
  }

  @Test(
    "Where clean-up cannot be safe it is refused, with the reason",
    .enabled(if: PrivateNamespace.isAvailable, Comment(rawValue: PrivateNamespace.reason)),
    arguments: [
      ("/nowhere", "mounted; clean", "not mounted"),
      ("/var/tmp", "mount -t tmpfs t /var/tmp; clean", "not cleaned: tmpfs"),
      ("/var/tmp", "mounted; mount -o remount,ro /var/tmp; clean", "read-only"),
      (
        "/var/tmp",
        "mounted; cp /bin/busybox $D/find; mount --bind $D/find /usr/bin/find; clean", "install findutils"
      ),
      ("/var/tmp", "mounted; mount -t tmpfs t /proc; mkdir /proc/sys; clean", "not mounted"),
      (
        "/var/tmp",
        #"mounted; chmod 755 $D; chmod 644 clean.sh; setpriv --reuid 65534 --clear-groups /bin/sh -s <clean.sh >answer"#,
        "needs root"
      ),
      (
        "/var/tmp",
        #"mounted; setpriv --reuid 65534 --clear-groups sleep 60 & sleep 0; setpriv --bounding-set=-sys_ptrace /bin/sh -s <clean.sh >answer; kill %1"#,
        "cannot be seen"
      ),
    ])
  func refused(mount: String, scenario: String, word: String) async throws {
    let outcome = try await run("fill a; old a; " + scenario, script(mount: mount))
    #expect(outcome.answer.outcome == .refused)
    #expect(outcome.answer.detail.contains(word))
  }

  @Test("The ages asked for are kept to their floors")
  func ages() {
    let short = RemedyScript.CleanUpOrder(mount: "/", temporaryFileAge: .hours(1))
    #expect(short.temporaryMinutes == 24 * 60)
    #expect(short.variableMinutes == 30 * 24 * 60)
    let long = RemedyScript.CleanUpOrder(mount: "/", temporaryFileAge: .days(40))
    #expect(long.temporaryMinutes == 40 * 24 * 60)
    #expect(long.variableMinutes == 40 * 24 * 60)
  }

  @Test("A hostile mount name is one word of the script")
  func hostileMount() async throws {
    let shell = try #require(ScriptShell.available.first)
    let text = RemedyScript.cleanDisk(
      Self.conditions(left: .seconds(-1)), .init(mount: "/x'; echo owned; '"))
    #expect(try await !shell.run(text).contains("owned\n"))
  }
}
