import CNcurses
import Glibc

/// The terminal in full-screen mode, drawn through ncurses.
///
/// Not `Sendable` on purpose: ncurses keeps global state, so one thread opens, draws and closes the one screen.
package final class Screen {
  /// What drawings may use here.
  package let capabilities: Capabilities
  /// Columns and rows.
  package private(set) var size: Size

  private let type: TerminalType
  private let output: Int32
  private let screen: OpaquePointer
  private var pairs: ColorPairs
  /// What the terminal shows; nil where that is not known and everything has to be drawn.
  private var shown: Grid?
  private var cursor: Point?
  private var mouse: Bool
  private var isOpen = true
  private var isSuspended = false
  /// Whether the terminal said that it knows mode 2026.
  package var synchronizesOutput = false

  /// Opens the screen.
  ///
  /// - Parameters:
  ///   - type: the terminal, from `TerminalType.detect`.
  ///   - input: descriptor of the terminal's input; only its modes are set, it is read elsewhere.
  ///   - output: descriptor that is drawn to; both are duplicated.
  ///   - mouse: whether mouse events are reported.
  ///   - fallbackSize: the size where the terminal does not tell.
  package init(
    _ type: TerminalType, input: Int32 = STDIN_FILENO, output: Int32 = STDOUT_FILENO, mouse: Bool = false,
    restoresAfterCrash: Bool = true, fallbackSize: Size = Size(columns: 80, rows: 24)
  ) throws(TerminalError) {
    let size = Self.terminalSize(output) ?? fallbackSize
    if restoresAfterCrash {
      cnc_restore_install()
      cnc_use_alternate_stack()
    }
    // The modes of the shell have to be kept before ncurses changes them.
    if restoresAfterCrash {
      type.restoreSequence.withUnsafeBytes { bytes in
        cnc_restore_arm(output, -1, bytes.baseAddress, bytes.count)
      }
    }
    guard let screen = cnc_screen_open(type.name, input, output, Int32(size.rows), Int32(size.columns)) else {
      cnc_restore_disarm()
      throw .screenRefused(type.name)
    }
    if restoresAfterCrash { cnc_restore_set_screen(cnc_screen_fd(screen)) }
    self.type = type
    self.output = cnc_screen_fd(screen)
    self.screen = screen
    self.size = size
    self.mouse = mouse
    capabilities = type.capabilities
    pairs = ColorPairs(screen: screen, depth: type.capabilities.colors)
    enableModes()
  }

  deinit { close() }

  /// Shows the frame, sending only what differs from the one before; nothing at all if nothing does.
  package func draw(_ frame: Frame) {
    guard isOpen, !isSuspended else { return }
    let grid = frame.grid.size == size ? frame.grid : fitted(frame.grid)
    let place = frame.cursor.flatMap { Rect(size).contains($0) ? $0 : nil }
    let drawsAll = shown == nil
    guard drawsAll || place != cursor || grid != shown else { return }
    for y in 0..<size.rows { drawRow(y, of: grid) }
    cnc_screen_cursor(screen, Int32(place?.y ?? -1), Int32(place?.x ?? -1))
    shown = grid
    cursor = place
    if synchronizesOutput { send(ControlSequence.beginSynchronizedUpdate) }
    cnc_screen_update(screen)
    if synchronizesOutput { send(ControlSequence.endSynchronizedUpdate) }
  }

  /// Whether nothing is known of what the terminal shows, so that a frame has to be drawn.
  var needsPaint: Bool { isOpen && shown == nil }

  /// Makes the next `draw` paint the whole screen anew.
  package func repaint() {
    guard isOpen else { return }
    shown = nil
    cnc_screen_repaint(screen)
  }

  /// Takes over the terminal's present size.
  ///
  /// - Returns: the size, also if it has not changed.
  @discardableResult
  package func resize() -> Size {
    guard isOpen, let present = Self.terminalSize(output), present != size else { return size }
    size = present
    cnc_screen_resize(screen, Int32(size.rows), Int32(size.columns))
    repaint()
    return size
  }

  /// Gives the terminal back, as it was before, until `resume`.
  package func suspend() {
    guard isOpen, !isSuspended else { return }
    isSuspended = true
    disableModes()
    cnc_screen_suspend(screen)
  }

  /// Takes the terminal again after `suspend`, or after another program may have changed it; the next frame is drawn
  /// whole.
  package func resume() {
    guard isOpen else { return }
    isSuspended = false
    // Also where nobody suspended it: only after endwin does the next update set the modes of the terminal again.
    cnc_screen_suspend(screen)
    enableModes()
    repaint()
    resize()
  }

  /// Leaves the screen for good; the terminal is as it was before.
  package func close() {
    guard isOpen else { return }
    suspend()
    isOpen = false
    cnc_restore_disarm()
    cnc_screen_close(screen)
  }

  /// Asks the terminal whether it knows mode 2026; the answer comes as input.
  func requestSynchronizedOutput() { send(ControlSequence.requestSynchronizedUpdate) }

  /// Turns the reports of mouse events on or off.
  package func setMouse(_ on: Bool) {
    guard isOpen, mouse != on else { return }
    mouse = on
    if !isSuspended { send(on ? ControlSequence.mouseOn : ControlSequence.mouseOff) }
  }

  /// Puts text into the clipboard of the operator's terminal (OSC 52), where the terminal allows that.
  ///
  /// - Returns: false, with nothing sent, for more than the 74,994 bytes that xterm takes.
  package func copy(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    guard isOpen, !isSuspended, bytes.count <= 74_994 else { return false }
    send("\u{1B}]52;c;" + Base64.encode(bytes) + "\u{07}")
    return true
  }

  /// What ncurses takes the terminal to show in a cell: the spacing scalar's number and the attributes.
  func shownCell(x: Int, y: Int) -> (scalar: UInt32, attributes: TextAttributes) {
    var attributes: UInt8 = 0
    var pair: Int32 = 0
    let scalar = cnc_screen_shown(screen, Int32(y), Int32(x), &attributes, &pair)
    return (scalar, TextAttributes(rawValue: attributes))
  }

  // MARK: -

  private func enableModes() {
    // ncurses enters the alternate screen with its first update only.
    send(ControlSequence.bracketedPasteOn + (mouse ? ControlSequence.mouseOn : ""))
  }

  private func disableModes() {
    send((mouse ? ControlSequence.mouseOff : "") + ControlSequence.bracketedPasteOff)
  }

  private func send(_ sequence: String) {
    var sequence = sequence
    sequence.withUTF8 { bytes in _ = cnc_write(output, bytes.baseAddress, bytes.count) }
  }

  private func fitted(_ grid: Grid) -> Grid {
    var fitted = Grid(size: size)
    fitted.blit(grid, at: Point(x: 0, y: 0))
    return fitted
  }

  /// Hands the changed part of a row to ncurses.
  private func drawRow(_ y: Int, of grid: Grid) {
    let row = grid.row(y)
    var first = row.startIndex
    var end = row.endIndex
    if let old = shown {
      let start = row.startIndex
      guard let change = grid.changedColumns(from: old, row: y) else { return }
      first = start + change.lowerBound
      end = start + change.upperBound
    }
    var cells: [cnc_cell] = []
    cells.reserveCapacity(end - first)
    for cell in row[first..<end] where cell.glyph != .continuation {
      let encoded = encode(cell)
      cells.append(encoded)
      // A wide glyph that only ASCII stands for is two characters.
      if cell.glyph.isWide && encoded.columns == 1 { cells.append(encoded) }
    }
    cells.withUnsafeBufferPointer { cells in
      cnc_screen_put(screen, Int32(y), Int32(first - row.startIndex), cells.baseAddress, Int32(cells.count))
    }
  }

  private func encode(_ cell: Cell) -> cnc_cell {
    let style = pairs.resolve(cell.style, on: screen)
    var scalars = cell.glyph.packedScalars
    var columns = UInt8(cell.glyph.columns)
    if !type.encodesUnicode, scalars.0 >= 0x80 || scalars.1 != 0 {
      scalars = (UInt32(ASCIIFallback.character(for: scalars.0)), 0, 0)
      columns = 1
    }
    return cnc_cell(scalar: scalars, pair: style.pair, attributes: style.attributes, columns: columns)
  }

  /// The size that the terminal at the descriptor has; nil if it has none.
  static func terminalSize(_ descriptor: Int32) -> Size? {
    var rows: Int32 = 0
    var columns: Int32 = 0
    guard cnc_terminal_size(descriptor, &rows, &columns) else { return nil }
    return Size(columns: Int(columns), rows: Int(rows))
  }
}
