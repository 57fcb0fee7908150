import FleetModel

/// The read-only look at a guest, made by a way that is not SSH (semantics 5.3): is the link up, has it an address and
/// a route, does the gateway answer, does sshd listen and greet, would it accept its configuration.
///
/// Facts come from `/proc` and `/sys`; a tool is used only where it is there, and what no means can tell is left out.
package enum LookScript {
  static let name = "azlin-look"
  static let version = 1
  private static let keys: Set<String> = [
    "boot", "link", "address", "route", "gateway", "listening", "banner", "configuration", "complaint",
  ]

  /// The script's text, to be fed to `/bin/sh` on standard input.
  /// - Parameter sshPort: 1–65535.
  package static func text(sshPort: Int) -> String {
    """
    azlin_port=\(min(max(sshPort, 1), 65535))
    \(ShellText.prologue)
    exec 2>/dev/null
    echo '\(name) \(version)'
    read -r a </proc/sys/kernel/random/boot_id && put boot "$a"
    \(SSHShell.configurationTest)
    \(links)
    \(gateway)
    \(listener)
    sshd_test
    case $sshd_verdict in
      valid) put configuration yes ;;
      invalid) put configuration no; put complaint "$sshd_complaint" ;;
    esac
    echo end

    """
  }

  /// Reads what the script printed.
  /// - Throws: `ScriptOutputError`, naming the line.
  package static func parse(_ output: String) throws(ScriptOutputError) -> LookFindings {
    let output = try ScriptOutput(output, name: name, version: version, keys: keys)
    let boot = try output.required("boot")
    guard ProbeScript.isBootID(boot.value) else {
      throw output.error(boot, .badValue("boot", boot.value, expected: "a boot id"))
    }
    return LookFindings(
      bootID: boot.value, linkUp: try output.flag("link"), hasAddress: try output.flag("address"),
      hasDefaultRoute: try output.flag("route"), gatewayAnswers: try output.flag("gateway"),
      sshListening: try output.flag("listening"), localBanner: try output.flag("banner"),
      sshConfigurationValid: try output.flag("configuration"),
      sshConfigurationError: output.entry("complaint").map { SafeText.line(String($0.value.prefix(400))) })
  }

  /// Links of containers and virtual machines inside the guest are no way to it: a running Docker bridge would pass
  /// for a working network.
  private static let links = #"""
    # /proc/net shows this network; a /sys that was mounted elsewhere may show another.
    names=' '
    while read -r i rest; do case $i in *:*) names="$names${i%%:*} " ;; esac; done </proc/net/dev
    all=''
    ours() {
      case $names in *" $1 "*) ;; *) return 1 ;; esac
      case $1 in
        lo) return 1 ;;
        docker*|br-*|veth*|virbr*|vnet*|tap*|cni*|flannel*|cali*|lxc*|lxd*|podman*|dummy*|ifb*|sit*|tunl*|ip6tnl*|wg*|tun*) ;;
        tailscale*|zt*) ;;
        *) return 0 ;;
      esac
      # In a container a link named veth… or so may be the only way in; a bridge's port is none.
      [ -n "$all" ] && [ ! -e "/sys/class/net/$1/bridge" ] && [ ! -e "/sys/class/net/$1/master" ]
    }
    is_up() {
      if said=$(ip -o link show dev "$1") && [ -n "$said" ]; then
        case $said in *[,\<]LOWER_UP[,\>]*) return 0 ;; *) return 1 ;; esac
      fi
      s='' c=''
      read -r s <"/sys/class/net/$1/operstate"
      read -r c <"/sys/class/net/$1/carrier"
      case $s:$c in up:*|unknown:1) return 0 ;; *) return 1 ;; esac
    }
    ups='' downs=''
    look_links() { for i in $names; do ours $i && { is_up $i && ups="$ups $i" || downs="$downs $i"; }; done; }
    look_links
    [ -z "$ups$downs" ] && all=1 && look_links
    if [ -n "$ups" ]; then put link yes; else put link no; fi

    address=''
    if list=$(ip -o addr show) && [ -n "$list" ]; then
      address=no
      set -f
      IFS='
    '
      for line in $list; do
        unset IFS
        set -- $line
        i=${2%%@*}
        i=${i%:}
        case $3:$4 in inet:127.*|inet:169.254.*|inet6:fe80:*|inet6:::1/*) continue ;; inet:*|inet6:*) ;; *) continue ;; esac
        ours "$i" && address=yes && break
      done
      unset IFS
      set +f
    else
      # No ip here. A link's address shows in the routes of its own subnet, but only while the link is up.
      [ -n "$ups" ] && address=no
      while read -r i dst rest; do ours "$i" && address=yes && break; done </proc/net/route
      while read -r a x len scope flags i; do [ "$scope" = 00 ] && ours "$i" && address=yes && break; done </proc/net/if_inet6
    fi
    [ -n "$address" ] && put address $address

    route=no gw='' gwdev=''
    while read -r i dst g flags x y metric mask rest; do
      [ "$dst:$mask" = 00000000:00000000 ] || continue
      ours "$i" || continue
      route=yes
      [ "$g" != 00000000 ] && [ -z "$gw" ] && gw=$g gwdev=$i
    done </proc/net/route
    while read -r dst len x y g metric a b flags i; do
      [ "$dst:$len" = 00000000000000000000000000000000:00 ] && ours "$i" || continue
      # The kernel keeps a rejecting default route of its own (RTF_REJECT, 0x200).
      case $flags in *[2367abef]??) continue ;; esac
      route=yes
    done </proc/net/ipv6_route
    put route $route
    """#

  /// The gateway's word is its neighbour entry: gateways need not answer ICMP (Azure's does not), but the echo makes
  /// the kernel ask for the neighbour. An old entry that is being re-checked is no answer either way.
  private static let gateway = #"""
    look_gateway() {
      [ -n "$gw" ] || return
      a=${gw%??????} b=${gw#??} c=${gw#????} d=${gw#??????}
      gateway=$((0x$d)).$((0x${c%??})).$((0x${b%????})).$((0x$a))
      if ping -c 1 -W 1 "$gateway" >/dev/null; then put gateway yes; return; fi
      state=$(ip neigh show "$gateway")
      case $state in
        *REACHABLE*|*PERMANENT*) put gateway yes; return ;;
        *FAILED*|*INCOMPLETE*) put gateway no; return ;;
        *STALE*|*DELAY*|*PROBE*) return ;;
      esac
      while read -r ip hw flags rest; do
        [ "$ip" = "$gateway" ] || continue
        [ "$flags" = 0x0 ] && put gateway no
        return
      done </proc/net/arp
    }
    look_gateway
    """#

  /// Listening sockets stand first in /proc/net/tcp: the first line of another state ends the search, so a busy server
  /// is not read through.
  private static let listener = #"""
    hex=$(printf %04X "$azlin_port")
    listening=no locals=''
    while read -r n at peer st rest; do
      case $n in sl) continue ;; esac
      [ "$st" = 0A ] || break
      [ "${at##*:}" = "$hex" ] || continue
      listening=yes
      at=${at%:*}
      case $at in
        00000000) locals=127.0.0.1 ;;
        *) a=${at%??????} b=${at#??} c=${at#????} d=${at#??????}
           locals=$((0x$d)).$((0x${c%??})).$((0x${b%????})).$((0x$a)) ;;
      esac
      break
    done </proc/net/tcp
    if [ $listening = no ]; then
      while read -r n at peer st rest; do
        case $n in sl) continue ;; esac
        [ "$st" = 0A ] || break
        [ "${at##*:}" = "$hex" ] || continue
        listening=yes
        # A socket for every address may take IPv4 too; one that is bound to another address is not asked.
        case ${at%:*} in
          00000000000000000000000000000000) locals='::1 127.0.0.1' ;;
          00000000000000000000000001000000) locals=::1 ;;
        esac
        break
      done </proc/net/tcp6
    fi
    [ -r /proc/net/tcp ] && put listening $listening

    greeting() {
      if command -v bash >/dev/null; then
        timeout 3 bash -c 'exec 3<>"/dev/tcp/$1/$2" && IFS= read -r -n 8 line <&3; printf %s "$line"' - "$1" "$azlin_port"
      elif command -v nc >/dev/null; then
        timeout 3 nc "$1" "$azlin_port" </dev/null | head -c 8
      elif command -v python3 >/dev/null; then
        timeout 3 python3 -c 'import socket, sys
    print(socket.create_connection((sys.argv[1], int(sys.argv[2])), 2).recv(8).decode("ascii", "replace"))' "$1" "$azlin_port"
      fi
    }
    look_banner() {
      [ $listening = yes ] || { put banner no; return; }
      [ -n "$locals" ] && command -v timeout >/dev/null || return
      command -v bash >/dev/null || command -v nc >/dev/null || command -v python3 >/dev/null || return
      for local in $locals; do
        case $(greeting $local) in SSH-2.0-|SSH-1.99) put banner yes; return ;; esac
      done
      put banner no
    }
    look_banner
    """#
}
