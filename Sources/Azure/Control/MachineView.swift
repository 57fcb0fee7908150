import FleetModel

/// What a machine's model and instance view say, read directly just now; its instants are by this machine's clock.
package struct MachineView: Hashable, Sendable {
  package var power: PowerState
  /// `succeeded`, `updating`, `failed`…: lower case; empty: not told.
  package var provisioning: String
  /// Whether the guest agent said that it is ready.
  package var isAgentReady: Bool
  /// The agent's own words, safe to show; empty: none.
  package var agentWords: String
  /// `vmId`: tells a machine re-created under the same name apart.
  package var incarnation: String
  package var location: String
  /// Id of the primary network card; nil: none told.
  package var card: String?
  /// As Azure writes it; empty: the answer is of a state alone.
  package var id: String
  /// Since when the provisioning state is what it is; nil: not told.
  package var provisionedAt: Instant?
  /// When the guest agent last gave word; nil: never.
  package var agentSeenAt: Instant?
  /// Whether the view has a word of a guest agent at all.
  package var tellsAgent: Bool
  /// When the machine was made; nil: not told.
  package var createdAt: Instant?

  /// - Throws: of kind `unreadable`.
  package init(_ reply: ARMReply, _ clock: PlatformClock = .same) throws(AzureError) {
    self.init(try JSONText.value(Model.self, reply, "the virtual machine's state"), clock)
  }

  init(_ model: Model, _ clock: PlatformClock) {
    // `…/instanceView` has the view as its whole body.
    let view = model.properties?.instanceView ?? Model.View(statuses: model.statuses, vmAgent: model.vmAgent)
    let codes = (view.statuses ?? []).compactMap(\.code)
    power = PowerState(code: codes.first { $0.lowercased().hasPrefix("powerstate/") })
    let prefix = "provisioningstate/"
    let provisioned = codes.map { $0.lowercased() }.first { $0.hasPrefix(prefix) }?.dropFirst(prefix.count)
    provisioning =
      provisioned?.split(separator: "/").first.map(String.init) ?? model.properties?.provisioningState?.lowercased()
      ?? ""
    provisionedAt = (view.statuses ?? []).first { $0.code?.lowercased().hasPrefix(prefix) == true }?.at.map(clock.ours)
    let agent = view.vmAgent?.statuses?.first
    agentSeenAt = agent?.at.map(clock.ours)
    tellsAgent = agent != nil
    createdAt = model.properties?.timeCreated.flatMap(AzureTime.instant).map(clock.ours)
    isAgentReady = agent?.code?.lowercased() == "provisioningstate/succeeded" && agent?.displayStatus == "Ready"
    agentWords = SafeText.line(
      [agent?.displayStatus, agent?.message].compactMap { $0 }.map { String($0.prefix(120)) }.joined(separator: ": "))
    incarnation = model.properties?.vmId ?? ""
    location = model.location ?? ""
    id = model.id ?? ""
    let cards = model.properties?.networkProfile?.networkInterfaces ?? []
    card = (cards.first { $0.properties?.primary == true } ?? cards.first)?.id
  }

  struct Model: Decodable, Sendable {
    var id: String?
    var location: String?
    var properties: Properties?
    var statuses: [Status]?
    var vmAgent: Agent?
    struct Properties: Decodable, Sendable {
      var vmId: String?
      var provisioningState: String?
      var timeCreated: String?
      var instanceView: View?
      var networkProfile: ListedMachine.Properties.Network?
    }
    struct View: Decodable, Sendable {
      var statuses: [Status]?
      var vmAgent: Agent?
    }
    struct Agent: Decodable, Sendable { var statuses: [Status]? }
    struct Status: Decodable, Sendable {
      var code: String?
      var displayStatus: String?
      var message: String?
      var time: String?
      var at: Instant? { time.flatMap(AzureTime.instant) }
    }
  }
}
