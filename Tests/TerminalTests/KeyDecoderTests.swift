import Testing

@testable import Terminal

@Suite("Key decoder")
struct KeyDecoderTests {
  static let examples: [(String, [TerminalInput])] = [
    ("a", [.key(.character("a"))]), (" ", [.key(.character(" "))]), ("ä", [.key(.character("ä"))]),
    ("語", [.key(.character("語"))]), ("😀", [.key(.character("😀"))]),
    ("\r", [.key(.enter)]), ("\t", [.key(.tab)]), ("\u{7F}", [.key(.backspace)]), ("\u{8}", [.key(.backspace)]),
    ("\u{3}", [.key(.control("c"))]), ("\n", [.key(.control("j"))]), ("\0", [.key(.control("@"))]),
    ("\u{1D}", [.key(.control("]"))]),
    ("\u{1B}[A", [.key(.up)]), ("\u{1B}OA", [.key(.up)]), ("\u{1B}[B", [.key(.down)]), ("\u{1B}OB", [.key(.down)]),
    ("\u{1B}[C", [.key(.right)]), ("\u{1B}OD", [.key(.left)]), ("\u{1B}[1;5A", [.key(.up)]),
    ("\u{1B}[H", [.key(.home)]), ("\u{1B}OF", [.key(.end)]), ("\u{1B}[1~", [.key(.home)]),
    ("\u{1B}[4~", [.key(.end)]), ("\u{1B}[7~", [.key(.home)]), ("\u{1B}[8~", [.key(.end)]),
    ("\u{1B}[2~", [.key(.insert)]), ("\u{1B}[3~", [.key(.delete)]), ("\u{1B}[5~", [.key(.pageUp)]),
    ("\u{1B}[6;2~", [.key(.pageDown)]), ("\u{1B}[Z", [.key(.backTab)]),
    ("\u{1B}OP", [.key(.function(1))]), ("\u{1B}[[A", [.key(.function(1))]), ("\u{1B}[15~", [.key(.function(5))]),
    ("\u{1B}[17~", [.key(.function(6))]), ("\u{1B}[24~", [.key(.function(12))]), ("\u{1B}[34~", [.key(.function(20))]),
    ("\u{1B}[1;2P", [.key(.function(1))]), ("\u{1B}[1;2R", [.key(.function(3))]),
    ("\u{1B}x", [.key(.alt("x"))]), ("\u{1B}é", [.key(.alt("é"))]),
    ("\u{1B}[120;5u", [.key(.control("x"))]), ("\u{1B}[27u", [.key(.escape)]),
    ("\u{1B}[<0;3;4M", [.mouse(MouseEvent(action: .press(.left), position: Point(x: 2, y: 3)))]),
    ("\u{1B}[<2;3;4m", [.mouse(MouseEvent(action: .release(.right), position: Point(x: 2, y: 3)))]),
    ("\u{1B}[<32;300;4M", [.mouse(MouseEvent(action: .drag(.left), position: Point(x: 299, y: 3)))]),
    ("\u{1B}[<65;1;1M", [.mouse(MouseEvent(action: .wheelDown, position: Point(x: 0, y: 0)))]),
    ("\u{1B}[I", []), ("\u{1B}[?1;2c", []), ("\u{1B}]11;rgb:0/0/0\u{7}q", [.key(.character("q"))]),
    ("\u{1B}P1$r0m\u{1B}\\q", [.key(.character("q"))]), ("\u{1B}[Mabcq", [.key(.character("q"))]),
    ("\u{1B}[200~q\rrm -rf\u{3}\u{1B}[201~x", [.paste("q\nrm -rf\u{3}"), .key(.character("x"))]),
    ("\u{1B}[200~\u{1B}[201~", [.paste("")]),
    ("\u{1B}[200~a\r\nb\nc\u{1B}[A\u{1B}[201~", [.paste("a\nb\nc\u{1B}[A")]),
    ("\u{1B}[\u{3}", [.key(.control("c"))]),
  ]

  @Test("Byte sequences mean these inputs", arguments: examples)
  func decoding(_ bytes: String, _ inputs: [TerminalInput]) {
    var decoder = KeyDecoder()
    #expect(decoder.feed(Array(bytes.utf8)) == inputs)
    #expect(!decoder.isUndecided && !decoder.isPasting)
  }

  @Test("They mean the same in any two pieces, and byte by byte", arguments: examples)
  func splitReads(_ bytes: String, _ inputs: [TerminalInput]) {
    let bytes = Array(bytes.utf8)
    for cut in 0...bytes.count {
      var decoder = KeyDecoder()
      #expect(decoder.feed(bytes[..<cut]) + decoder.feed(bytes[cut...]) == inputs, "cut at \(cut)")
    }
    var decoder = KeyDecoder()
    #expect(bytes.flatMap { decoder.feed([$0]) } == inputs)
  }

  @Test("Sequences one after another do not disturb each other")
  func sequence() {
    var decoder = KeyDecoder()
    let all = Self.examples.flatMap { Array($0.0.utf8) }
    #expect(decoder.feed(all) == Self.examples.flatMap(\.1))
  }

  @Test("An escape byte alone is the Escape key when the time is up")
  func escapeKey() {
    var decoder = KeyDecoder()
    #expect(decoder.feed([0x1B]).isEmpty)
    #expect(decoder.isUndecided)
    #expect(decoder.expire() == [.key(.escape)])
    #expect(!decoder.isUndecided)
    #expect(decoder.feed([0x1B, 0x1B]) == [.key(.escape)])
    #expect(decoder.expire() == [.key(.escape)])
    #expect(decoder.feed(Array("\u{1B}[".utf8)).isEmpty)
    #expect(decoder.expire() == [.key(.alt("["))])
    #expect(decoder.feed(Array("\u{1B}[1;".utf8)).isEmpty)
    #expect(decoder.expire().isEmpty)
    #expect(decoder.feed(Array("x".utf8)) == [.key(.character("x"))])
  }

  @Test("The terminal's own sequences come first")
  func ownSequences() {
    var decoder = KeyDecoder(sequences: [Array("\u{1B}[[Z".utf8): .function(13), Array("\u{1B}OA".utf8): .function(9)])
    #expect(decoder.feed(Array("\u{1B}OA\u{1B}OB".utf8)) == [.key(.function(9)), .key(.down)])
    #expect(decoder.feed(Array("\u{1B}[[".utf8)).isEmpty)
    #expect(decoder.feed(Array("Z".utf8)) == [.key(.function(13))])
  }

  @Test("A paste that pauses is delivered in parts, and its rest is no key")
  func pausingPaste() {
    var decoder = KeyDecoder()
    #expect(decoder.feed(Array("\u{1B}[200~one".utf8)).isEmpty)
    #expect(decoder.isPasting)
    #expect(decoder.expire() == [.paste("one")])
    #expect(decoder.feed(Array("q".utf8)).isEmpty)
    #expect(decoder.expire() == [.paste("q")])
    #expect(decoder.feed(Array("two\u{1B}[201~q".utf8)) == [.paste("two"), .key(.character("q"))])
  }

  @Test("Ctrl-C leaves a paste whose end got lost")
  func lostPasteEnd() {
    var decoder = KeyDecoder()
    _ = decoder.feed(Array("\u{1B}[200~one".utf8))
    _ = decoder.expire()
    #expect(decoder.feed([3]).isEmpty)
    #expect(decoder.feed(Array("q".utf8)) == [.key(.character("q"))])
  }

  @Test("A paste without end keeps one mebibyte")
  func endlessPaste() {
    var decoder = KeyDecoder()
    _ = decoder.feed(Array("\u{1B}[200~".utf8))
    let block = [UInt8](repeating: 0x61, count: 65_536)
    for _ in 0..<20 { _ = decoder.feed(block) }
    guard case .paste(let text) = decoder.feed(Array("\u{1B}[201~".utf8)).first else {
      Issue.record("no paste")
      return
    }
    #expect(text.utf8.count == KeyDecoder.pasteLimit)
  }

  @Test("The answer about synchronized updates is remembered and is no key")
  func synchronizedUpdates() {
    var decoder = KeyDecoder()
    #expect(decoder.knowsSynchronizedUpdate == nil)
    #expect(decoder.feed(Array("\u{1B}[?2026;2$y".utf8)).isEmpty)
    #expect(decoder.knowsSynchronizedUpdate == true)
    #expect(decoder.feed(Array("\u{1B}[?2026;0$y".utf8)).isEmpty)
    #expect(decoder.knowsSynchronizedUpdate == false)
  }

  @Test("Any bytes in any pieces leave a decoder that still works", arguments: 0..<200)
  func randomBytes(_ seed: Int) {
    var generator = SplitMix(state: UInt64(seed))
    var decoder = KeyDecoder()
    let alphabet: [UInt8] = Array("\u{1B}[]OP?<;0129~mMuyA$q\u{7}\\".utf8) + [0xC3, 0xE6, 0xF0, 0x80, 0xFF, 0x03]
    for _ in 0..<300 {
      let count = Int.random(in: 0..<12, using: &generator)
      let bytes = (0..<count).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &generator)] }
      _ = decoder.feed(bytes)
      if Bool.random(using: &generator) { _ = decoder.expire() }
    }
    // Out of whatever state: the end of a paste, the end of a string, time.
    _ = decoder.feed(Array("\u{1B}\\\u{7}\u{1B}[201~".utf8))
    _ = decoder.expire()
    #expect(decoder.feed(Array("k".utf8)) == [.key(.character("k"))])
  }
}

/// A small generator with a seed (SplitMix64), so that random tests repeat.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z >> 31
  }
}
