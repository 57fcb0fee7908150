/// A program to be measured.
struct Subject {
  var name: String
  var arguments: [String]
  /// A word that only a full first frame shows; nil: the end of the first burst counts.
  var readyText: String?

  /// Programs whose first frame we know; anything else is a command to be split at spaces.
  static func peer(_ command: String) -> Subject {
    switch command {
    case "htop": Subject(name: command, arguments: ["htop"], readyText: "PID")
    // btop looks for a locale by name and refuses C.UTF-8 unless told.
    case "btop": Subject(name: command, arguments: ["btop", "--utf-force"], readyText: "Pid:")
    case "top": Subject(name: command, arguments: ["top"], readyText: "PID")
    default: Subject(name: command, arguments: command.split(separator: " ").map(String.init))
    }
  }
}
