/// One simple command of a script, and how it hangs on the one before.
struct ShellStatement: Hashable {
  enum Link: Hashable { case always, and, or }

  /// A word with its quotes taken off; `$?` stands for itself until it is known.
  struct Word: Hashable {
    var raw = ""
    var isQuotedAway = false
    func text(status: Int) -> String { isQuotedAway ? raw : raw.replacing("$?", with: "\(status)") }
  }

  var link = Link.always
  var words: [Word] = []
  /// How many parentheses are open around it.
  var depth = 0

  /// Splits a script into its commands.
  static func all(in script: String) -> [ShellStatement] {
    var statements: [ShellStatement] = []
    var current = ShellStatement()
    var word: Word?
    var depth = 0
    func closeWord() {
      if let word { current.words.append(word) }
      word = nil
    }
    func close(_ next: Link) {
      closeWord()
      // An empty line between `&&` and its command changes nothing.
      if current.words.isEmpty, next == .always, current.link != .always { return }
      current.depth = depth
      if !current.words.isEmpty { statements.append(current) }
      current = ShellStatement(link: next)
    }
    let text = Array(script.replacing("\r\n", with: "\n"))
    var index = 0
    while index < text.count {
      let character = text[index]
      let next = index + 1 < text.count ? text[index + 1] : "\n"
      index += 1
      switch character {
      case "'":
        var quoted = word ?? Word()
        if quoted.raw.isEmpty { quoted.isQuotedAway = true }
        while index < text.count, text[index] != "'" {
          quoted.raw.append(text[index])
          index += 1
        }
        index += 1
        word = quoted
      case "\"":
        var quoted = word ?? Word()
        while index < text.count, text[index] != "\"" {
          if text[index] == "\\", index + 1 < text.count { index += 1 }
          quoted.raw.append(text[index])
          index += 1
        }
        index += 1
        word = quoted
      case "\\" where next == "\n": index += 1
      case "\\":
        word = word ?? Word()
        word?.raw.append(next)
        index += 1
      case "#" where word == nil:
        while index < text.count, text[index] != "\n" { index += 1 }
      case " ", "\t": closeWord()
      case "\n", ";": close(.always)
      case "&" where next == "&":
        index += 1
        close(.and)
      case "|" where next == "|":
        index += 1
        close(.or)
      case "(" where word == nil && current.words.isEmpty: depth += 1
      case ")" where depth > 0:
        closeWord()
        if !current.words.isEmpty { close(.always) }
        depth -= 1
      default:
        word = word ?? Word()
        word?.raw.append(character)
      }
    }
    close(.always)
    return statements
  }
}
