import FleetModel

/// Resource Manager calls of a cloud whose endpoints are looked up with the first call, so that making a session costs
/// nothing and a screen opens before the network has answered.
package actor DiscoveringCaller: ARMCaller {
  private let make: @Sendable () async -> Result<any ARMCaller, AzureError>
  private var caller: (any ARMCaller)?
  private var flight: Task<Result<any ARMCaller, AzureError>, Never>?

  /// - Parameter make: asked again with the next call where it failed.
  package init(_ make: @escaping @Sendable () async -> Result<any ARMCaller, AzureError>) { self.make = make }

  private func found() async throws(AzureError) -> any ARMCaller {
    if let caller { return caller }
    let make = make
    let task = flight ?? Task { await make() }
    flight = task
    let result = await task.value
    if flight == task { flight = nil }
    let found = try result.get()
    caller = found
    return found
  }

  package func surroundings() async throws(AzureError) -> ARMSurroundings? {
    try await found().surroundings()
  }

  package func platformClock() async -> PlatformClock { await caller?.platformClock() ?? .same }

  package func call(_ request: ARMRequest) async throws(AzureError) -> ARMReply {
    try await found().call(request)
  }

  package func begin(_ request: ARMRequest) async throws(AzureError) -> ARMOperation {
    try await found().begin(request)
  }

  package func finish(_ operation: ARMOperation, deadline: Instant) async throws(AzureError) -> ARMReply {
    try await found().finish(operation, deadline: deadline)
  }
}
