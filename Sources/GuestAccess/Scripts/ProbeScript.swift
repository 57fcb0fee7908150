import Autopilot
import FleetModel

/// The script that measures a guest in one round trip (architecture, decision 5).
///
/// POSIX sh, for dash, bash and busybox ash alike. It forks as little as it can: figures come from `/proc` through the
/// shell's own `read`; at most `grep`, two `stat`s and `date` are started, and `journalctl` where the log check is on.
package enum ProbeScript {
  static let name = "azlin-probe"
  static let version = 1

  /// The script's text, to be fed to `/bin/sh -s` or given to `/bin/sh -c`.
  package static func text(_ request: ProbeRequest) -> String {
    let cursor = LogCursor.isWellFormed(request.logCursor) ? request.logCursor : ""
    return """
      azlin_disk=\(request.checks.contains(.disk) ? 1 : 0)
      azlin_logs=\(request.checks.contains(.logs) ? 1 : 0)
      azlin_two=\(request.wantsTwoCPUSamples ? 1 : 0)
      azlin_cursor=\(ShellText.quoted(cursor))
      \(ShellText.prologue)
      exec 2>/dev/null
      echo '\(name) \(version)'
      \(kernelFigures)
      \(mountFigures)
      \(PackageLocks.shell)
      locks
      \(logFigures)
      echo end

      """
  }

  /// First of all the earlier CPU sample, so that the sleep lies between the two and nothing else of ours does.
  private static let kernelFigures = #"""
    cpu() { read -r a </proc/stat && case $a in 'cpu '*) put "$1" "${a#cpu }" ;; esac; }
    [ $azlin_two = 1 ] && cpu cpu.earlier && sleep 1
    cpu cpu
    read -r a </proc/sys/kernel/random/boot_id && put boot "$a"
    read -r a b </proc/uptime && put uptime "$a"
    put clock "$(date +%s)"
    read -r a b </proc/loadavg && put load "$a"
    read -r a </sys/devices/system/cpu/online && put online "$a"
    while read -r k v u; do
      case $k in
        MemTotal:) put memory.total "$v" ;;
        MemAvailable:) put memory.available "$v"; break ;;
        MemFree:) put memory.free "$v" ;;
        Buffers:) put memory.buffers "$v" ;;
        Cached:) put memory.cached "$v"; break ;;
      esac
    done </proc/meminfo
    for r in cpu memory io; do
      read -r a b c d </proc/pressure/$r && case $c in avg60=*) put "pressure.$r" "${c#avg60=}" ;; esac
    done
    for f in /etc/os-release /usr/lib/os-release; do
      [ -r $f ] || continue
      while read -r a; do case $a in PRETTY_NAME=*) put os "${a#*=}"; break ;; esac; done <$f
      break
    done
    """#

  /// Only block-device file systems are asked, and none that lies beneath a mount which may hang (a dead NFS server
  /// stops everything that walks through its mount point). The kernel writes odd bytes in mount names as \ooo; they
  /// leave the guest that way, so no name can forge a line.
  private static let mountFigures = #"""
    mounts() {
      pseudo='proc|sysfs|tmpfs|devtmpfs|devpts|ramfs|rootfs|overlay|squashfs|iso9660|udf|cgroup2?|pstore|bpf|mqueue'
      pseudo="$pseudo|debugfs|tracefs|securityfs|configfs|hugetlbfs|efivarfs|fusectl|binfmt_misc|selinuxfs|nsfs|erofs"
      list=$(grep -vE "^[^ ]* [^ ]* ($pseudo) " /proc/mounts)
      [ -r /proc/mounts ] || { put mounts unreadable; return; }
      set -f
      IFS='
    '
      others='' seen=' ' names=''
      for line in $list; do
        IFS=' '
        set -- $line
        case $3 in
          ext[234]|xfs|btrfs|zfs|f2fs|jfs|reiserfs|nilfs2|bcachefs|vfat|exfat|ntfs|ntfs3|fuseblk|ufs|hfsplus) ;;
          *) others="$others $2" ;;
        esac
      done
      IFS='
    '
      for line in $list; do
        IFS=' '
        set -- $line
        case $3 in
          ext[234]|xfs|btrfs|zfs|f2fs|jfs|reiserfs|nilfs2|bcachefs|exfat|ntfs|ntfs3|fuseblk|ufs|hfsplus) ;;
          vfat) case $2 in /boot/efi|/efi|/boot/efi/*) continue ;; esac ;;
          *) continue ;;
        esac
        case ",$4," in *,ro,*) continue ;; esac
        # What systemd's containers get of their host.
        case $2 in /run/host/*) continue ;; esac
        case $seen in *" $1 "*) continue ;; esac
        for o in $others; do case $2 in "$o"|"$o"/*) continue 2 ;; esac; done
        plain "$2"
        [ -d "$path" ] || continue
        seen="$seen$1 "
        names="$names $3:$2"
      done
      [ -n "$names" ] || { put mounts none; return; }
      set --
      for n in $names; do plain "${n#*:}"; set -- "$@" "$path"; done
      IFS='
    '
      sizes=$(stat -f -c '%S %b %f %a %c %d' "$@") && set -- $sizes
      if [ $? != 0 ]; then
        # One of them went away meanwhile: ask each by itself.
        IFS=' ' all=''
        for n in $names; do
          plain "${n#*:}"
          size=$(stat -f -c '%S %b %f %a %c %d' "$path") || continue
          put mount "${n%%:*} $size ${n#*:}"
          all=1
        done
        [ -n "$all" ] || put mounts unmeasured
        return
      fi
      IFS=' '
      for n in $names; do put mount "${n%%:*} $1 ${n#*:}"; shift; done
    }
    plain() {
      path=$1
      case $1 in *\\*) ;; *) return ;; esac
      rest=$1 path=''
      while :; do
        case $rest in *\\*) path="$path${rest%%\\*}\\0"; rest=${rest#*\\} ;; *) break ;; esac
      done
      path=$(printf '%bx' "$path$rest")
      path=${path%x}
    }
    [ $azlin_disk = 1 ] && mounts
    unset IFS
    set +f
    """#

  /// `journalctl` gives one JSON object a line, in which no text from outside can hold a bare quote; kills and remounts
  /// count only from the kernel. After a cursor that the journal no longer has, counting starts anew.
  private static let logFigures = #"""
    journal() {
      # -p 3: error and worse. The kernel tells of out-of-memory kills and of file systems gone read-only at that level.
      { timeout 5 journalctl -q --no-pager -p 3 -n 1000 -o json --output-fields=MESSAGE,_TRANSPORT "$@"; echo "rc $?"; } |
        awk '
          /^[{]/ {
            n++
            if (match($0, /"__CURSOR" ?: ?"[A-Za-z0-9=;]+"/)) { c = substr($0, RSTART, RLENGTH); sub(/^.*: ?"/, "", c); sub(/"$/, "", c) }
            if ($0 !~ /"_TRANSPORT" ?: ?"kernel"/) next
            if ($0 ~ /[Oo]ut of memory: Kill/) oom++
            if ($0 ~ /[Rr]emounting filesystem read-only|[Ff]orced readonly|Shutting down filesystem/) ro++
          }
          /^rc / { rc = $2 }
          END { if (rc == "0") printf "%d %d %d %s\n", n, oom, ro, c }'
    }
    logs() {
      command -v journalctl >/dev/null || { put logs absent; return; }
      for f in /var/log/journal/*/system.journal /run/log/journal/*/system.journal; do [ -e "$f" ] && break; done
      [ -e "$f" ] || { put logs absent; return; }
      [ -r "$f" ] || { put logs denied; return; }
      set --
      [ -n "$azlin_cursor" ] && set -- $(journal --after-cursor="$azlin_cursor")
      if [ $# -ge 3 ]; then put logs "$1 $2 $3 ${4:-$azlin_cursor}"; return; fi
      # No cursor yet, or one that is gone: from now on.
      c=$(timeout 5 journalctl -q --no-pager -n 0 --show-cursor)
      case $c in *'-- cursor: '*) put logs "0 0 0 ${c##*-- cursor: }" ;; *) put logs failed ;; esac
    }
    [ $azlin_logs = 1 ] && logs
    """#
}
