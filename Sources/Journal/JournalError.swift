/// Why the journal could not be used, where it lies, and what to do about it. The file is never deleted, replaced or
/// shortened by azlin itself.
package enum JournalError: Error, Hashable, Sendable, CustomStringConvertible {
  /// No journal has been written here yet.
  case missing(path: String)
  /// The file exists, but another program wrote it.
  case foreign(path: String, why: String)
  /// The file is, or has become, unreadable as a database.
  case damaged(path: String, why: String)
  /// A newer azlin wrote it: schema `found`, where this one knows up to `known`.
  case newer(path: String, found: Int, known: Int)
  /// An older azlin wrote it, and only an engine brings it up to date.
  case older(path: String, found: Int, known: Int)
  /// The file or its directory may not be read or written.
  case notPermitted(path: String, why: String)
  case diskFull(path: String)
  /// Another process held the write lock for longer than the busy time-out.
  case busy(path: String)
  /// An intent with this id is on disk already: what it stands for may have happened.
  case intentExists(path: String, id: String)
  /// No engine lives that could carry a command out.
  case noEngine(path: String)
  /// An engine lives, but has not answered in time; the command is withdrawn if it was not begun.
  case noAnswer(path: String, seconds: Double, begun: Bool)
  case failed(path: String, why: String)

  package var description: String {
    switch self {
    case .missing(let path):
      "no journal at \(path): no engine has run with this configuration yet; start one with `azlin` or "
        + "`azlin autopilot run`"
    case .foreign(let path, let why):
      "\(path) is not azlin's journal (\(why)); nothing was changed in it: move it aside and start azlin again"
    case .damaged(let path, let why):
      "the journal \(path) is damaged (\(why)); it was left as it is: move it aside (with its -wal and -shm files) "
        + "and start azlin again, or save what is in it with `sqlite3 \(path) .recover`"
    case .newer(let path, let found, let known):
      "the journal \(path) was written by a newer azlin (schema \(found), this one knows up to \(known)); it was "
        + "left as it is: use that azlin, or move the file aside to begin a new one"
    case .older(let path, let found, let known):
      "the journal \(path) was written by an older azlin (schema \(found), this one needs \(known)): restart the "
        + "engine, which brings it up to date"
    case .notPermitted(let path, let why):
      "the journal \(path) cannot be used: \(why); give the user who runs azlin read and write access to the file "
        + "and its directory, or name another directory with AZLIN_CONFIG_DIR"
    case .diskFull(let path):
      "the journal \(path) cannot grow: the disk is full; free some space, no remedy runs until then"
    case .busy(let path):
      "the journal \(path) stayed locked by another process; see who holds it with `fuser \(path)`"
    case .intentExists(let path, let id):
      "the journal \(path) already holds a remedy with the id \(id): it is not begun a second time"
    case .noEngine(let path):
      "no azlin engine is alive on the journal \(path): start one with `azlin autopilot run`, or give the command in "
        + "the dashboard"
    case .noAnswer(let path, let seconds, let begun):
      "the engine on the journal \(path) did not answer within \(seconds.formattedSeconds)"
        + (begun
          ? "; it has begun to carry the command out: look at its recovery log before giving it again"
          : "; the command was withdrawn and will not be carried out")
    case .failed(let path, let why):
      "the journal \(path) could not be used: \(why)"
    }
  }
}

extension Double {
  fileprivate var formattedSeconds: String { self == rounded() ? "\(Int(self)) s" : "\(self) s" }
}
