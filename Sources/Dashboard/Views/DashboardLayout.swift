import FleetModel
import Terminal

/// Where everything stands on a screen of some size; both drawing and moving ask it.
package struct DashboardLayout: Hashable, Sendable {
  /// How much there is room for.
  package enum Form: Hashable, Sendable {
    /// Counts only.
    case counts
    /// The table alone; Enter opens the pane on the whole screen.
    case tableOnly
    /// Table above, pane below.
    case stacked
    /// Table and one pane side by side, the log below.
    case oneBeside
    /// Table and two panes side by side, the log below.
    case twoBeside
  }

  package var form: Form
  package var band: Rect
  /// With its frame; nil where something else fills the screen.
  package var table: Rect?
  /// With their frames, in order from the left.
  package var panes: [PanePlace]
  /// The fleet-wide recovery log, with its frame.
  package var log: Rect?
  /// Hints, prompt or message.
  package var footer: Rect

  /// A pane and its frame.
  package struct PanePlace: Hashable, Sendable {
    package var pane: Pane
    package var rect: Rect
  }

  /// Lays out the screen of a state.
  package init(_ state: DashboardState) {
    self.init(size: state.size, pane: state.pane, focus: state.focus, isZoomed: state.isZoomed)
  }

  /// - Parameters:
  ///   - pane: the pane chosen; where there are two, metrics is the first and this one the second.
  ///   - isZoomed: whether the part in focus fills the screen.
  package init(size: Size, pane: Pane, focus: Focus, isZoomed: Bool) {
    form = Self.form(size)
    panes = []
    let (top, below) = Rect(size).splitTop(1)
    let (body, bottom) = below.splitBottom(1)
    band = top
    footer = bottom
    if form == .counts { return }
    if isZoomed || form == .tableOnly {
      switch focus {
      case .table: table = body
      case .pane(let pane): panes = [PanePlace(pane: pane, rect: body)]
      case .log: log = body
      }
      return
    }
    switch form {
    case .counts, .tableOnly: break
    case .stacked:
      let (upper, lower) = body.splitTop((body.height * 9 + 10) / 20)
      table = upper
      panes = [PanePlace(pane: pane, rect: lower)]
    case .oneBeside:
      let (main, strip) = body.splitBottom(Self.logHeight(body))
      let (left, right) = main.splitLeft(max(56, main.width * 58 / 100))
      table = left
      panes = [PanePlace(pane: pane, rect: right)]
      log = strip.isEmpty ? nil : strip
    case .twoBeside:
      let (main, strip) = body.splitBottom(Self.logHeight(body))
      let (left, rest) = main.splitLeft(max(72, main.width * 46 / 100))
      let (middle, right) = rest.splitLeft((rest.width + 1) / 2)
      table = left
      let second = pane == .metrics ? Pane.recovery : pane
      panes = [PanePlace(pane: .metrics, rect: middle), PanePlace(pane: second, rect: right)]
      log = strip.isEmpty ? nil : strip
    }
  }

  private static func form(_ size: Size) -> Form {
    if size.columns < 40 || size.rows < 10 { return .counts }
    if size.columns < 60 || size.rows < 16 { return .tableOnly }
    if size.columns < 100 { return .stacked }
    return size.columns < 160 ? .oneBeside : .twoBeside
  }

  /// Rows of the log with its frame; none where the panes need them all.
  private static func logHeight(_ body: Rect) -> Int {
    body.height < 24 ? 0 : min(12, max(5, body.height / 5))
  }

  /// The frame of a part of the screen; nil where it is not on show.
  package func frame(_ focus: Focus) -> Rect? {
    switch focus {
    case .table: table
    case .log: log
    case .pane(let pane): panes.first { $0.pane == pane }?.rect
    }
  }

  /// All parts on show, in the order of Tab.
  package var parts: [Focus] {
    (table == nil ? [] : [.table]) + panes.map { .pane($0.pane) } + (log == nil ? [] : [.log])
  }
}

extension DashboardState {
  /// Rows of a part's own list on this screen, frame and heading taken off; at least 1.
  func visibleRows(_ part: Focus) -> Int {
    guard let frame = DashboardLayout(self).frame(part) else { return 1 }
    if part == .pane(.recovery) { return RecoveryLogPane.visibleRecords(in: frame) }
    let heading =
      switch part {
      case .table: 1
      case .log: 0
      case .pane(.hooks): 1
      case .pane(.policy): PolicyFormState.footerRows
      case .pane: 0
      }
    return max(1, frame.height - 2 - heading)
  }
}
