import Autopilot
import FleetModel

// What befalls the engine.
extension CampaignRun {
  mutating func takeEngineTroubles() {
    let troubles = world.engineTroubles
    world.engineTroubles = []
    for trouble in troubles { befall(trouble) }
  }

  private mutating func befall(_ trouble: Trouble) {
    for index in engines.indices { befall(trouble, index) }
  }

  private mutating func befall(_ trouble: Trouble, _ index: Int) {
    switch trouble.kind {
    case .policyChanges: step(.policies(world.policies()), index)
    case .recreated: break
    case .inventoryShrinks:
      if engines[index].engine != nil {
        step(.inventory(world.machines(), of: plan.isCloud ? .azure : .simulated), index)
      }
    case .operatorPauses:
      let all = trouble.places.isEmpty
      command(.pause(all ? .all : .machines(trouble.places.map { world.id($0) }), for: trouble.duration), index)
      let expiry = now + engines[index].offset + (trouble.duration ?? .days(365))
      engines[index].pauses.append(
        OperatorPause(places: trouble.places, from: now, until: trouble.end, expiresAt: expiry))
      push(.resume(places: trouble.places), index, at: trouble.end)
    case .operatorAcknowledges: command(.acknowledge(.machines(trouble.places.map { world.id($0) })), index)
    case .operatorRecovers:
      let remedies: [Remedy] = [.restartSSH, .restartNetwork, .cleanDisk, .start, .restart, .powerCycle]
      let remedy = remedies[Int(trouble.at.milliseconds / 1000) % remedies.count]
      for place in trouble.places { command(.recover(world.id(place), remedy: remedy, overriding: []), index) }
    case .frozen, .suspended:
      guard engines[index].engine != nil, engines[index].frozenUntil == nil else { return }
      engines[index].frozenUntil = trouble.end
      push(.unfreeze(until: now), index, at: trouble.end)
    case .clockSteps:
      let jump = Duration.seconds(Int(trouble.end.milliseconds % 1200) - 500)
      push(.step(jump), index, at: now)
    case .diskIsFull:
      engines[index].disk.isFull = true
      push(.diskWorks, index, at: trouble.end)
    default:
      guard trouble.kind.isKill else { return }
      engines[index].downtime = trouble.duration ?? .seconds(10)
      if trouble.kind == .killed { return die(index) }
      engines[index].armed = trouble.kind
      engines[index].armedNumber = trouble.number
      push(.dieIfNothingElse(trouble.number), index, at: now + .hours(6))
    }
  }

  private mutating func command(_ command: OperatorCommand, _ index: Int) {
    nextCommand += 1
    step(.command(CommandID(number: nextCommand), command), index)
  }

  mutating func resume(_ places: [Int], _ index: Int) {
    command(.resume(places.isEmpty ? .all : .machines(places.map { world.id($0) })), index)
    for pause in engines[index].pauses.indices { engines[index].pauses[pause].lift(places, at: now) }
  }
}
