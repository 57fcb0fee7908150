import FleetModel
import Terminal

/// The dashboard on a terminal: it takes input and snapshots to `update`, performs effects, and draws.
package struct DashboardProgram: TerminalProgram {
  private var state: DashboardState
  private let renderer: DashboardRenderer
  private let service: any FleetService
  private let clock: DashboardClock
  private let mailbox: Mailbox
  private let startedAt = ContinuousClock.now
  /// The last frame, and the second and the tick it was drawn for.
  private var frame: Grid?
  private var drawnSecond = Int64.min
  private var drawnTick = Int64.min
  /// Something beside the clock has changed since.
  private var isDirty = true

  init(
    state: DashboardState, renderer: DashboardRenderer, service: any FleetService, clock: DashboardClock,
    mailbox: Mailbox
  ) {
    self.state = state
    self.renderer = renderer
    self.service = service
    self.clock = clock
    self.mailbox = mailbox
  }

  /// Runs the dashboard on the terminal of this process until the operator leaves it.
  ///
  /// - Parameters:
  ///   - service: the engine, in this process or elsewhere.
  ///   - filter: what the table shows at first.
  /// - Returns: why it ended.
  /// - Throws: `TerminalError` with nothing drawn.
  package static func run(
    _ service: any FleetService, theme: Theme, clock: DashboardClock, zone: DisplayZone = .system,
    settings: DashboardSettings = DashboardSettings(), filter: FleetQuery = .everything,
    options: TerminalOptions = TerminalOptions()
  ) async throws -> ExitReason {
    let waker = try TerminalWaker()
    let mailbox = Mailbox(waker: waker)
    let pump = Task {
      for await snapshot in service.snapshots() { mailbox.put(snapshot) }
      mailbox.lose()
    }
    defer { pump.cancel() }
    return try await TerminalLoop.run(options: options, waker: waker) { capabilities in
      var state = DashboardState(settings: settings, size: Size(columns: 0, rows: 0))
      state.filter(by: filter, at: Moment(fleet: .distantPast))
      return DashboardProgram(
        state: state, renderer: DashboardRenderer(theme: theme, capabilities: capabilities, zone: zone),
        service: service, clock: clock, mailbox: mailbox)
    }
  }

  package mutating func handle(_ inputs: [TerminalInput], terminal: TerminalControl) -> LoopDecision {
    for input in inputs where input != .woken {
      isDirty = true
      if perform(state.handle(.input(input), at: now), terminal) { return .finish }
    }
    for event in mailbox.take() {
      isDirty = true
      if perform(state.handle(event, at: now), terminal) { return .finish }
    }
    tick()
    return .proceed(redraw: isDirty || second != drawnSecond, wakeAfter: wakeAfter)
  }

  package mutating func draw(size: Size, capabilities: Capabilities) -> Frame {
    let now = now
    if !isDirty, tickNumber == drawnTick, let frame, frame.size == size {
      self.frame = renderer.renderClock(state, on: frame, at: now)
    } else {
      frame = renderer.render(state, at: now)
    }
    isDirty = false
    drawnSecond = second
    drawnTick = tickNumber
    return Frame(frame ?? Grid(size: size))
  }

  /// What time alone changes: messages go, rows may be put in order.
  private mutating func tick() {
    let toast = state.toast
    let wasStale = state.table.isStale
    let wasMoving = state.isSelectionMoving
    _ = state.handle(.tick, at: now)
    if wasMoving, !state.isSelectionMoving { isDirty = true }
    if state.toast != toast || wasStale && !state.table.isStale { isDirty = true }
  }

  // MARK: Time

  private var now: Moment {
    let elapsed = ContinuousClock.now - startedAt
    let operatorTime = Instant(milliseconds: elapsed.milliseconds)
    switch clock {
    case .running(let read): return Moment(fleet: read(), operatorTime: operatorTime)
    case .frozen: return Moment(fleet: state.snapshot?.at ?? .distantPast, operatorTime: operatorTime)
    }
  }

  private var second: Int64 { now.fleet.milliseconds / 1000 }
  private var tickNumber: Int64 { second / ViewContext.grain }

  /// When to look again without any event: at the next second; in frozen time only while something waits to go.
  private var wakeAfter: Duration? {
    if state.isSelectionMoving { return DashboardState.restingTime }
    switch clock {
    case .running(let read):
      // Just after the second turns, so that each second is drawn once.
      return .milliseconds(1000 - (read().milliseconds % 1000 + 1000) % 1000 + 2)
    case .frozen:
      if state.toast != nil || state.table.isStale { return .seconds(1) }
      return nil
    }
  }

  // MARK: Effects

  /// - Returns: whether the program ends.
  private func perform(_ effects: [DashboardEffect], _ terminal: TerminalControl) -> Bool {
    var ends = false
    for effect in effects {
      switch effect {
      case .submit(let command): submit(command)
      case .requestPlan(let machine): requestPlan(machine)
      case .copy(let text): _ = terminal.copy(text)
      case .suspend: terminal.suspend()
      case .repaint: terminal.repaint()
      case .quit: ends = true
      }
    }
    return ends
  }

  private func submit(_ command: OperatorCommand) {
    let (service, mailbox) = (service, mailbox)
    Task {
      do {
        mailbox.put(.answer(command, .success(try await service.submit(command))))
      } catch {
        mailbox.put(.answer(command, .failure(Self.refusal(error))))
      }
    }
  }

  private func requestPlan(_ machine: MachineID) {
    let (service, mailbox) = (service, mailbox)
    Task {
      do {
        mailbox.put(.plan(machine, .success(try await service.recoveryPlan(for: machine))))
      } catch {
        mailbox.put(.plan(machine, .failure(Self.refusal(error))))
      }
    }
  }

  private static func refusal(_ error: any Error) -> CommandRefusal {
    error as? CommandRefusal ?? CommandRefusal("the engine could not do it: \(error)")
  }
}
