import FleetModel

// The restart of a guest's network: what it takes away must come back even where nobody can reach the guest any more.
extension RemedyScript {
  /// Restarts the service that manages the network under a dead man's hand (semantics 5.5): addresses and routes that do
  /// not come back are put back by the script, and by a guard that was detached from it before, should the script itself
  /// be killed or hang.
  /// - Parameters:
  ///   - patience: seconds until what has not come back is put back.
  ///   - guardAfter: seconds until the guard acts without a word from the script; the restart itself may take 90.
  package static func restartNetwork(
    _ conditions: Conditions, patience: Int = 30, guardAfter: Int = 125
  ) -> String {
    wrapped(
      conditions, [serviceFunctions, restartNetworkBody],
      settings: """
        azlin_patience=\(patience)
        azlin_guard_after=\(max(guardAfter, patience))
        azlin_network=\(ShellText.quoted(networkFunctions))
        """)
  }

  /// What script and guard share: what was there (`before`, `default`, `default6`), what of it is lost, and how it is put
  /// back. A word for each address: LINK,FAMILY,ADDRESS.
  private static let networkFunctions = #"""
    addresses() {
      ip -o addr show scope global | while read -r n i family address rest; do
        case $family in inet|inet6) i=${i%%@*}; printf '%s,%s,%s\n' "${i%:}" "$family" "$address" ;; esac
      done
    }
    lost() {
      lost=''
      have=$(addresses)
      for a in $before; do
        key=${a%,*}
        case "
    $have" in *"
    $key,"*) ;; *) lost="$lost $a" ;; esac
      done
      [ -n "$default" ] && [ -z "$(ip route show default)" ] && lost="$lost default"
      [ -n "$default6" ] && [ -z "$(ip -6 route show default)" ] && lost="$lost default6"
      [ -n "$lost" ]
    }
    restore() {
      back=''
      for a in $lost; do
        case $a in
          default) ip route add $default && back="$back, the default route" ;;
          default6) ip -6 route add $default6 && back="$back, the IPv6 default route" ;;
          *) i=${a%%,*}; ip link set "$i" up; ip addr add "${a##*,}" dev "$i" && back="$back, ${a##*,} on $i" ;;
        esac
      done
    }
    watch_over() {
      trap '' HUP PIPE TERM INT
      n=0
      while [ $n -lt $azlin_guard_after ]; do
        [ -e "$azlin_place/settled" ] && break
        sleep 1
        n=$((n + 1))
      done
      [ -e "$azlin_place/settled" ] || { lost && restore; }
      rm -rf "$azlin_place"
    }
    """#

  private static let restartNetworkBody = #"""
    command -v ip >/dev/null || answer refused 'the guest has no ip command: nothing could be put back if it went wrong'
    eval "$azlin_network"
    before=$(addresses)
    default=$(ip route show default | sed -n '1s/ linkdown//;1p') default6=$(ip -6 route show default | sed -n '1s/ linkdown//;1p')
    # 0: it answers, 1: it does not, 2: nobody knows, for a gateway need not answer a ping.
    gateway=$(printf '%s' "$default" | sed -n 's/^default via \([0-9.]*\).*/\1/p')
    asks_gateway() {
      [ -n "$gateway" ] || return 2
      ping -c 1 -W 1 "$gateway" >/dev/null && return 0
      case $(ip neigh show "$gateway") in
        *REACHABLE*|*PERMANENT*) return 0 ;;
        *FAILED*|*INCOMPLETE*) return 1 ;;
      esac
      return 2
    }
    if [ -n "$systemd" ]; then
      unit=''
      for u in NetworkManager systemd-networkd wicked network networking; do active $u.service && unit=$u.service && break; done
      [ -n "$unit" ] ||
        for u in NetworkManager systemd-networkd wicked network networking; do enabled $u.service && unit=$u.service && break; done
      [ -n "$unit" ] || answer refused 'no service here manages the network'
    elif [ ! -x /etc/init.d/networking ]; then
      answer refused 'no service here manages the network'
    fi
    # The guard is there before anything is touched; it has nothing in common with this script but a folder.
    azlin_place=$(mktemp -d) || answer refused 'no temporary folder can be made: nothing could be put back if it went wrong'
    export azlin_place azlin_guard_after before default default6
    if command -v setsid >/dev/null; then
      setsid /bin/sh -c "$azlin_network
    watch_over" </dev/null >/dev/null 2>&1 &
    else
      watch_over </dev/null >/dev/null 2>&1 &
    fi
    settled() { : >"$azlin_place/settled"; answer "$@"; }
    asks_gateway
    answered=$?
    if [ -n "$systemd" ]; then
      $limit systemctl reset-failed $unit
      try systemctl restart $unit
    elif command -v rc-service >/dev/null; then
      try rc-service networking restart
    else
      try /etc/init.d/networking restart
    fi
    status=$?
    waited=0
    while lost && [ $waited -lt $azlin_patience ]; do sleep 1; waited=$((waited + 1)); done
    lost && restore
    [ -n "$back" ] && put note "did not come back and were put back: ${back#, }"
    lost && put note "could not be put back:$lost"
    if [ $answered = 0 ]; then
      while asks_gateway; [ $? = 1 ] && [ $waited -lt $azlin_patience ]; do sleep 1; waited=$((waited + 1)); done
      asks_gateway
      [ $? = 1 ] && settled failed "the gateway $gateway answered before the restart and does not answer now"
    fi
    [ $status = 0 ] || settled failed "$said"
    [ -n "$lost" ] && settled failed "addresses or routes are lost:$lost"
    settled done "waited ${waited} s for addresses and routes"
    """#
}
