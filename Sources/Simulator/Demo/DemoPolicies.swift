import FleetModel

/// The policy files the demo plays with; they exist in memory only.
enum DemoPolicies {
  /// What every machine has. Shorter spans than anybody would set: a demo's audience waits in seconds.
  static let fleet = document("defaults.yaml (demo, in memory)", fleetLines)

  private static let fleetLines = [
    "health_monitoring.enabled": "true",
    "health_monitoring.level": "advanced",
    "health_monitoring.interval": "1m",
    "health_monitoring.timeouts.connectivity": "3s",
    "health_monitoring.timeouts.ssh": "8s",
    "self_healing.recovery_delay": "20s",
    "self_healing.restart_delay": "45s",
    "self_healing.power_after": "2m",
    "self_healing.boot_timeout": "4m",
    "hooks.on_failure": "~/.azlin/hooks/global/page-on-call.sh",
    "hooks.on_recovery": "~/.azlin/hooks/global/resolve-page.sh",
  ]

  /// Each machine's own file; machines without one have an empty document.
  static func documents(for machines: [VirtualMachine]) -> [MachineID: PolicyDocument] {
    var documents: [MachineID: PolicyDocument] = [:]
    for machine in machines {
      documents[machine.id] = document(
        "\(machine.name).yaml (demo, in memory)", lines(machine, role: machine.tags["role"] ?? ""))
    }
    return documents
  }

  private static func lines(_ machine: VirtualMachine, role: String) -> [String: String] {
    var lines: [String: String] = [:]
    let folder = "~/.azlin/hooks/\(machine.name)"
    switch role {
    case "db":
      lines["health_monitoring.interval"] = "30s"
      lines["thresholds.disk_warning"] = "75"
      // The replica gets time to take over.
      lines["self_healing.recovery_delay"] = "45s"
      lines["hooks.pre_stop"] = "\(folder)/drain-replica.sh"
      lines["hooks.post_start"] = "\(folder)/check-replication.sh;timeout=1m"
    case "api":
      lines["health_monitoring.interval"] = "30s"
      lines["hooks.pre_start"] = "\(folder)/check-dependencies.sh"
    case "web", "proxy":
      lines["health_monitoring.interval"] = "30s"
      lines["hooks.post_start"] = "\(folder)/join-balancer.sh"
    case "cache":
      lines["health_monitoring.interval"] = "30s"
      lines["hooks.post_start"] = "\(folder)/warm-cache.sh;timeout=2m"
    case "build":
      lines["health_monitoring.interval"] = "45s"
      lines["thresholds.cpu_warning"] = "92"
    case "queue": lines["health_monitoring.interval"] = "30s"
    case "batch": lines["self_healing.mode"] = "observe"
    default: break
    }
    if machine.tags["env"] == "dev" {
      lines["health_monitoring.level"] = "standard"
      lines["health_monitoring.interval"] = "2m"
    }
    // One worker nobody has enabled yet, so that "not watched" is seen.
    if role == "worker", machine.name.hasSuffix("03") { lines["health_monitoring.enabled"] = "false" }
    return lines
  }

  /// - Parameter lines: values as operators write them; one that is not a value of its key is left out, and a test
  ///   proves that there is none.
  static func document(_ file: String, _ lines: [String: String]) -> PolicyDocument {
    var document = PolicyDocument(file: file)
    for (path, text) in lines {
      guard let value = try? PolicyKey.named(path)?.parse(text) else { continue }
      document.entries[path] = PolicyDocument.Entry(value: value, place: PolicyPlace(file: file))
    }
    return document
  }

  /// The lines of the demo that are no valid policy; there are none.
  static func faults(for machines: [VirtualMachine]) -> [String] {
    var all = machines.map { ($0.name, lines($0, role: $0.tags["role"] ?? "")) }
    all.append(("defaults.yaml", fleetLines))
    var faults: [String] = []
    for (file, lines) in all {
      for (path, text) in lines {
        guard let key = PolicyKey.named(path) else {
          faults.append("\(file): no key \(path)")
          continue
        }
        do { _ = try key.parse(text) } catch { faults.append("\(file): \(error)") }
      }
    }
    return faults
  }
}
