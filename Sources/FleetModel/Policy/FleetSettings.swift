/// What `defaults.yaml` alone says: settings of the fleet and of the monitor, the same for every machine.
public struct FleetSettings: Hashable, Sendable {
  /// Which machines are watched without being enabled one by one, a query; nil: none.
  public var watch: String?
  /// Addresses whose silence says that the monitor's own path is down.
  public var canaries: [String] = []
  public var mail = Mail()
  public var budgets = Budgets()
  /// How long history is kept.
  public var retention = Duration.days(30)
  /// Where metrics are served, `host:port`; nil: nowhere.
  public var metricsListen: String?
  public init() {}

  /// The mail server.
  public struct Mail: Hashable, Sendable {
    public var host: String?
    /// 1–65535.
    public var port = 587
    public var tls = MailTLS.starttls
    public var user: String?
    /// A secret reference or literal (semantics 9.3): never printed.
    public var password: String?
    public var from: String?
    public init() {}
  }

  /// The limits of semantics 6.1 and 6.2; each percentage has a smallest number beside it.
  public struct Budgets: Hashable, Sendable {
    /// Power remedies at once, percent of the fleet and of each group (at least 1 machine).
    public var powerAtOncePercent = 5
    /// Power remedies a minute.
    public var powerPerMinute = 10
    /// Distinct machines power-acted an hour, percent of the fleet, and the number always allowed.
    public var powerHourlyPercent = 2
    public var powerHourlyMinimum = 2
    /// The same for a day.
    public var powerDailyPercent = 5
    public var powerDailyMinimum = 3
    /// Share of running machines newly critical that is a storm, and from how many machines on.
    public var stormPercent = 20
    public var stormMinimum = 3
    /// Onsets in 10 minutes that are a storm.
    public var stormOnsets = 25
    public init() {}
  }
}

/// How mail is protected on its way.
public enum MailTLS: String, Hashable, Sendable, Codable, CaseIterable { case starttls, implicit, none }
