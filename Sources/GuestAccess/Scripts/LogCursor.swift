/// The journal's words for a place in it (`s=…;i=…;b=…`).
enum LogCursor {
  /// Whether `text` can be a cursor: it goes into a shell script and comes out of a guest.
  static func isWellFormed(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.count <= 512
      && text.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "="), UInt8(ascii: ";"):
          true
        default: false
        }
      }
  }
}
