/// Shell functions about sshd that the look and the remedy share.
enum SSHShell {
  /// Sets `sshd_verdict` to `valid`, `invalid` or nothing (no OpenSSH, or not root: sshd then cannot read its keys) and
  /// `sshd_complaint` to its words in one line.
  ///
  /// A missing privilege separation directory is no fault of the configuration: systemd removes it with the stopped
  /// service and makes it again at the start, and sshd looks for it only after it has accepted everything else.
  static let configurationTest = #"""
    sshd_test() {
      sshd_verdict='' sshd_complaint=''
      sshd=$(command -v sshd) && [ "$(id -u)" = 0 ] || return 0
      if said=$("$sshd" -t 2>&1); then sshd_verdict=valid; return 0; fi
      oneline "$said"
      sshd_complaint=$line
      case $sshd_complaint in
        'Missing privilege separation directory:'*) sshd_verdict=valid sshd_complaint='' ;;
        *) sshd_verdict=invalid ;;
      esac
      return 0
    }
    """#
}
