import CLinux
import Glibc
import Synchronization

/// Looks host names up on threads of its own, because the system's look-up blocks; at most four at once.
///
/// Whatever goes wrong here is the monitor's side (semantics 2.7).
package final class Resolver: Sendable {
  package typealias Answer = Result<[SocketAddress], MonitorFailure>

  /// Which address families a name is asked for (`AddressFamily` of ssh_config).
  package enum Families: Hashable, Sendable { case any, v4, v6 }

  private struct Question: Hashable {
    var name: String
    var families: Families
  }

  private struct State {
    var answers: [Question: (addresses: [SocketAddress], goodUntil: ContinuousClock.Instant)] = [:]
    var open: [Question: Promise<Answer>] = [:]
    var queue: [Question] = []
    var threads = 0
  }

  private let state = Mutex(State())
  private let loop: EpollExecutor
  /// Answers are kept this long; glibc does not tell a record's own life.
  private static let life = Duration.seconds(60)
  private static let maximumThreads = 4

  package init(loop: EpollExecutor) { self.loop = loop }

  /// The addresses of a name, in the system's order of preference (RFC 6724), with `port`; never empty.
  package func addresses(
    of name: String, port: UInt16, families: Families = .any, until deadline: ContinuousClock.Instant
  ) async -> Answer {
    if let literal = SocketAddress(literal: name, port: port) { return .success([literal]) }
    let question = Question(name: name, families: families)
    let now = ContinuousClock.now
    let known = state.withLock { state -> (addresses: [SocketAddress]?, promise: Promise<Answer>?) in
      if let answer = state.answers[question] {
        if answer.goodUntil > now { return (answer.addresses, nil) }
        state.answers[question] = nil
      }
      if let promise = state.open[question] { return (nil, promise) }
      let promise = Promise<Answer>()
      state.open[question] = promise
      state.queue.append(question)
      return (nil, promise)
    }
    if let addresses = known.addresses { return .success(addresses.map { $0.with(port: port) }) }
    startThreadIfNeeded()
    guard let answer = await known.promise?.value(until: deadline, on: loop) else {
      return .failure(MonitorFailure("looking up \(name): no answer from the name servers in time"))
    }
    return answer.map { $0.map { $0.with(port: port) } }
  }

  private func startThreadIfNeeded() {
    let start = state.withLock { state in
      guard !state.queue.isEmpty, state.threads < Self.maximumThreads else { return false }
      state.threads += 1
      return true
    }
    guard start else { return }
    let context = Unmanaged.passRetained(self)
    let started = clinux_thread_start(
      "azlin-resolver",
      { pointer in
        guard let pointer else { return }
        Unmanaged<Resolver>.fromOpaque(pointer).takeRetainedValue().answerQueue()
      }, context.toOpaque())
    guard started != 0 else { return }
    let failure = MonitorFailure(errno, while: "starting a thread to look names up")
    context.release()
    let orphans = state.withLock { state -> [Question] in
      state.threads -= 1
      defer { state.queue = [] }
      return state.threads == 0 ? state.queue : []
    }
    for question in orphans { finish(question, .failure(failure)) }
  }

  /// Answers questions until there are none; the thread ends then.
  private func answerQueue() {
    while true {
      let next = state.withLock { state -> Question? in
        if state.queue.isEmpty {
          state.threads -= 1
          return nil
        }
        return state.queue.removeFirst()
      }
      guard let next else { return }
      finish(next, Self.ask(next))
    }
  }

  private func finish(_ question: Question, _ answer: Answer) {
    let promise = state.withLock { state in
      if case .success(let addresses) = answer {
        state.answers[question] = (addresses, ContinuousClock.now + Self.life)
      }
      return state.open.removeValue(forKey: question)
    }
    promise?.fulfil(answer)
  }

  private static func ask(_ question: Question) -> Answer {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    hints.ai_flags = AI_ADDRCONFIG
    switch question.families {
    case .any: hints.ai_family = AF_UNSPEC
    case .v4: hints.ai_family = AF_INET
    case .v6: hints.ai_family = AF_INET6
    }
    var list: UnsafeMutablePointer<addrinfo>?
    let code = getaddrinfo(question.name, nil, &hints, &list)
    defer { if list != nil { freeaddrinfo(list) } }
    guard code == 0 else {
      let why = code == EAI_SYSTEM ? MonitorFailure.words(for: errno) : String(cString: gai_strerror(code))
      return .failure(MonitorFailure("looking up \(question.name): \(why)"))
    }
    var addresses: [SocketAddress] = []
    var entry = list
    while let current = entry {
      if let pointer = current.pointee.ai_addr,
        let address = SocketAddress(pointer, length: current.pointee.ai_addrlen), !addresses.contains(address)
      {
        addresses.append(address)
      }
      entry = current.pointee.ai_next
    }
    guard !addresses.isEmpty else {
      return .failure(MonitorFailure("looking up \(question.name): the name has no address"))
    }
    return .success(addresses)
  }
}
