import FleetModel

/// Scripts that mend something inside a guest. Each carries the boot it was made for and the time after which it must
/// not act, and does nothing where either does not hold (semantics 5.13).
package enum RemedyScript {
  static let name = "azlin-remedy"
  static let version = 1

  /// What a remedy's script is bound to.
  package struct Conditions: Hashable, Sendable {
    /// The boot the evidence belongs to; nil: not known, not compared.
    package var bootID: String?
    /// Nothing is done after this instant by the guest's clock.
    package var notAfter: Instant
    /// When the script was sent, by the clock that guests should have: a guest whose clock is more than 5 minutes off it does nothing that
    /// depends on the age of a file.
    package var sentAt: Instant

    package init(bootID: String?, notAfter: Instant, sentAt: Instant) {
      self.bootID = bootID
      self.notAfter = notAfter
      self.sentAt = sentAt
    }
  }

  /// Restarts the SSH service or its socket, unless sshd would refuse its configuration (semantics 5.4).
  package static func restartSSH(_ conditions: Conditions) -> String {
    wrapped(conditions, [SSHShell.configurationTest, serviceFunctions, restartSSHBody])
  }

  /// The whole script: the work is one quoted word, handed to a shell that is root, by sudo or doas where the login is
  /// not. It asks for no password, and what it prints between the markers is all it has to say.
  static func wrapped(_ conditions: Conditions, _ parts: [String], settings: String = "") -> String {
    let bootID = conditions.bootID.flatMap { ProbeScript.isBootID($0) ? $0 : nil }
    let work = """
      azlin_boot=\(bootID ?? "")
      azlin_not_after=\(conditions.notAfter.milliseconds / 1000)
      azlin_sent_at=\(conditions.sentAt.milliseconds / 1000)
      \(settings)
      \(ShellText.prologue)
      \(guardBody)
      \(parts.joined(separator: "\n"))
      """
    // A boot id that is none was never any guest's: the script must not run as if there were nothing to compare.
    let impossible = conditions.bootID != nil && bootID == nil
    return """
      azlin_work=\(impossible ? "''" : ShellText.quoted(work))
      cd / || exit 1
      no() { printf '\(name) \(version)\\noutcome=refused\\ndetail=%s\\nend\\n' "$1"; exit 0; }
      [ -n "$azlin_work" ] || no 'the boot id it was made for is malformed'
      PATH=$PATH:/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/bin
      export PATH
      [ "$(id -u)" = 0 ] && exec /bin/sh -c "$azlin_work" azlin </dev/null
      for as in sudo doas; do
        command -v $as >/dev/null 2>&1 && $as -n true </dev/null >/dev/null 2>&1 &&
          exec $as -n /bin/sh -c "$azlin_work" azlin </dev/null
      done
      no "it needs root: log in as root, or let $(id -un) use sudo without a password"

      """
  }

  /// Answers are given once: `done`, `failed` (something may have been done) or `refused` (nothing was done).
  private static let guardBody = #"""
    exec 2>/dev/null
    trap '' HUP PIPE TERM
    echo 'azlin-remedy 1'
    answer() { oneline "$2"; put outcome "$1"; put detail "$line"; echo end; exit 0; }
    now=$(date +%s)
    case $now in ''|*[!0-9]*) answer refused 'the guest has no usable clock' ;; esac
    if [ -n "$azlin_boot" ]; then
      read -r boot </proc/sys/kernel/random/boot_id
      [ "$boot" = "$azlin_boot" ] || answer refused 'the guest has booted since this was decided; nothing was done'
    fi
    if [ "$now" -gt "$azlin_not_after" ]; then
      skew=$((now - azlin_sent_at))
      answer refused "too late by the guest's clock, which is $skew s past the time of sending; nothing was done"
    fi
    """#

  /// `try WHAT…` runs a command with a limit, notes it as an action, and keeps its words in `said`.
  static let serviceFunctions = #"""
    limit=''
    command -v timeout >/dev/null && limit='timeout 90'
    try() { put action "$*"; said=$($limit "$@" 2>&1 </dev/null); }
    systemd=''
    [ -d /run/systemd/system ] && command -v systemctl >/dev/null && systemd=1
    loaded() { $limit systemctl show -p LoadState --value "$1"; }
    active() { $limit systemctl is-active --quiet "$1"; }
    enabled() { $limit systemctl is-enabled --quiet "$1"; }
    """#

  private static let restartSSHBody = #"""
    sshd_test
    [ "$sshd_verdict" = invalid ] && answer refused "sshd would refuse its configuration: $sshd_complaint"
    if [ -n "$systemd" ]; then
      unit='' socket=''
      for u in ssh.service sshd.service dropbear.service; do
        case $(loaded $u) in
          loaded) unit=$u; break ;;
          masked) answer refused "$u is masked: somebody switched it off on purpose" ;;
        esac
      done
      for s in ssh.socket sshd.socket dropbear.socket; do
        [ "$(loaded $s)" = loaded ] && { active $s || enabled $s; } && socket=$s && break
      done
      [ -n "$unit$socket" ] || answer refused 'no unit of an SSH server is installed'
      $limit systemctl reset-failed $unit $socket
      if [ -n "$socket" ] && ! { [ -n "$unit" ] && active $unit; }; then
        try systemctl restart $socket || answer failed "$said"
        answer done "$socket restarted"
      fi
      try systemctl restart $unit || answer failed "$said"
      [ -n "$socket" ] && ! active $socket && { try systemctl start $socket || answer failed "$said"; }
      answer done "$unit restarted"
    fi
    for s in sshd ssh dropbear; do
      [ -x /etc/init.d/$s ] || continue
      if command -v rc-service >/dev/null; then try rc-service $s restart
      elif command -v service >/dev/null; then try service $s restart
      else try /etc/init.d/$s restart
      fi || answer failed "$said"
      answer done "$s restarted"
    done
    for d in /etc/service/sshd /var/service/sshd; do
      [ -d $d ] && command -v sv >/dev/null || continue
      try sv restart $d || answer failed "$said"
      answer done 'sshd restarted'
    done
    answer refused 'no service manager here knows an SSH server'
    """#
}
