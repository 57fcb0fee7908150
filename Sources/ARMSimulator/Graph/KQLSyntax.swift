/// A query: a table, and what is done to it step by step.
struct KQLQuery: Hashable, Sendable {
  var table: String
  var stages: [KQLStage] = []

  /// Whether its rows can be asked for page by page: a limit or a summary ends that.
  var isPageable: Bool {
    !stages.contains { stage in
      switch stage {
      case .take, .top, .count, .summarize, .distinct: true
      default: false
      }
    }
  }
}

/// An expression with the name of its column; nil: it has to be made up.
struct KQLColumn: Hashable, Sendable {
  var name: String?
  var expression: KQLExpression
}

enum KQLStage: Hashable, Sendable {
  enum JoinKind: String, Hashable, Sendable { case inner, innerunique, leftouter, leftsemi, leftanti }
  struct Order: Hashable, Sendable {
    var expression: KQLExpression
    var isAscending: Bool
  }
  /// Columns of both sides that have to be equal.
  struct KeyPair: Hashable, Sendable {
    var left: String
    var right: String
  }
  case filter(KQLExpression)
  case extend([KQLColumn])
  case project([KQLColumn])
  case projectAway([String])
  case projectRename([KQLColumn])
  case join(JoinKind, KQLQuery, on: [KeyPair])
  case union([KQLQuery])
  case expand([KQLColumn])
  case order([Order])
  case take(Int)
  case top(Int, Order)
  case count
  case summarize([KQLColumn], by: [KQLColumn])
  case distinct([KQLColumn])
}

indirect enum KQLExpression: Hashable, Sendable {
  case literal(JSON)
  /// Seconds.
  case span(Double)
  case column(String)
  case member(KQLExpression, String)
  case element(KQLExpression, KQLExpression)
  case call(String, [KQLExpression])
  case binary(String, KQLExpression, KQLExpression)
  /// `in`, `in~` and their opposites.
  case membership(KQLExpression, [KQLExpression], ignoresCase: Bool, isNegated: Bool)

  /// The name that the language gives a column without one; nil: `Column1` and so on.
  var ownName: String? {
    switch self {
    case .column(let name): name
    case .member(let base, let name): base.ownName.map { $0 + "_" + name }
    case .element(let base, .literal(.string(let name))): base.ownName.map { $0 + "_" + name }
    case .element(let base, .literal(.integer(let index))): base.ownName.map { $0 + "_\(index)" }
    case .call(let name, let arguments)
    where ["tostring", "tolower", "toupper", "toint", "tolong", "tobool"].contains(name):
      arguments.first?.ownName
    default: nil
    }
  }
}
