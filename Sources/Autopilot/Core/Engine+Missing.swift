import FleetModel

/// Many machines that vanished at once, and how often the list has said so.
struct InventoryDoubt: Sendable {
  var missing: Set<MachineID>
  var discoveries: Int
  var since: Instant
}

/// Machines that a list has no more are not gone for that (semantics 6.9).
extension Engine {
  /// More than half of at least this many at once is not believed.
  private static let massMinimum = 10
  private static let discoveriesNeeded = 3
  private static let discoveryWindow = Duration.minutes(10)
  /// Direct questions for each list.
  private static let questionsAtOnce = 20

  mutating func missed(_ seen: Set<MachineID>, of provider: ProviderKind, at now: Instant) {
    let known = slots.filter { $0.machine.provider == provider }
    let missing = Set(known.map(\.id)).subtracting(seen)
    for i in slots.indices where slots[i].missingSince != nil && seen.contains(slots[i].id) {
      slots[i].missingSince = nil
      touched(i)
    }
    guard !missing.isEmpty else {
      inventoryDoubts[provider] = nil
      return
    }
    if known.count >= Self.massMinimum, missing.count * 2 > known.count,
      !isBelieved(missing, known.count, provider, at: now)
    {
      return mark(missing, at: now)
    }
    inventoryDoubts[provider] = nil
    // A file that an operator edits says what it means; a cloud's list may be behind, or see less than before.
    guard provider == .azure else { return remove(missing.sorted { $0.rawValue < $1.rawValue }, at: now) }
    mark(missing, at: now)
    for id in missing.sorted(by: { $0.rawValue < $1.rawValue }).prefix(Self.questionsAtOnce) {
      guard let i = index[id] else { continue }
      let ticket = ticket(for: id)
      presenceQuestions[ticket] = now
      emit(.inspect(ticket, slots[i].machine, InspectionOrder(askedAt: now, isThorough: false)))
    }
  }

  private mutating func mark(_ missing: Set<MachineID>, at now: Instant) {
    for id in missing {
      guard let i = index[id], slots[i].missingSince == nil else { continue }
      slots[i].missingSince = now
      touched(i)
    }
  }

  private mutating func isBelieved(
    _ missing: Set<MachineID>, _ known: Int, _ provider: ProviderKind, at now: Instant
  ) -> Bool {
    var doubt = inventoryDoubts[provider] ?? InventoryDoubt(missing: missing, discoveries: 0, since: now)
    if doubt.missing != missing || now - doubt.since > Self.discoveryWindow {
      doubt = InventoryDoubt(missing: missing, discoveries: 0, since: now)
    }
    if doubt.discoveries == 0 {
      log(
        .critical, nil,
        "\(missing.count) of \(known) machines of \(provider.title) are missing from its list at once: not believed "
          + "before 3 equal lists in 10 minutes, or azlin autopilot accept-inventory", at: now)
    }
    doubt.discoveries += 1
    inventoryDoubts[provider] = doubt
    return doubt.discoveries >= Self.discoveriesNeeded
  }

  /// The direct word on a machine that the list has not.
  /// - Returns: whether this was such a question.
  mutating func take(presence report: PlatformReport, ticket: Ticket, at now: Instant) -> Bool {
    guard presenceQuestions.removeValue(forKey: ticket) != nil else { return false }
    presenceQuestions = presenceQuestions.filter { now - $0.value < .minutes(5) }
    guard report.presence == .gone, let i = index[ticket.machine], slots[i].missingSince != nil else { return true }
    remove([ticket.machine], at: now)
    reorder()
    return true
  }

  /// An operator believes the list.
  mutating func acceptInventory(_ id: CommandID, at now: Instant) {
    let missing = slots.filter { $0.missingSince != nil }.map(\.id)
    inventoryDoubts = [:]
    guard !missing.isEmpty else { return refuse(id, "no machine is missing from its provider's list") }
    remove(missing, at: now)
    reorder()
    log(.warning, nil, "the operator accepts the inventory: \(missing.count) machine(s) gone", at: now)
    emit(.answer(id, .success("\(missing.count) machine(s) taken off")))
  }
}
