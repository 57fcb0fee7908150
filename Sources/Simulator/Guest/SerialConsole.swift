import FleetModel

/// What the kernel and its services write to the first serial port.
extension SimulatedGuest {
  /// The console since the last boot; of a machine that is off, a line that says so.
  /// - Parameter behind: what was written later than this long ago is not seen yet.
  func serialLog(at instant: Instant, behind: Duration = .zero) -> String {
    let now = instant - behind
    guard let boot else { return "\r\n[ power is \(power.rawValue): nothing has been written since ]\r\n" }
    var lines: [String] = []
    func line(_ at: Instant, _ text: String) {
      guard at <= now else { return }
      let microseconds = max((at - boot.poweredAt).milliseconds, 0) * 1000
      let whole = String(microseconds / 1_000_000)
      let rest = String(microseconds % 1_000_000)
      let left = String(repeating: " ", count: max(5 - whole.count, 0)) + whole
      lines.append("[\(left).\(String(repeating: "0", count: 6 - rest.count))\(rest)] \(text)")
    }
    line(boot.poweredAt, "Linux version 6.8.0-1021-azure (buildd@lcy02-amd64-063)")
    line(
      boot.poweredAt, "Command line: BOOT_IMAGE=/boot/vmlinuz root=LABEL=cloudimg-rootfs ro console=tty1 console=ttyS0")
    line(boot.poweredAt + .milliseconds(640), "systemd[1]: Hostname set to <\(machine.name)>.")
    line(boot.echoAt, "cloud-init: ci-info: | eth0 | True | \(machine.address?.host ?? "") | 255.255.255.0 |")
    line(boot.portAt, "systemd[1]: Started ssh.service - OpenBSD Secure Shell server.")
    for fault in faults {
      switch fault.kind {
      case .hung:
        line(fault.since + .seconds(22), "watchdog: BUG: soft lockup - CPU#0 stuck for 22s! [kworker/0:1:31847]")
        line(fault.since + .seconds(120), "INFO: task jbd2/sda1-8:291 blocked for more than 120 seconds.")
      case .networkDown: line(fault.since, "hv_netvsc eth0: Data path switched from VF; link is down")
      case .memoryHigh where fault.level >= 95:
        line(
          fault.since + .seconds(90),
          "Out of memory: Killed process \(2000 + profile.seed % 4000) (\(profile.role.service)) total-vm:8123456kB")
      case .diskFull, .diskFullLiveLog:
        line(fault.since + .seconds(30), "systemd-journald[312]: Failed to write entry: No space left on device")
      case .sshConfigBroken:
        line(fault.since, "systemd[1]: ssh.service: Failed with result 'exit-code': \(brokenConfiguration)")
      default: break
      }
    }
    if boot.shellAt <= now, fault(.hung) == nil {
      lines.append("\r\n\(profile.distribution.name) \(machine.name) ttyS0\r\n\r\n\(machine.name) login: ")
    }
    return lines.joined(separator: "\r\n")
  }
}
