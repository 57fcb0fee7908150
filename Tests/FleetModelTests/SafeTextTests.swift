import FleetModel
import Testing

@Suite("Text from outside")
struct SafeTextTests {
  @Test(
    "What would act or hide is shown instead",
    arguments: [
      ("vm-prod-01", "vm-prod-01"),
      ("Grüße, 東京 ✓ é", "Grüße, 東京 ✓ é"),
      ("\u{1b}[2J\u{1b}]0;x\u{7}", "^[[2J^[]0;x^G"),
      ("a\u{7f}b\u{9b}31mc", "a^?b<U+009B>31mc"),
      ("\u{202e}exe.txt", "<U+202E>exe.txt"),
      ("a\u{200b}b\u{feff}c\u{ad}d", "a<U+200B>b<U+FEFF>c<U+00AD>d"),
      ("line\r\nnext\u{2028}end", "line^M^Jnext<U+2028>end"),
      ("tab\there", "tab here"),
      ("\u{e0041}", "<U+E0041>"),
      ("warn \u{26a0}\u{fe0f} x", "warn \u{26a0} x"),
      ("\u{a0}\u{3000}", "  "),
      ("\u{301}a", "<U+0301>a"),
    ])
  func visible(text: String, shown: String) { #expect(SafeText.line(text) == shown) }

  @Test("Line ends are kept where asked")
  func lines() { #expect(SafeText.lines("one\r\ntwo\u{1b}c\n") == "one\ntwo^[c\n") }

  @Test("Bytes that are not UTF-8 are shown one by one")
  func bytes() {
    #expect(SafeText.line(bytes: [0x61, 0xff, 0xc3, 0xa9, 0xe2, 0x82]) == "a\\xFFé\\xE2\\x82")
    #expect(SafeText.line(bytes: [0xc0, 0xaf, 0xed, 0xa0, 0x80]) == "\\xC0\\xAF\\xED\\xA0\\x80")
    #expect(SafeText.lines(bytes: Array("a\nb".utf8)) == "a\nb")
  }

  @Test("A pile of combining marks is cut off")
  func marks() {
    let pile = "a" + String(repeating: "\u{300}", count: 6)
    #expect(SafeText.line(pile).unicodeScalars.count == 1 + SafeText.combiningMarks + 2 * "<U+0300>".count)
  }

  @Test("Nothing that comes out can steer a terminal, whatever goes in, and showing is idempotent")
  func everyScalar() {
    var all = ""
    // Every scalar where scripts and marks live, one in 499 of the planes that are nearly empty.
    let values = Array(0...0xffff) + Array(0x1_d000...0x1_ffff) + stride(from: 0x1_0000, to: 0x11_0000, by: 499)
    for value in values {
      guard let scalar = Unicode.Scalar(UInt32(value)) else { continue }
      all += "x" + String(Character(scalar))
    }
    let shown = SafeText.line(all)
    let harmful = shown.unicodeScalars.first {
      $0.properties.isDefaultIgnorableCodePoint || $0.properties.generalCategory == .control
        || $0.properties.generalCategory == .format
    }
    #expect(harmful == nil)
    let again = SafeText.line(shown)
    let difference = zip(again.unicodeScalars, shown.unicodeScalars).first { $0 != $1 }
    #expect(difference == nil)
  }
}

@Suite("Did you mean")
struct NearestNameTests {
  @Test(
    "The nearest candidate is suggested, and none where none is near",
    arguments: [
      ("disk_waring", "disk_warning"), ("Disk_Warning", "disk_warning"), ("memory_warnign", "memory_warning"),
      ("intervall", "interval"), ("xyz", nil), ("", nil), ("sh", "ssh"),
    ])
  func nearest(name: String, expected: String?) {
    let names = ["disk_warning", "memory_warning", "interval", "ssh", "cpu_critical"]
    #expect(NearestName.nearest(to: name, in: names) == expected)
  }

  @Test("Distances count swaps as one")
  func distance() {
    #expect(NearestName.distance("ab", "ba") == 1)
    #expect(NearestName.distance("", "abc") == 3)
    #expect(NearestName.distance("kitten", "sitting") == 3)
  }
}
