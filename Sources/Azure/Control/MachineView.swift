import FleetModel

/// What a machine's model and instance view say, read directly just now.
package struct MachineView: Hashable, Sendable {
  package var power: PowerState
  /// `succeeded`, `updating`, `failed`…: lower case; empty: not told.
  package var provisioning: String
  /// When the last operation on the machine ended; nil: not told.
  package var provisionedAt: Instant?
  /// Whether the guest agent said that it is ready.
  package var isAgentReady: Bool
  /// The agent's own words, safe to show; empty: none.
  package var agentWords: String
  /// `vmId`: tells a machine re-created under the same name apart.
  package var incarnation: String
  package var location: String
  /// Id of the primary network card; nil: none told.
  package var card: String?

  /// - Throws: of kind `unreadable`.
  package init(_ reply: ARMReply) throws(AzureError) {
    let model = try JSONText.value(Model.self, reply, "the virtual machine's state")
    let view = model.properties?.instanceView
    let codes = (view?.statuses ?? []).compactMap(\.code)
    power = PowerState(code: codes.first { $0.lowercased().hasPrefix("powerstate/") })
    let prefix = "provisioningstate/"
    let provisioned = codes.map { $0.lowercased() }.first { $0.hasPrefix(prefix) }?.dropFirst(prefix.count)
    provisioning =
      provisioned?.split(separator: "/").first.map(String.init) ?? model.properties?.provisioningState?.lowercased()
      ?? ""
    provisionedAt = (view?.statuses ?? []).first { $0.code?.lowercased().hasPrefix(prefix) == true }?.time
      .flatMap(AzureTime.instant)
    let agent = view?.vmAgent?.statuses?.first
    isAgentReady = agent?.code?.lowercased() == "provisioningstate/succeeded" && agent?.displayStatus == "Ready"
    agentWords = SafeText.line(
      [agent?.displayStatus, agent?.message].compactMap { $0 }.map { String($0.prefix(120)) }.joined(separator: ": "))
    incarnation = model.properties?.vmId ?? ""
    location = model.location ?? ""
    let cards = model.properties?.networkProfile?.networkInterfaces ?? []
    card = (cards.first { $0.properties?.primary == true } ?? cards.first)?.id
  }

  private struct Model: Decodable {
    var location: String?
    var properties: Properties?
    struct Properties: Decodable {
      var vmId: String?
      var provisioningState: String?
      var instanceView: View?
      var networkProfile: ListedMachine.Properties.Network?
    }
    struct View: Decodable {
      var statuses: [Status]?
      var vmAgent: Agent?
    }
    struct Agent: Decodable { var statuses: [Status]? }
    struct Status: Decodable {
      var code: String?
      var displayStatus: String?
      var message: String?
      var time: String?
    }
  }
}
