/// Turns the bytes a terminal sends into keys, pastes and mouse events; a pure state machine without clock.
///
/// Bytes may come in any pieces. A lone escape byte may be the Escape key or the beginning of a sequence: when
/// `isUndecided`, the caller waits `escapeDelay` for more and then calls `expire`.
package struct KeyDecoder {
  /// How long the rest of a sequence may take, as ncurses' `set_escdelay(25)`.
  package static let escapeDelay = Duration.milliseconds(25)
  /// How long a paste may pause before what has come of it is delivered.
  package static let pasteDelay = Duration.seconds(1)
  /// Bytes of a paste that are kept; the rest is dropped.
  package static let pasteLimit = 1 << 20
  /// Bytes after which a sequence without an end is dropped.
  private static let sequenceLimit = 4096
  private static let pasteEnd: [UInt8] = Array("\u{1B}[201~".utf8)

  private let sequences: [[UInt8]: Key]
  private let prefixes: Set<[UInt8]>
  private var pending: [UInt8] = []
  /// The paste so far; nil outside pastes.
  private var paste: [UInt8]?
  /// A paste that has not ended paused so long that part of it was delivered.
  private var pasteHasPaused = false
  /// What the terminal answered about mode 2026; nil until it does.
  package private(set) var knowsSynchronizedUpdate: Bool?

  /// Creates a decoder.
  ///
  /// - Parameter sequences: byte sequences of this terminal's keys beside the common ones.
  package init(sequences: [[UInt8]: Key] = [:]) {
    self.sequences = sequences
    prefixes = Set(sequences.keys.flatMap { bytes in (1..<bytes.count).map { Array(bytes[..<$0]) } })
  }

  /// Whether bytes wait for more that may never come.
  package var isUndecided: Bool { !pending.isEmpty && paste == nil }

  /// Whether a paste has begun and not ended, and `expire` has something to deliver of it.
  package var isPasting: Bool { paste.map { !$0.isEmpty || !pending.isEmpty } ?? false }

  /// Takes bytes in the order they were read.
  package mutating func feed(_ bytes: some Collection<UInt8>) -> [TerminalInput] {
    // Out of a paste whose end got lost the operator must be able to get: Ctrl-C pressed alone leaves it.
    if pasteHasPaused, bytes.count == 1, bytes.first == 3 {
      endPaste()
      return []
    }
    pending.append(contentsOf: bytes)
    var inputs: [TerminalInput] = []
    while !pending.isEmpty {
      if paste != nil {
        guard let text = continuePaste() else { break }
        inputs.append(.paste(text))
        continue
      }
      guard let step = decode(pending[...]) else {
        if pending.count > Self.sequenceLimit { pending.removeAll() }
        break
      }
      pending.removeFirst(step.consumed)
      if let input = step.input { inputs.append(input) }
      if step.beginsPaste { paste = [] }
    }
    return inputs
  }

  /// Time is up for what waits: an escape byte was the Escape key, half a sequence was none.
  package mutating func expire() -> [TerminalInput] {
    if let bytes = paste {
      // The rest may still come and must not turn into keys: the paste goes on.
      guard !bytes.isEmpty else { return [] }
      paste = []
      pasteHasPaused = true
      return [.paste(Self.text(of: bytes))]
    }
    let bytes = pending
    pending.removeAll()
    guard bytes.first == 0x1B else { return [] }
    if bytes.count == 1 { return [.key(.escape)] }
    // Alt with a character that also begins sequences; anything longer is a broken sequence, which is no key at all.
    if bytes.count == 2, let character = Self.printable(bytes[1]) { return [.key(.alt(character))] }
    return []
  }

  // MARK: - Pastes

  /// Takes up to the end of the paste; nil if it has not come yet.
  private mutating func continuePaste() -> String? {
    var scan = pending.startIndex
    while let escape = pending[scan...].firstIndex(of: 0x1B) {
      let rest = pending[escape...]
      if rest.starts(with: Self.pasteEnd) {
        keepPasted(pending[..<escape])
        pending.removeFirst(escape + Self.pasteEnd.count)
        let text = Self.text(of: paste ?? [])
        endPaste()
        return text
      }
      if Self.pasteEnd.starts(with: rest) {
        keepPasted(pending[..<escape])
        pending.removeFirst(escape)
        return nil
      }
      scan = escape + 1
    }
    keepPasted(pending[...])
    pending.removeAll()
    return nil
  }

  private mutating func keepPasted(_ bytes: ArraySlice<UInt8>) {
    let room = Self.pasteLimit - (paste?.count ?? 0)
    paste?.append(contentsOf: bytes.prefix(max(0, room)))
  }

  private mutating func endPaste() {
    paste = nil
    pasteHasPaused = false
  }

  /// Terminals send the ends of pasted lines as the Enter key would.
  private static func text(of bytes: [UInt8]) -> String {
    var lines: [UInt8] = []
    lines.reserveCapacity(bytes.count)
    var previous: UInt8 = 0
    for byte in bytes {
      if byte == 0x0D { lines.append(0x0A) } else if !(byte == 0x0A && previous == 0x0D) { lines.append(byte) }
      previous = byte
    }
    return String(decoding: lines, as: UTF8.self)
  }

  // MARK: - Keys

  /// What the first bytes mean: how many there are of them, and the input, if they are any.
  private struct Step {
    var consumed: Int
    var input: TerminalInput?
    var beginsPaste = false

    init(_ consumed: Int, _ input: TerminalInput? = nil) {
      self.consumed = consumed
      self.input = input
    }
  }

  /// Decodes the beginning; nil if more bytes are needed.
  private mutating func decode(_ bytes: ArraySlice<UInt8>) -> Step? {
    guard let first = bytes.first else { return nil }
    if first == 0x1B { return decodeEscape(bytes) }
    if let key = Self.control(first) { return Step(1, .key(key)) }
    return Self.decodeCharacter(bytes).map { step in
      Step(step.consumed, step.character.map { .key(.character($0)) })
    }
  }

  private mutating func decodeEscape(_ bytes: ArraySlice<UInt8>) -> Step? {
    let start = bytes.startIndex
    guard bytes.count > 1 else { return nil }
    if let step = decodeListed(bytes) { return step }
    if prefixes.contains(Array(bytes)) { return nil }
    switch bytes[start + 1] {
    case UInt8(ascii: "["): return decodeControlSequence(bytes)
    case UInt8(ascii: "O"):
      guard bytes.count > 2 else { return nil }
      let key = ControlSequenceKeys.application(bytes[start + 2])
      return Step(3, key.map { .key($0) })
    case UInt8(ascii: "]"), UInt8(ascii: "P"), UInt8(ascii: "_"), UInt8(ascii: "^"):
      return Self.skipString(bytes)
    case 0x1B: return Step(1, .key(.escape))
    case 0x00..<0x20, 0x7F:
      return Step(2, .key(.alt(Character(Unicode.Scalar(bytes[start + 1])))))
    default:
      return Self.decodeCharacter(bytes[(start + 1)...]).map { step in
        Step(step.consumed + 1, step.character.map { .key(.alt($0)) })
      }
    }
  }

  /// The longest of the terminal's own sequences that the bytes begin with.
  private func decodeListed(_ bytes: ArraySlice<UInt8>) -> Step? {
    guard !sequences.isEmpty else { return nil }
    for length in stride(from: min(bytes.count, 12), to: 1, by: -1) {
      if let key = sequences[Array(bytes.prefix(length))] { return Step(length, .key(key)) }
    }
    return nil
  }

  /// `ESC [`, parameters, intermediates, a final byte (ECMA-48, 5.4).
  private mutating func decodeControlSequence(_ bytes: ArraySlice<UInt8>) -> Step? {
    let start = bytes.startIndex
    var index = start + 2
    // The Linux console's F1 to F5: ESC [ [ A.
    if index < bytes.endIndex, bytes[index] == UInt8(ascii: "[") {
      guard index + 1 < bytes.endIndex else { return nil }
      let number = Int(bytes[index + 1]) - 0x40
      return Step(4, (1...5).contains(number) ? .key(.function(number)) : nil)
    }
    while index < bytes.endIndex, (0x20..<0x40).contains(bytes[index]) { index += 1 }
    guard index < bytes.endIndex else { return nil }
    let final = bytes[index]
    // Anything else interrupts the sequence and counts for itself.
    guard (0x40..<0x7F).contains(final) else { return Step(index - start) }
    let body = bytes[(start + 2)..<index]
    let consumed = index + 1 - start
    if final == UInt8(ascii: "M"), body.isEmpty {
      // The mouse protocol of old: three bytes that would otherwise be taken for keys.
      return bytes.count >= 6 ? Step(6) : nil
    }
    if body.first == UInt8(ascii: "<") {
      return Step(consumed, MouseReport.decode(body.dropFirst(), isRelease: final == UInt8(ascii: "m")))
    }
    if final == UInt8(ascii: "y"), body.elementsEqual("?2026;".utf8 + [body.dropLast().last ?? 0, 0x24]) {
      // 1 and 2 say that the mode is known and may be set or reset; 3 and 4 that it is fixed.
      knowsSynchronizedUpdate = body.dropLast().last == 0x31 || body.dropLast().last == 0x32
      return Step(consumed)
    }
    if final == UInt8(ascii: "~"), body.elementsEqual("200".utf8) {
      var step = Step(consumed)
      step.beginsPaste = true
      return step
    }
    return Step(consumed, ControlSequenceKeys.key(final: final, parameters: body).map { .key($0) })
  }

  /// Strings that terminals answer with (ESC ] and the like), up to BEL or ESC \.
  private static func skipString(_ bytes: ArraySlice<UInt8>) -> Step? {
    var previous: UInt8 = 0
    for index in bytes.indices.dropFirst(2) {
      if bytes[index] == 0x07 || (bytes[index] == UInt8(ascii: "\\") && previous == 0x1B) {
        return Step(index + 1 - bytes.startIndex)
      }
      previous = bytes[index]
    }
    return nil
  }

  private static func control(_ byte: UInt8) -> Key? {
    switch byte {
    case 0x0D: .enter
    case 0x09: .tab
    case 0x08, 0x7F: .backspace
    case 0: .control("@")
    case 1...26: .control(Character(Unicode.Scalar(byte | 0x60)))
    case 28...31: .control(Character(Unicode.Scalar(byte | 0x40)))
    default: nil
    }
  }

  private static func printable(_ byte: UInt8) -> Character? {
    (0x20..<0x7F).contains(byte) ? Character(Unicode.Scalar(byte)) : nil
  }

  /// A character in UTF-8; nil if bytes are missing, none for bytes that are no UTF-8.
  private static func decodeCharacter(_ bytes: ArraySlice<UInt8>) -> (consumed: Int, character: Character?)? {
    guard let first = bytes.first else { return nil }
    if let character = printable(first) { return (1, character) }
    let length: Int
    switch first {
    case 0xC2...0xDF: length = 2
    case 0xE0...0xEF: length = 3
    case 0xF0...0xF4: length = 4
    default: return (1, nil)
    }
    let present = bytes.prefix(length)
    if let bad = present.dropFirst().firstIndex(where: { $0 & 0xC0 != 0x80 }) { return (bad - bytes.startIndex, nil) }
    guard present.count == length else { return nil }
    let text = String(validating: present, as: UTF8.self)
    // C1 control characters are no characters to type.
    guard let scalar = text?.unicodeScalars.first, scalar.value >= 0xA0 else { return (length, nil) }
    return (length, Character(scalar))
  }
}
