import FleetModel
import Terminal

extension DashboardState {
  /// Offers a key to the topmost layer.
  /// - Returns: nil: no layer wanted it.
  mutating func pressInLayer(_ key: Key, at now: Moment) -> [DashboardEffect]? {
    guard let layer = layers.last else { return nil }
    // Ctrl-C leaves from anywhere, text entry included; it is no binding but the terminal's own word for "stop".
    if key == .control("c") { return [.quit] }
    switch layer {
    case .filter(let prompt): return press(key, in: prompt, at: now)
    case .sortMenu(let cursor): return press(key, inSortMenu: cursor, at: now)
    case .question(let question): return press(key, in: question, at: now)
    case .recover(let dialog): return press(key, in: dialog, at: now)
    case .policyDiff(let diff): return press(key, in: diff, at: now)
    case .help(let offset): return scroll(key, offset) { .help(offset: $0) }
    case .record(let id, let offset): return scroll(key, offset) { .record(id, offset: $0) }
    case .hookOutput(let output):
      return scroll(key, output.offset) { offset in
        var output = output
        output.offset = offset
        return .hookOutput(output)
      }
    }
  }

  /// Pasted text: into text entry, or nowhere.
  mutating func paste(_ text: String, at now: Moment) {
    switch layers.last {
    case .filter(var prompt):
      prompt.field.insert(text)
      apply(prompt, at: now)
    case .recover(var dialog):
      guard case .confirming(var confirmation) = dialog.stage, confirmation.needsName else { return }
      confirmation.typed.insert(text)
      dialog.stage = .confirming(confirmation)
      replaceLayer(.recover(dialog))
    case nil: form.paste(text, policy: selectedMachine?.policy.policy)
    case .sortMenu, .help, .question, .record, .hookOutput, .policyDiff: return
    }
  }

  mutating func replaceLayer(_ layer: Layer) {
    if !layers.isEmpty { layers[layers.count - 1] = layer }
  }

  mutating func closeLayer() -> [DashboardEffect] {
    layers.removeLast()
    return []
  }

  // MARK: Filter

  private mutating func press(_ key: Key, in prompt: FilterPrompt, at now: Moment) -> [DashboardEffect] {
    var prompt = prompt
    switch key {
    case .enter:
      // A query that cannot be read stays open, underlined; Escape leaves it.
      guard prompt.error == nil, let query = try? FleetQuery(prompt.field.text) else { break }
      filter(by: query, at: now)
      return closeLayer()
    case .escape:
      filter(by: prompt.previous, at: now)
      return closeLayer()
    // Looking through what matches does not need the prompt closed.
    case .up: moveSelection(by: -1)
    case .down: moveSelection(by: 1)
    default:
      if prompt.field.handle(key) { apply(prompt, at: now) }
    }
    return []
  }

  private mutating func apply(_ prompt: FilterPrompt, at now: Moment) {
    var prompt = prompt
    do throws(QueryError) {
      _ = try FleetQuery(prompt.field.text)
      prompt.error = nil
    } catch {
      prompt.error = error
    }
    // What can be read filters at once, while the next word is being typed.
    filter(by: FleetQuery(beginningOf: prompt.field.text), at: now)
    replaceLayer(.filter(prompt))
  }

  // MARK: Sort menu

  private mutating func press(_ key: Key, inSortMenu cursor: ListCursor, at now: Moment) -> [DashboardEffect] {
    var cursor = cursor
    let keys = SortKey.allCases
    switch key {
    case .escape, .character("q"): return closeLayer()
    case .up, .character("k"): cursor.move(by: -1, count: keys.count, visible: keys.count)
    case .down, .character("j"): cursor.move(by: 1, count: keys.count, visible: keys.count)
    case .character("s"): cursor.row = (cursor.row + 1) % keys.count
    case .character("S"), .character("r"), .left, .right:
      sort(by: SortOrder(table.sort.key, isReversed: !table.sort.isReversed), at: now)
    case .enter, .character(" "):
      let chosen = keys[min(cursor.row, keys.count - 1)]
      // Choosing what is already in force turns the order around.
      let turns = chosen == table.sort.key
      sort(by: SortOrder(chosen, isReversed: turns ? !table.sort.isReversed : false), at: now)
      return closeLayer()
    default: break
    }
    replaceLayer(.sortMenu(cursor))
    return []
  }

  // MARK: Questions

  private mutating func press(_ key: Key, in question: Question, at now: Moment) -> [DashboardEffect] {
    switch key {
    case .character("y"), .character("Y"):
      layers.removeLast()
      switch question.consequence {
      case .quit: return [.quit]
      case .submit(let command): return submit(command)
      case .discardPolicyEdits(let then):
        form.discard()
        switch then {
        case .leaveForm:
          focus = .table
          isZoomed = false
          return []
        case .quit: return quitAskingIfHealing()
        }
      }
    case .character("n"), .character("N"), .character("q"), .escape, .enter: return closeLayer()
    default: return []
    }
  }

  // MARK: Texts

  /// Keys of a layer that is only read.
  private mutating func scroll(_ key: Key, _ offset: Int, _ layer: (Int) -> Layer) -> [DashboardEffect] {
    let page = max(1, size.rows - 8)
    let target: Int
    switch key {
    case .escape, .character("q"), .enter, .character("?"): return closeLayer()
    case .up, .character("k"): target = offset - 1
    case .down, .character("j"): target = offset + 1
    case .pageUp: target = offset - page
    case .pageDown, .character(" "): target = offset + page
    case .control("u"): target = offset - page / 2
    case .control("d"): target = offset + page / 2
    case .home: target = 0
    case .end, .character("G"): target = textLines(layer(offset)).count
    default: return []
    }
    replaceLayer(layer(min(max(0, target), max(0, textLines(layer(offset)).count - textRows(layer(offset))))))
    return []
  }
}
