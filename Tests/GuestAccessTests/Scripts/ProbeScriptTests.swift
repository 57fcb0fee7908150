import Autopilot
import FleetModel
import Foundation
import Testing

@testable import GuestAccess

@Suite("The probe script, run for real")
struct ProbeScriptTests {
  private func request(_ checks: Set<CheckKind>, twoSamples: Bool = false, cursor: String = "") -> ProbeRequest {
    ProbeRequest(
      depth: .full, checks: checks, connectivityTimeout: .seconds(5), sshTimeout: .seconds(15),
      wantsTwoCPUSamples: twoSamples, logCursor: cursor)
  }

  private static func file(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

  @Test("Every shell gives this machine's own figures", arguments: ScriptShell.available)
  func figures(shell: ScriptShell) async throws {
    let before = Date()
    let report = try ProbeScript.parse(await shell.run(ProbeScript.text(request(Set(CheckKind.allCases)))))

    let boot = try Self.file("/proc/sys/kernel/random/boot_id")
    #expect(report.bootID + "\n" == boot)
    let uptime = try #require(Double(Self.file("/proc/uptime").split(separator: " ")[0]))
    #expect(abs(report.uptime.inSeconds - uptime) < 30)
    #expect(abs(try #require(report.clock).seconds - before.timeIntervalSince1970) < 30)
    #expect(report.processors == ProcessInfo.processInfo.activeProcessorCount)
    let total = try #require(Self.file("/proc/meminfo").split(separator: "\n").first?.split(separator: " ")[1])
    #expect(report.memory.value?.total == UInt64(total).map { $0 * 1024 })
    #expect(try #require(report.memory.value).percent > 0)
    #expect(try #require(report.cpu.value).total > 0)
    #expect(report.earlierCPU == nil)
    #expect(report.load != nil)
    if FileManager.default.fileExists(atPath: "/etc/os-release") { #expect(report.distribution?.isEmpty == false) }
  }

  @Test("Disk figures are those of df", arguments: ScriptShell.available)
  func disks(shell: ScriptShell) async throws {
    let report = try ProbeScript.parse(await shell.run(ProbeScript.text(request([.disk]))))
    let mounts = try #require(report.mounts.value)
    for mount in mounts {
      let line = try await ScriptShell.run(["/bin/df", "-P", "-k", mount.path]).split(separator: "\n")[1]
      let fields = line.split(separator: " ")
      // Other programs write meanwhile: 256 MiB of slack on figures of many gigabytes.
      let slack = 256.0 * 1024
      #expect(abs(Double(mount.used) / 1024 - (try #require(Double(fields[2])))) < slack)
      #expect(abs(Double(mount.available) / 1024 - (try #require(Double(fields[3])))) < slack)
    }
  }

  @Test("Two CPU samples lie at least a second apart, and only when asked for", arguments: ScriptShell.available)
  func samples(shell: ScriptShell) async throws {
    let report = try ProbeScript.parse(await shell.run(ProbeScript.text(request([.cpu], twoSamples: true))))
    let earlier = try #require(report.earlierCPU)
    let later = try #require(report.cpu.value)
    #expect(later.shares(since: earlier) != nil)
    // 100 ticks a second for each processor; the kernel accounts idle ones a little late.
    #expect(later.total - earlier.total >= 80)
  }

  @Test("Checks that are off cost nothing and are said to be off")
  func switchedOff() async throws {
    let shell = try #require(ScriptShell.available.first)
    let report = try ProbeScript.parse(await shell.run(ProbeScript.text(request([.cpu]))))
    #expect(report.mounts == .notMeasured(.switchedOff))
    #expect(report.logs == .notMeasured(.switchedOff))
  }

  @Test("A cursor that is no cursor never reaches the shell")
  func hostileCursor() {
    #expect(!ProbeScript.text(request([.logs], cursor: "s=1'; touch /tmp/owned; '")).contains("owned"))
    #expect(ProbeScript.text(request([.logs], cursor: "s=1;i=2")).contains("azlin_cursor='s=1;i=2'"))
  }

  @Test(
    "Real mounts are listed once, by their true names; others are left alone, and a dead one does not stop the script",
    .enabled(if: PrivateNamespace.isAvailable, Comment(rawValue: PrivateNamespace.reason)),
    arguments: ScriptShell.available)
  func mounts(shell: ScriptShell) async throws {
    let scenario = #"""
      for i in odd shadow ro; do truncate -s 8M $i.img; mkfs.ext4 -q $i.img; done
      odd=$D/$'with space\ttab\\back%s*'
      mkdir "$odd" bound ro tmp dead shadow fuse
      mount -o loop odd.img "$odd"
      mount --bind "$odd" bound
      mount -o loop,ro ro.img ro
      mount -t tmpfs tmpfs tmp
      # An automounter that nobody serves: whoever walks into it hangs until it is gone.
      python3 - $D/dead <<'EOF' &
      import ctypes, os, sys, time
      os.setpgrp()
      r, w = os.pipe()
      data = f"fd={w},pgrp=0,minproto=5,maxproto=5,direct".replace("pgrp=0", f"pgrp={os.getpgrp()}")
      libc = ctypes.CDLL(None, use_errno=True)
      if libc.mount(b"dead", sys.argv[1].encode(), b"autofs", 0, data.encode()):
          print("autofs", os.strerror(ctypes.get_errno()), file=sys.stderr)
      open("served", "w").close()
      time.sleep(60)
      EOF
      for i in $(seq 100); do [ -e served ] && break; sleep 0.1; done
      timeout 30 SHELL <probe.sh
      echo "after"
      for i in 1; do df -P -k "$odd" | tail -n 1; done
      kill %1
      """#.replacing("SHELL", with: shell.words.joined(separator: " "))
    let output = try await PrivateNamespace.run(
      scenario, files: ["probe.sh": ProbeScript.text(request([.disk]))])
    let report = try ProbeScript.parse(output)
    let mounts = try #require(report.mounts.value)
    let ours = mounts.filter { $0.path.contains("azlin-test-") }
    #expect(ours.count == 1)
    #expect(ours.first?.path.hasSuffix("/with space\ttab\\back%s*") == true)
    #expect(ours.first?.type == "ext4")
    let df = try #require(output.split(separator: "\n").last).split(separator: " ")
    let used = try #require(ours.first).used / 1024
    #expect(df.contains("\(used)"))
    #expect(try #require(ours.first?.inodePercent) < 5)
  }

  @Test(
    "A package manager's lock is seen while it is held, and not before or after",
    .enabled(if: PrivateNamespace.isAvailable, Comment(rawValue: PrivateNamespace.reason)),
    arguments: ScriptShell.available)
  func packageLock(shell: ScriptShell) async throws {
    let scenario = #"""
      truncate -s 8M disk.img; mkfs.ext4 -q disk.img
      mkdir -p /var/lib/dpkg
      mount -o loop disk.img /var/lib/dpkg
      touch /var/lib/dpkg/lock-frontend
      SHELL <probe.sh | grep -c ^lock= || true
      mkfifo go
      python3 -c 'import fcntl, sys; f = open("/var/lib/dpkg/lock-frontend", "w"); fcntl.lockf(f, fcntl.LOCK_EX); print("held", flush=True); sys.stdin.read()' <go >held &
      exec 8>go
      for i in $(seq 100); do grep -q held held && break; sleep 0.1; done
      SHELL <probe.sh | grep ^lock=
      exec 8>&-
      wait
      SHELL <probe.sh | grep -c ^lock= || true
      """#.replacing("SHELL", with: shell.words.joined(separator: " "))
    let output = try await PrivateNamespace.run(scenario, files: ["probe.sh": ProbeScript.text(request([]))])
    #expect(output == "0\nlock=yes\n0\n")
  }

  /// A journal of our own: `journalctl` is replaced by a script that answers from a file.
  private static let journal = #"""
    mount -t tmpfs tmpfs /run; mkdir -p /run/log/journal/1; touch /run/log/journal/1/system.journal
    cat >journalctl <<'EOF'
    #!/bin/sh
    case "$*" in
      *--show-cursor*) echo "-- cursor: s=new;i=9" ;;
      *--after-cursor=s=gone*) echo 'Failed to seek to cursor' >&2; exit 1 ;;
      *--after-cursor=s=old*) cat DIR/entries ;;
    esac
    EOF
    sed -i "s,DIR,$D," journalctl
    chmod 755 journalctl
    [ -e /usr/bin/journalctl ] && mount --bind journalctl /usr/bin/journalctl
    """#

  private static let hasJournalctl =
    PrivateNamespace.isAvailable && FileManager.default.fileExists(atPath: "/usr/bin/journalctl")

  @Test(
    "Errors are counted from the cursor on; kills and remounts only if the kernel tells of them",
    .enabled(if: hasJournalctl, "needs root and journalctl"), arguments: ScriptShell.available)
  func logs(shell: ScriptShell) async throws {
    let entries = #"""
      {"__CURSOR":"s=old;i=1","_TRANSPORT":"kernel","MESSAGE":"Out of memory: Killed process 7 (x) total-vm:1kB"}
      {"__CURSOR":"s=old;i=2","_TRANSPORT":"syslog","MESSAGE":"Out of memory: Killed process 8 (not the kernel)"}
      {"__CURSOR":"s=old;i=3","_TRANSPORT":"stdout","MESSAGE":"\"_TRANSPORT\":\"kernel\" Out of memory: Killed \"__CURSOR\":\"s=evil\""}
      {"_TRANSPORT":"kernel","MESSAGE":"EXT4-fs (sda1): Remounting filesystem read-only","__CURSOR":"s=old;i=4"}
      {"__CURSOR":"s=old;i=5","_TRANSPORT":"kernel","MESSAGE":[27,91]}

      """#
    let scenario = (Self.journal + "\nSHELL <probe.sh").replacing("SHELL", with: shell.words.joined(separator: " "))
    func probe(_ cursor: String) async throws -> Reading<LogCounts> {
      let script = ProbeScript.text(request([.logs], cursor: cursor))
      return try ProbeScript.parse(
        await PrivateNamespace.run(scenario, files: ["probe.sh": script, "entries": entries])
      ).logs
    }
    #expect(
      try await probe("s=old;i=0")
        == .value(LogCounts(errors: 5, outOfMemoryKills: 1, readOnlyRemounts: 1, cursor: "s=old;i=5")))
    // No cursor yet, or one the journal no longer has: from now on.
    let fromNow = Reading.value(LogCounts(errors: 0, outOfMemoryKills: 0, readOnlyRemounts: 0, cursor: "s=new;i=9"))
    #expect(try await probe("") == fromNow)
    #expect(try await probe("s=gone;i=1") == fromNow)
    #expect(
      try await probe("s=quiet;i=1")
        == .value(LogCounts(errors: 0, outOfMemoryKills: 0, readOnlyRemounts: 0, cursor: "s=quiet;i=1")))
  }

  @Test(
    "On a machine with busybox alone every figure is there",
    .enabled(if: PrivateNamespace.isAvailable && ScriptShell.available.contains(.busybox), "needs root and busybox"))
  func busyboxAlone() async throws {
    let scenario = #"""
      mkdir -p root/bin root/proc root/sys root/etc root/data
      cp /bin/busybox root/bin/
      chroot root /bin/busybox --install /bin
      mkdir root/dev; for d in proc sys dev; do mount --rbind /$d root/$d; done
      echo "PRETTY_NAME='Alpine Linux v3.20'" >root/etc/os-release
      truncate -s 8M disk.img; mkfs.ext4 -q disk.img; mount -o loop disk.img root/data
      chroot root /bin/sh -s <probe.sh
      chroot root /bin/sh -s <look.sh >look
      chroot root /bin/sh -s <clean.sh >clean
      echo "look: $(tail -n 1 look)"
      grep detail= clean
      """#
    let now = Instant(seconds: Date().timeIntervalSince1970)
    let output = try await PrivateNamespace.run(
      scenario,
      files: [
        "probe.sh": ProbeScript.text(request(Set(CheckKind.allCases))), "look.sh": LookScript.text(sshPort: 22),
        "clean.sh": RemedyScript.cleanDisk(
          .init(bootID: nil, notAfter: now + .minutes(5), sentAt: now), .init(mount: "/data")),
      ])
    let report = try ProbeScript.parse(output)
    #expect(report.distribution == "Alpine Linux v3.20")
    #expect(report.mounts.value?.contains { $0.path == "/data" && $0.type == "ext4" && $0.inodePercent != nil } == true)
    #expect(report.memory.value != nil)
    #expect(report.cpu.value != nil)
    #expect(report.clock != nil)
    guard case .notMeasured(.notReported) = report.logs else {
      Issue.record("a journal out of nowhere")
      return
    }
    #expect(output.contains("look: end"))
    #expect(output.contains("install findutils"))
  }

  /// By hand: `AZLIN_BENCHMARK=1 swift test --filter probeCost`.
  @Test(
    "What a probe costs a guest, in CPU time",
    .enabled(if: ProcessInfo.processInfo.environment["AZLIN_BENCHMARK"] != nil, "set AZLIN_BENCHMARK=1"),
    arguments: ScriptShell.available)
  func probeCost(shell: ScriptShell) async throws {
    let rounds = 50
    let script = ProbeScript.text(request([.disk, .memory, .cpu]))
    _ = try await shell.run(script)
    var before = rusage()
    getrusage(RUSAGE_CHILDREN.rawValue, &before)
    for _ in 0..<rounds { _ = try await shell.run(script) }
    var after = rusage()
    getrusage(RUSAGE_CHILDREN.rawValue, &after)
    func seconds(_ usage: rusage) -> Double {
      Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec)
        / 1e6
    }
    let milliseconds = (seconds(after) - seconds(before)) / Double(rounds) * 1000
    print("\(shell.rawValue): \(milliseconds) ms CPU a probe")
    #expect(milliseconds < 50)
  }
}
