import FleetModel

/// What the host of a VM measures of it from outside (Azure Monitor: namespace Microsoft.Compute/virtualMachines).
package enum PlatformMetric: String, Hashable, Sendable, CaseIterable {
  case percentageCPU = "Percentage CPU"
  case availableMemory = "Available Memory Bytes"
  case availableMemoryShare = "Available Memory Percentage"
  case networkIn = "Network In Total"
  case networkOut = "Network Out Total"
  case diskRead = "Disk Read Bytes"
  case diskWrite = "Disk Write Bytes"
  case availability = "VmAvailabilityMetric"
}

extension SimulatedGuest {
  /// The average over the minute that begins at `minute`; nil: the VM was not there to be measured.
  func average(of metric: PlatformMetric, minute: Instant) -> Double? {
    guard let chapter = chronicle.chapter(at: minute), chapter.isRunning else { return nil }
    if metric == .availability { return chapter.isAvailable ? 1 : 0 }
    guard chapter.isAvailable else { return nil }
    let (start, middle) = (minute.seconds, minute.seconds + 30)
    let first = chapter.strain.applied(to: profile.load.shares(at: start))
    let second = chapter.strain.applied(to: profile.load.shares(at: middle))
    let busy = (first.busy + second.busy) / 2
    let wait = (first.wait + second.wait) / 2
    let demand = profile.load.demand(at: middle)
    if chapter.isStuck {
      switch metric {
      case .percentageCPU: return 0.02
      case .networkIn, .networkOut, .diskRead, .diskWrite: return 0
      case .availableMemory, .availableMemoryShare, .availability: break
      }
    }
    switch metric {
    case .percentageCPU: return (busy * 10_000).rounded() / 100
    case .availableMemory, .availableMemoryShare:
      let total = Double(profile.size.memory / 100 * 97)
      var share = profile.memoryShare(at: middle, uptime: 86400, busy: busy)
      if let fault = chapter.memory { share += max(fault.level / 100 - share, 0) * fault.progress(at: minute) }
      return metric == .availableMemory ? (total * (1 - share)).rounded() : ((1 - share) * 10_000).rounded() / 100
    case .networkIn: return (60 * (40_000 + 2_400_000 * demand)).rounded()
    case .networkOut: return (60 * (60_000 + 5_200_000 * demand)).rounded()
    case .diskRead: return (200_000 + 40_000_000 * wait).rounded()
    case .diskWrite: return (350_000 + 26_000_000 * wait).rounded()
    case .availability: return nil
    }
  }
}
