import Autopilot
import FleetModel

/// The demo's policies, kept in memory: edits are real and last until the demo ends.
package actor DemoPolicySource: PolicySource {
  private var documents: [MachineID: PolicyDocument]
  private var stamp: UInt64 = 1

  package init(machines: [VirtualMachine]) {
    documents = DemoPolicies.documents(for: machines)
  }

  package func policies(for machines: [VirtualMachine]) async -> [MachineID: EffectivePolicy] {
    var policies: [MachineID: EffectivePolicy] = [:]
    for machine in machines {
      policies[machine.id] = PolicyResolver.resolve(fleet: DemoPolicies.fleet, machine: documents[machine.id])
    }
    return policies
  }

  package func changeStamp() async -> UInt64 { stamp }

  package func apply(_ edits: [PolicyEdit], to machine: VirtualMachine) async throws -> String {
    guard !edits.isEmpty else { throw CommandRefusal("nothing to change for \(machine.name): no key was given") }
    var document =
      documents[machine.id] ?? PolicyDocument(file: "\(machine.name).yaml (demo, in memory)")
    for edit in edits {
      guard let key = PolicyKey.named(edit.key) else {
        let near = PolicyKey.nearest(to: edit.key).map { "; did you mean \($0)?" } ?? ""
        throw CommandRefusal("\(document.file): unknown key \(SafeText.line(edit.key))\(near)")
      }
      if key.isFleetOnly {
        throw CommandRefusal("\(document.file): \(key.path) belongs into defaults.yaml, which the demo does not edit")
      }
      guard let text = edit.value else {
        document.entries[key.path] = nil
        continue
      }
      do {
        document.entries[key.path] = PolicyDocument.Entry(
          value: try key.parse(text), place: PolicyPlace(file: document.file))
      } catch {
        throw CommandRefusal("\(document.file): \(error)")
      }
    }
    let before = PolicyResolver.resolve(fleet: DemoPolicies.fleet, machine: documents[machine.id])
    let after = PolicyResolver.resolution(fleet: DemoPolicies.fleet, machine: document)
    if let problem = after.problems.first(where: { !$0.isWarning && !before.problems.contains($0.description) }) {
      throw CommandRefusal("nothing was changed: \(problem)")
    }
    documents[machine.id] = document
    stamp += 1
    let changes = edits.map { edit in
      // The text of the key, not of the edit: a secret stays hidden.
      edit.value == nil
        ? "\(edit.key) removed" : "\(edit.key) = \(PolicyKey.named(edit.key)?.text(of: after.policy) ?? "")"
    }
    return "\(machine.name): \(changes.joined(separator: ", ")) (demo: kept in memory, no file was written)"
  }
}
