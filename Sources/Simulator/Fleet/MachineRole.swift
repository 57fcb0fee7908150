/// What a simulated machine is for: decides its size, its mounts and the shape of its days.
package enum MachineRole: String, Hashable, Sendable, Codable, CaseIterable {
  case web, api, db, cache, worker, batch, build, mail, proxy, queue

  /// How many of each a fleet has, in the order in which machines are handed out; 20 machines hold every role.
  static let mix: [MachineRole] = [
    .web, .api, .db, .web, .worker, .cache, .proxy, .api, .build, .queue,
    .web, .worker, .batch, .mail, .db, .api, .web, .worker, .batch, .build,
  ]

  /// Azure sizes that fit, smallest first, with their processors and memory (Azure: sizes Bs, Dsv5, Esv5, Fsv2).
  var sizes: [MachineSize] {
    switch self {
    case .web: [.b2s, .d2s, .d4s]
    case .api: [.d2s, .d4s]
    case .db: [.e4s, .e8s]
    case .cache: [.e2s, .e4s]
    case .worker: [.d4s, .f4s, .f8s]
    case .batch: [.f8s, .f16s]
    case .build: [.f8s, .d8s]
    case .mail: [.b2s, .d2s]
    case .proxy: [.b2s, .f2s]
    case .queue: [.d2s, .e2s]
    }
  }

  /// The service whose log and memory an operator would look at first.
  var service: String {
    switch self {
    case .web: "nginx"
    case .api: "gunicorn"
    case .db: "postgres"
    case .cache: "redis-server"
    case .worker: "celery"
    case .batch: "spark"
    case .build: "gitlab-runner"
    case .mail: "postfix"
    case .proxy: "haproxy"
    case .queue: "rabbitmq"
    }
  }

  var life: RoleLife { RoleLife.of(self) }
}

/// An Azure VM size.
struct MachineSize: Hashable, Sendable {
  var name: String
  var processors: Int
  /// Bytes.
  var memory: UInt64

  private init(_ name: String, _ processors: Int, gibibytes: UInt64) {
    self.name = name
    self.processors = processors
    memory = gibibytes << 30
  }

  static let b2s = MachineSize("Standard_B2s", 2, gibibytes: 4)
  static let d2s = MachineSize("Standard_D2s_v5", 2, gibibytes: 8)
  static let d4s = MachineSize("Standard_D4s_v5", 4, gibibytes: 16)
  static let d8s = MachineSize("Standard_D8s_v5", 8, gibibytes: 32)
  static let e2s = MachineSize("Standard_E2s_v5", 2, gibibytes: 16)
  static let e4s = MachineSize("Standard_E4s_v5", 4, gibibytes: 32)
  static let e8s = MachineSize("Standard_E8s_v5", 8, gibibytes: 64)
  static let f2s = MachineSize("Standard_F2s_v2", 2, gibibytes: 4)
  static let f4s = MachineSize("Standard_F4s_v2", 4, gibibytes: 8)
  static let f8s = MachineSize("Standard_F8s_v2", 8, gibibytes: 16)
  static let f16s = MachineSize("Standard_F16s_v2", 16, gibibytes: 32)
}
