import FleetModel

extension RemedyScript {
  /// What a clean-up may do.
  package struct CleanUpOrder: Hashable, Sendable {
    /// The mount that is full; nil: the fullest of those that hold a place which may be cleaned.
    package var mount: String?
    /// Age limit in /tmp, at least a day; in /var/tmp it is at least 30 days (semantics 5.9).
    package var temporaryFileAge: Duration

    package init(mount: String?, temporaryFileAge: Duration = .days(7)) {
      self.mount = mount
      self.temporaryFileAge = temporaryFileAge
    }

    var temporaryMinutes: Int64 { max(temporaryFileAge.milliseconds / 60_000, 24 * 60) }
    var variableMinutes: Int64 { max(temporaryMinutes, 30 * 24 * 60) }
  }

  /// Frees space on one mount, exactly as semantics 5.9 allows, and measures what came of it.
  ///
  /// GNU find deletes by `unlinkat` relative to directories that it opened without following links, so a directory
  /// swapped for a symbolic link meanwhile cannot lead it out of its root. Where find is another one (busybox), or open
  /// files cannot be seen, the script refuses.
  package static func cleanDisk(_ conditions: Conditions, _ order: CleanUpOrder) -> String {
    wrapped(
      conditions,
      [
        PackageLocks.shell, cleanUpMount, cleanUpExclusions, cleanUpOpenFiles, cleanUpPurge, cleanUpBody, cleanUpReport,
      ],
      settings: """
        azlin_mount=\(ShellText.quoted(order.mount ?? ""))
        azlin_tmp_minutes=\(order.temporaryMinutes)
        azlin_var_minutes=\(order.variableMinutes)
        """)
  }

  /// The mount, its file system, its usage. `on MOUNT DIR`: whether a directory, with no link on its way, lies on it.
  private static let cleanUpMount = #"""
    skew=$((now - azlin_sent_at))
    aged=1
    if [ $skew -gt 300 ] || [ $skew -lt -300 ]; then
      aged=''
      put note "the guest's clock is $skew s off: nothing was judged by its age"
    fi
    left() { l=$((azlin_not_after - $(date +%s))); [ $l -gt 1 ] || l=1; [ $l -gt 120 ] && l=120; echo $l; }
    for t in timeout awk stat readlink sort head tr sed; do
      command -v $t >/dev/null || answer refused "the guest has no $t"
    done
    case $(find --version </dev/null) in
      *'GNU findutils'*) ;;
      *) answer refused 'find is not GNU find here: install findutils, then clean-up can delete safely' ;;
    esac
    real() {
      [ -d "$1" ] && [ ! -L "$1" ] && [ "$(readlink -f -- "$1"; echo x)" = "$1
    x" ]
    }
    percent() {
      set -- $(stat -f -c '%b %f %a' -- "$1")
      [ $# = 3 ] && [ $(($1 - $2 + $3)) -gt 0 ] && echo $((($1 - $2) * 1000 / ($1 - $2 + $3)))
    }
    if [ -z "$azlin_mount" ]; then
      fullest=-1
      for d in /tmp /var/tmp /var/cache /var/log; do
        real $d || continue
        p=$(percent $d) && [ "$p" -gt $fullest ] && fullest=$p && azlin_mount=$(stat -c %m -- $d)
      done
    fi
    # The last mount on a place is the one that is seen there.
    type='' source=''
    while read -r s m t options rest; do
      case $m in *\\*) m=$(printf '%bx' "$(printf '%s' "$m" | sed 's/\\/\\0/g')"); m=${m%x} ;; esac
      [ "$m" = "$azlin_mount" ] && type=$t source=$s how=$options
    done </proc/mounts
    case $type in
      ext[234]|xfs|btrfs|zfs|f2fs|jfs|reiserfs|nilfs2|bcachefs|ufs) ;;
      '') answer refused "$azlin_mount is not mounted" ;;
      *) answer refused "$azlin_mount is a file system that is not cleaned: $type" ;;
    esac
    case ",$how," in *,ro,*) answer refused "$azlin_mount is mounted read-only" ;; esac
    device=$(stat -c %d -- "$azlin_mount")
    on() {
      real "$1" || return 1
      [ "$(stat -c %d -- "$1")" = "$device" ] && return 0
      # Parts of one btrfs have device numbers of their own, but share its space.
      [ $type = btrfs ] || return 1
      at=$(stat -c %m -- "$1")
      while read -r s m t rest; do [ "$s $m $t" = "$source $at btrfs" ] && return 0; done </proc/mounts
      return 1
    }
    usage() { set -- $(stat -f -c '%S %b %f %a %c %d' -- "$azlin_mount"); echo "$*"; }
    """#

  /// Patterns for find's `! -path`, one a line, after `m` (mounted there) or `x` (to be left alone): what tmpfiles.d excludes (x and X), everything mounted beneath a root
  /// (a bind mount of the same file system is not stopped by -xdev), and directories an overlay is made of.
  private static let cleanUpExclusions = #"""
    excluded() {
      cat /etc/tmpfiles.d/*.conf /run/tmpfiles.d/*.conf /usr/local/lib/tmpfiles.d/*.conf /usr/lib/tmpfiles.d/*.conf |
        # A specifier or an escape may stand for anything: both become a star, which keeps more.
        sed -e 's/^[[:space:]]*[xX][^[:space:]]*[[:space:]]\{1,\}/x /' -e t -e d |
        sed -e "s/^x \"\([^\"]*\)\".*/x \1/; t done" -e "s/^x '\([^']*\)'.*/x \1/; t done" \
          -e 's/^x \([^[:space:]]*\).*/x \1/' \
          -e ': done' -e 's/%./*/g' -e 's/\\.*/*/' -e 's,/*$,,'
      while read -r s m t options rest; do
        literal m "$m"
        case $t in
          overlay)
            IFS=,
            for o in $options; do
              case $o in
                lowerdir=*|upperdir=*|workdir=*|lowerdir+=*|datadir+=*)
                  IFS=:
                  for p in ${o#*=}; do case $p in /*) literal x "$p" ;; esac; done
                  IFS=, ;;
              esac
            done
            unset IFS ;;
        esac
      done </proc/mounts
    }
    # A name as the kernel prints it, as a pattern: what could be special matches any one character.
    literal() { printf '%s %s\n' "$1" "$(printf '%s\n' "$2" | sed -e 's/\\[0-7][0-7][0-7]/?/g' -e 's/[][*?\\]/?/g')"; }
    """#

  /// Inode numbers of everything a process has open or mapped, and of files behind loop devices and swap. The device is
  /// left aside: keeping a file that merely shares a number does no harm.
  private static let cleanUpOpenFiles = #"""
    open_files() {
      # A file of a dead network mount may hang the look at it: the limit then makes the whole clean-up refuse.
      { timeout -k 5 60 find -L /proc/[0-9]*/fd -mindepth 1 -maxdepth 1 -printf '%i\n' 2>&1 || echo "status $?"; } |
        awk '
          /^[0-9]+$/ { print; next }
          /^status (124|137)$/ { print "timeout"; next }
          /^find: .*(Permission denied|Operation not permitted)$/ { print "denied"; next }'
      { cat /proc/[0-9]*/maps 2>&1; } |
        awk '
          /^[0-9a-f]+-[0-9a-f]+ / { if ($5 > 0) print $5; next }
          /^cat: .*(Permission denied|Operation not permitted)$/ { print "denied" }' | sort -un
      for f in /sys/block/loop*/loop/backing_file; do
        [ -r "$f" ] && read -r p <"$f" && stat -c %i -- "$p"
      done
      while read -r p kind rest; do
        [ "$kind" = file ] && stat -c %i -- "$(printf %b "$(printf '%s' "$p" | sed 's/\\/\\0/g')")"
      done </proc/swaps
      echo seen
    }
    open=$(open_files)
    case "
    $open
    " in
      *"
    denied
    "*) answer refused 'open files of other processes cannot be seen here, so nothing is safe to delete' ;;
      *"
    timeout
    "*) answer refused 'looking for open files took longer than 60 s, so nothing is safe to delete' ;;
    esac
    case $open in *seen) ;; *) answer refused 'open files cannot be seen, so nothing is safe to delete' ;; esac
    case $open in [0-9]*) ;; *) answer refused '/proc shows no open files, so nothing is safe to delete' ;; esac
    """#

  /// `purge LABEL ROOT TESTS…` deletes regular files with one link beneath a root, on its file system, that pass the
  /// tests, are not excluded and not open, and prints a `removed` line.
  private static let cleanUpPurge = #"""
    patterns=$(excluded)
    purge() {
      label=$1 root=$2
      shift 2
      on "$root" || return
      set -- -xdev -mindepth 1 -type f -links 1 "$@" ! -path "$root/lost+found/*" ! -name 'aquota.*'
      set -f
      IFS='
    '
      for p in $patterns; do
        case $p in
          "m $root") continue ;;
          "x $root") put note "tmpfiles.d says to leave $root alone"; unset IFS; set +f; return ;;
        esac
        p=${p#??}
        case $p in "$root"/?*|*[*?[]*) set -- "$@" ! -path "$p" ! -path "$p/*" ;; esac
      done
      unset IFS
      # Which of those that would go are in use?
      busy=$({ printf '%s\n' "$open"; echo candidates; timeout -k 5 $(left) find "$root" "$@" -printf '%i\n'; } |
        awk '/^candidates$/ { second = 1; next } !second { used[$1]; next } ($1 in used) && !told[$1]++ { print $1 }')
      for i in $busy; do set -- "$@" ! -inum "$i"; done
      set +f
      [ $# -gt 12000 ] && { put note "$root: too many files are in use to tell them apart; left alone"; return; }
      removed=$(timeout -k 5 $(left) find "$root" -ignore_readdir_race "$@" -delete -printf '%k\n' |
        awk '{ n++; k += $1 } END { printf "%d %.0f", n, k }')
      put removed "$removed $label"
    }
    """#

  private static let cleanUpBody = #"""
    before=$(usage)
    if [ -n "$aged" ]; then
      purge '/tmp' /tmp -mmin +$azlin_tmp_minutes -cmin +$azlin_tmp_minutes -amin +$azlin_tmp_minutes
      purge '/var/tmp' /var/tmp -mmin +$azlin_var_minutes -cmin +$azlin_var_minutes -amin +$azlin_var_minutes
    fi
    if [ -n "$(locks)" ]; then
      put note 'a package manager is running: its caches were left alone'
    else
      purge 'the apt cache' /var/cache/apt/archives -name '*.deb'
      for d in dnf yum libdnf5 zypp/packages; do purge "the ${d%%/*} cache" /var/cache/$d -name '*.rpm'; done
      purge 'the apk cache' /var/cache/apk -name '*.apk'
    fi
    n='[0-9]' day='20[0-9][0-9][01][0-9][0-3][0-9]'
    purge 'rotated logs' /var/log ! -path '/var/log/audit/*' ! -path '/var/log/journal/*' ! -name 'wtmp*' \
      ! -name 'btmp*' ! -name 'lastlog*' ! -name 'tallylog*' ! -name 'audit*' \( \
      -name "*.$n" -o -name "*.$n$n" -o -name "*.$n.[gxz]*" -o -name "*.$n$n.[gxz]*" -o -name "*.$n.bz2" -o \
      -name "*.$n$n.bz2" -o -name "*-$day" -o -name "*-$day.[gxz]*" -o -name "*-$day.bz2" -o -name '*.log.old' -o \
      -name '*.log.[gxz]*' -o -name '*.log.bz2' \)
    if [ -n "$aged" ] && command -v journalctl >/dev/null && on /var/log/journal; then
      size=$(du -sk /var/log/journal)
      timeout -k 5 $(left) journalctl -q -D /var/log/journal --vacuum-time=7d >/dev/null </dev/null ||
        put note 'the journal could not be vacuumed'
      [ "$(du -sk /var/log/journal)" = "$size" ] || put action 'vacuumed the journal to 7 days'
    fi
    """#

  /// Where less than two points were freed, a person needs to know what fills the mount, and who writes to it.
  private static let cleanUpReport = #"""
    after=$(usage)
    put mount "$type $azlin_mount"
    put before "$before"
    put after "$after"
    points() { set -- $1; [ $(($2 - $3 + $4)) -gt 0 ] && echo $((($2 - $3) * 1000 / ($2 - $3 + $4))) || echo 0; }
    if [ $(($(points "$before") - $(points "$after"))) -lt 20 ]; then
      # Of every file here that a process has open: inode, links, kibibytes, whose.
      handles=$(timeout -k 5 30 find -L /proc/[0-9]*/fd -mindepth 1 -maxdepth 1 -type f -printf '%D %i %n %k %h\n' |
        awk -v d="$device" '$1 == d { print $2, $3, $4, $5 }')
      holder() { p=${1#/proc/} who=''; p=${p%/fd}; read -r who <"/proc/$p/comm"; }
      # Names may hold anything but NUL; a line end in one becomes ^A.
      timeout -k 5 $(left) find "$azlin_mount" -xdev -type f -size +256k -printf '%k %i %p\0' |
        sort -z -rn -S 16M -T /run | head -z -n 5 | tr '\n\0' '\001\n' |
        while read -r k i file; do
          by=$(printf '%s\n' "$handles" | awk -v i="$i" '$1 == i { print $4; exit }')
          [ -n "$by" ] && holder "$by" && file="$file (open in $who, $p)"
          put large "$k $file"
        done
      printf '%s\n' "$handles" | awk '$2 == 0 { print $3, $4 }' | sort -rn | head -n 5 |
        while read -r k by; do
          holder "$by"
          put held "$k $who ($p)"
        done
    fi
    answer done ''
    """#
}
