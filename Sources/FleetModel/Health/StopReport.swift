/// Why a machine is off, as far as its control plane can tell (semantics 4 rows 2 to 6, and 5.6).
public struct StopReport: Hashable, Sendable, Codable {
  public enum Reason: Hashable, Sendable, Codable {
    /// Nobody asked for it; what says so.
    case nobody(String)
    /// A person, a schedule or a tool asked for it: who, safe to show.
    case asked(by: String)
    /// The platform is at fault, and heals it already.
    case platform(String)
    /// The log may still be behind: worth asking again then.
    case pending(String, until: Instant)
    /// Nobody can tell.
    case notTold(String)
  }
  public var finishedAt: Instant
  public var reason: Reason

  public init(finishedAt: Instant, reason: Reason) {
    self.finishedAt = finishedAt
    self.reason = reason
  }
}
