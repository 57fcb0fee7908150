/// Values put into a shell script's text.
enum ShellText {
  /// `text` as one word that no shell interprets.
  static func quoted(_ text: String) -> String {
    var result = "'"
    // A NUL cannot be in a shell word; nothing that azlin quotes may contain one.
    for scalar in text.unicodeScalars where scalar.value != 0 {
      if scalar == "'" { result += "'\\''" } else { result.unicodeScalars.append(scalar) }
    }
    return result + "'"
  }

  /// Lines every script of azlin begins with: a PATH that finds the system's own tools, messages in English, and
  /// functions that print one line whatever they are given. `oneline` sets `line` to at most five lines of a text
  /// (sshd ends its complaints with CR and LF).
  static let prologue = #"""
    PATH=/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin
    LC_ALL=C
    export PATH LC_ALL
    unset IFS CDPATH
    umask 077
    put() { printf '%s=%s\n' "$1" "$2"; }
    oneline() {
      line='' n=0
      set -f
      IFS=$(printf '\n\r')
      for l in $1; do
        n=$((n + 1))
        [ $n -gt 5 ] && break
        line="${line:+$line; }$l"
      done
      unset IFS
      set +f
    }
    """#
}
