/// Whether a package manager is at work in a guest.
enum PackageLocks {
  /// The function `locks` prints `lock=yes` if so. A package manager at work shows as a write lock on one of its lock
  /// files (`/proc/locks` names inodes and is readable by all), or as a living process named in a pid file. Nothing is
  /// locked or even opened to find out.
  static let shell = #"""
    locks() {
      held=' ' n=0
      while read -r a b c kind pid file rest; do
        [ "$kind" = WRITE ] && held="$held$file "
        n=$((n + 1))
        [ $n -ge 500 ] && break
      done </proc/locks
      for f in /var/cache/dnf/*.pid /var/lib/dnf/*.pid /run/yum.pid /run/zypp.pid; do
        [ -r "$f" ] && read -r pid <"$f" && case $pid in
          ''|*[!0-9]*) ;;
          *) read -r who </proc/"$pid"/comm && case $who in
               dnf*|yum*|microdnf|python*|platform-python*|packagekitd|zypper|Zypp*|ruby*|y2*) put lock yes; return ;;
             esac ;;
        esac
      done
      [ "$held" = ' ' ] && return
      set --
      for f in /var/lib/dpkg/lock-frontend /var/lib/dpkg/lock /var/lib/apt/lists/lock /var/cache/apt/archives/lock \
        /var/lib/rpm/.rpm.lock /usr/lib/sysimage/rpm/.rpm.lock /run/dnf/rpmtransaction.lock /lib/apk/db/lock; do
        [ -e $f ] && set -- "$@" $f
      done
      [ $# -gt 0 ] || return
      for f in $(stat -c '%D:%i' "$@"); do
        device=${f%%:*} inode=${f#*:}
        case $held in *":$inode "*) ;; *) continue ;; esac
        case $device in
          # Where the device number is the kernel's own invention (btrfs, overlay) the two may differ: believe the inode.
          ???|????|?????) case $held in *"${device%??}:${device#"${device%??}"}:$inode "*) ;; *) continue ;; esac ;;
        esac
        put lock yes
        return
      done
    }
    """#
}
