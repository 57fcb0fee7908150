import FleetModel

/// The way to a guest, as `access.proxy` or the process's environment wants it.
package enum GuestWay: Hashable, Sendable {
  /// As ssh_config says: dialled from here, unless it names a jump host itself.
  case direct
  case socks(SOCKSProxy)
  /// `ProxyJump` over a host, as `ssh -J` takes it.
  case jump(String)
  /// A tunnel of the provider to this machine.
  case bastion(VirtualMachine)
  /// The words cannot be followed: nothing is dialled, least of all directly.
  case unusable(MonitorFailure)

  /// Reads the policy's words: `none`, `socks5://host:port`, `jump:HOST`, `bastion`.
  package init(_ text: String, to machine: VirtualMachine) {
    if text == "none" {
      self = .direct
    } else if text == "bastion" {
      self = .bastion(machine)
    } else if text.hasPrefix("jump:"), Self.isHost(text.dropFirst(5)) {
      self = .jump(String(text.dropFirst(5)))
    } else if let proxy = SOCKSProxy(text) {
      self = .socks(proxy)
    } else {
      self = .unusable(
        MonitorFailure(
          "access.proxy is \(SafeText.line(String(text.prefix(80)))): it can be none, bastion, jump:HOST or "
            + "socks5://HOST:PORT"))
    }
  }

  /// Reads `AZLIN_GUEST_PROXY`: a SOCKS5 proxy for all guests, or `none`.
  package init(environment text: String) {
    if text == "none" {
      self = .direct
    } else if let proxy = SOCKSProxy(text) {
      self = .socks(proxy)
    } else {
      self = .unusable(
        MonitorFailure(
          "AZLIN_GUEST_PROXY is \(SafeText.line(String(text.prefix(80)))): it can be none or socks5://HOST:PORT"))
    }
  }

  /// What follows the guest's address in a reading's path; empty: it was dialled from here.
  package var suffix: String {
    switch self {
    case .direct, .unusable: ""
    case .socks(let proxy): " via \(proxy)"
    case .jump(let host): " via jump \(host)"
    case .bastion: " via bastion"
    }
  }
}

extension GuestWay {
  /// What ssh is given after -J goes through a shell on its way.
  private static func isHost(_ text: Substring) -> Bool {
    !text.isEmpty && !text.hasPrefix("-")
      && text.utf8.allSatisfy { byte in
        (0x30...0x39).contains(byte) || (0x61...0x7a).contains(byte | 0x20) || "@.-_:%".utf8.contains(byte)
      }
  }

  /// The name a machine's host key is filed under where no address of its own is dialled: its id.
  static func hostKeyAlias(of machine: VirtualMachine) -> String {
    String(
      machine.id.rawValue.lowercased().map { character in
        character.isASCII && (character.isLetter || character.isNumber || "/._-()".contains(character))
          ? character : "_"
      })
  }
}
