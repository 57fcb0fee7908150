import Glibc

/// Something failed on this machine, not on the one under watch (semantics 2.7); never counted against a VM.
package struct MonitorFailure: Error, Hashable, Sendable, CustomStringConvertible {
  /// What happened and, where there is one, the remedy.
  package var explanation: String

  package init(_ explanation: String) { self.explanation = explanation }

  /// Explains an error number of a system call.
  package init(_ number: Int32, while doing: String) {
    explanation = "\(doing): \(Self.words(for: number))"
  }

  package var description: String { explanation }

  /// The system's words for an error number, with what to do where that is known.
  package static func words(for number: Int32) -> String {
    switch number {
    case EMFILE: "azlin is out of file handles; raise `ulimit -n`"
    case ENFILE: "the system is out of file handles; raise fs.file-max"
    case ENOBUFS, ENOMEM: "no buffer space left on this machine"
    case ENETUNREACH: "this machine has no route there"
    case EHOSTUNREACH: "a route of this machine says unreachable"
    case EINVAL: "a route of this machine drops it"
    case EPERM: "this machine's firewall forbids it"
    case EACCES: "this machine forbids it (route, firewall or broadcast address)"
    case ENETDOWN: "this machine's network is down"
    case EADDRNOTAVAIL: "this machine has no free port or no source address for it"
    case EAFNOSUPPORT: "this machine does not speak that address family"
    default: text(of: number)
    }
  }

  /// `strerror` without its shared buffer.
  package static func text(of number: Int32) -> String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 128) { buffer in
      guard let base = buffer.baseAddress, strerror_r(number, base, 128) == 0 else { return "error \(number)" }
      return String(cString: base)
    }
  }
}
