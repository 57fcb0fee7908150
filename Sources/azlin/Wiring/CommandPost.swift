import Autopilot
import FleetModel
import Journal

/// Gives an operator's command to the living engine; where none lives, an engine of this process carries it out and
/// writes it to the journal for the next one.
enum CommandPost {
  /// - Returns: what was done.
  /// - Throws: `CommandRefusal`, or what the journal says.
  static func submit(_ command: OperatorCommand, at site: Site) async throws -> String {
    if let reader = try site.reader(), try await reader.engine()?.isAlive == true {
      switch try await reader.submit(command) {
      case .done(let text): return text
      case .refused(let refusal): throw refusal
      }
    }
    let engine = try await site.start(mode: .observing)
    defer { engine.life.cancel() }
    // The inventory has to be there before machines can be named.
    _ = await engine.snapshot(within: .seconds(10)) { !$0.machines.isEmpty }
    let text = try await engine.service.submit(command)
    await engine.stop()
    return text
  }
}
