import FleetModel
import Terminal

/// The frame of a pane: the machine's name and the tabs in its upper edge.
struct PaneFrame {
  let context: ViewContext

  /// - Returns: what is inside the frame.
  func draw(_ place: DashboardLayout.PanePlace, on canvas: inout Canvas) -> Rect {
    let focused = context.isFocused(.pane(place.pane))
    canvas.frame(place.rect, isFocused: focused)
    var line = TextLine()
    if place.pane != .events {
      let machine = place.pane == .policy ? context.state.formMachine : context.state.paneMachine
      line.add(machine?.machine.name ?? "no VM", focused ? .titleFocus : .title)
    } else {
      line.add("fleet", focused ? .titleFocus : .title)
    }
    // Two panes side by side: the first has a tab of its own only.
    let tabs = context.layout.panes.count > 1 && place.pane == .metrics ? [.metrics] : tabsShown
    let names = tabs.reduce(0) { $0 + $1.title.utf8.count + 1 }
    if line.columns + names + 6 <= place.rect.width {
      line.add(" ", .text)
      for tab in tabs {
        line.add(" ", .text)
        line.add(tab.title, tab == place.pane ? .tabActive : .tab)
      }
    } else {
      line.add("  ", .text)
      line.add(place.pane.title, .tabActive)
    }
    canvas.label(line, x: place.rect.x + 1, y: place.rect.y, width: place.rect.width - 2)
    return place.rect.inset(by: 1)
  }

  private var tabsShown: [Pane] {
    context.layout.panes.count > 1 ? Pane.allCases.filter { $0 != .metrics } : Pane.allCases
  }

  /// Writes what is below the last row shown, into the lower edge.
  static func below(_ text: String, _ frame: Rect, on canvas: inout Canvas, _ role: ThemeRole = .textDim) {
    let columns = TextWidth.columns(of: text) + 2
    guard columns + 4 < frame.width else { return }
    canvas.label(TextLine(text, role), x: frame.right - columns - 1, y: frame.bottom - 1, width: columns)
  }
}
