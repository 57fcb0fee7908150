#!/bin/bash
# guest.sh VERB NAME [ARGUMENT...]: what surrounds a guest of the lab: its power button, its cable, its disk, and a way
# in that is not SSH. It lies in the lab's directory, beside "lab.conf", which sets number, root.
set -uo pipefail

lab=$(cd "$(dirname "$0")" && pwd)
. "$lab/lab.conf"
verb=$1
name=$2
guest=$lab/guests/$name
namespace=azlin-lab$number-$name
if [ "$verb" != create ] && [ ! -r "$guest/guest.conf" ]; then
  echo "$name: no such guest" >&2
  exit 66
fi
# Sets index, host_address, address, cable.
[ -r "$guest/guest.conf" ] && . "$guest/guest.conf"

# The nspawn process of this guest; fails if there is none.
container() {
  local pid
  for pid in $(pgrep -x systemd-nspawn); do
    if tr '\0' '\n' 2>/dev/null <"/proc/$pid/cmdline" | grep -q -x -- "--machine=$namespace"; then
      echo "$pid"
      return 0
    fi
  done
  return 1
}

# The guest's init, seen from outside; fails if the guest is off.
init() {
  local pid child
  pid=$(container) || return 1
  for child in $(pgrep -P "$pid" -x systemd); do
    case $(state_of "$child") in Z | X | '') ;; *) echo "$child" && return 0 ;; esac
  done
  return 1
}

# One letter: R, S, D, T (stopped), Z.
state_of() { sed -n 's/^State:[[:space:]]*\(.\).*/\1/p' "/proc/$1/status" 2>/dev/null; }

# Waits until the command succeeds, for at most that many seconds.
wait_until() {
  local end=$((${EPOCHREALTIME/[.,]/} + $1 * 1000000))
  shift
  until "$@" >/dev/null 2>&1; do
    [ "${EPOCHREALTIME/[.,]/}" -lt "$end" ] || return 1
    sleep 0.05
  done
}
off() { ! container; }

create() {
  index=$1
  mkdir -p "$guest/ssh" "$guest/network"
  local base=198.$((18 + number / 256)).$((number % 256))
  host_address=$base.$((index * 4 + 1))
  address=$base.$((index * 4 + 2))
  cable=azl${number}v$index
  printf '%s=%s\n' index "$index" host_address "$host_address" address "$address" cable "$cable" >"$guest/guest.conf"

  ip netns add "$namespace" &&
    ip link add "$cable" type veth peer name eth0 netns "$namespace" &&
    ip address add "$host_address/30" dev "$cable" &&
    ip link set "$cable" up || return 1

  ssh-keygen -q -t ed25519 -N '' -C "$name" -f "$guest/ssh/host_ed25519" || return 1
  cp "$lab/identity.pub" "$guest/ssh/authorized_keys"
  cat >"$guest/network/10-lab.network" <<CONFIG
[Match]
Name=eth0
[Network]
Address=$address/30
Gateway=$host_address
LinkLocalAddressing=no
IPv6AcceptRA=no
ConfigureWithoutCarrier=yes
CONFIG
}

# Moves this shell into a control group of the guest's own: two guests in one would end each other's services.
own_control_group() {
  local hierarchy
  for hierarchy in /sys/fs/cgroup /sys/fs/cgroup/unified /sys/fs/cgroup/systemd; do
    [ -f "$hierarchy/cgroup.procs" ] || continue
    find "$hierarchy/$namespace" -depth -type d -exec rmdir {} + 2>/dev/null
    mkdir -p "$hierarchy/$namespace" && echo "$BASHPID" >"$hierarchy/$namespace/cgroup.procs"
  done
}

start() {
  exec 8>"$guest/power.lock"
  flock -w 30 8 || return 75
  if init >/dev/null; then
    echo "$name is already running"
    return 0
  fi
  wait_until 10 off || return 75
  # A machine that boots has its cable up, whatever was done to it before. The address is for networkd to give: one
  # that it finds there already can send it (252) into a loop.
  ip -n "$namespace" address flush dev eth0
  ip -n "$namespace" link set lo up
  ip -n "$namespace" link set eth0 up
  ip link set "$cable" up
  local disk=()
  mountpoint -q "$guest/disk" && disk=("--bind=$guest/disk:/var/tmp")
  (
    own_control_group
    # A guest outlives whoever starts it, and must hold none of its files open.
    for file in /proc/self/fd/*; do [ "${file##*/}" -le 2 ] || eval "exec ${file##*/}>&-"; done
    exec setsid systemd-nspawn -q --register=no --keep-unit -D "$root" --volatile=overlay \
      --machine="$namespace" --hostname="$name" --network-namespace-path="/run/netns/$namespace" \
      --resolv-conf=off --timezone=off --link-journal=no --capability=CAP_NET_ADMIN \
      --bind-ro="$guest/ssh:/etc/ssh/lab" --bind-ro="$guest/network:/etc/systemd/network" "${disk[@]}" \
      --boot
  ) </dev/null >>"$guest/console.log" 2>&1 &
  if ! wait_until 15 init; then
    echo "$name did not boot: $(tail -n 1 "$guest/console.log")" >&2
    return 1
  fi
}

# Pulls the plug.
power_off() {
  local pid
  pid=$(init) && kill -KILL "$pid"
  wait_until 10 off
}

# Presses the button, and holds it if that does not help.
stop() {
  local pid
  # systemd: SIGRTMIN+4 starts poweroff.target.
  pid=$(init) && kill -RTMIN+4 "$pid" && wait_until 10 off || power_off
}

status() { if init >/dev/null; then echo running; else echo stopped; fi; }

# Runs the script on standard input inside, as Azure's Run Command does: silent while the guest is frozen.
run() {
  local pid
  pid=$(init) || {
    echo "$name is not running" >&2
    return 1
  }
  while [ "$(state_of "$pid")" = T ]; do sleep 0.1; done
  exec nsenter -t "$pid" -a env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    HOME=/root LANG=C.UTF-8 /bin/sh -s
}

# Sends a signal to every process inside: the ones in its PID namespace, and no others.
signal_all() {
  local pid
  pid=$(init) || return 1
  kill "-$1" "$pid" && kill "-$1" $(pgrep --ns "$pid" --nslist pid .)
}
all_frozen() {
  local pid other
  pid=$(init) || return 1
  for other in $(pgrep --ns "$pid" --nslist pid .); do
    case $(state_of "$other") in T | Z | X | '') ;; *) return 1 ;; esac
  done
}
freeze() {
  local try
  for try in 1 2 3 4 5; do # a process may be born while its siblings are stopped
    signal_all STOP && wait_until 1 all_frozen && return 0
  done
  return 1
}

# Takes SECONDS: waits for the banner of the guest's sshd.
await_ssh() {
  local end=$((SECONDS + $1)) line
  while [ "$SECONDS" -le "$end" ]; do
    line=$(timeout 2 bash -c "exec 3<>/dev/tcp/$address/22 && IFS= read -r line <&3 && echo \"\$line\"" 2>/dev/null)
    case $line in SSH-2.0-*) return 0 ;; esac
    sleep 0.05
  done
  echo "$name shows no SSH banner after $1 s: $(status)" >&2
  return 1
}

# Gives the guest a new host key, as a machine set up anew behind the same address would have.
rekey() {
  rm -f "$guest/ssh/host_ed25519" "$guest/ssh/host_ed25519.pub"
  ssh-keygen -q -t ed25519 -N '' -C "$name" -f "$guest/ssh/host_ed25519" || return 1
  ! init >/dev/null || echo 'systemctl restart ssh' | run
}

used_percent() { df --output=used,avail -B 1024 "$1" | awk 'NR == 2 { printf "%.1f\n", 100 * $1 / ($1 + $2) }'; }

# Takes MEBIBYTES PERCENT FILES DAYS, and a script on standard input that runs in the new file system: makes a real small
# disk, to be bound in at /var/tmp at the next start, filled to PERCENT with FILES old files. All in it is DAYS old.
disk() {
  local mebibytes=$1 percent=$2 files=$3 days=$4 aged inode need each serial
  mkdir -p "$guest/disk"
  truncate -s "${mebibytes}M" "$guest/disk.img" &&
    mkfs.ext4 -q -F -m 0 -L var-tmp "$guest/disk.img" &&
    mount -o loop "$guest/disk.img" "$guest/disk" &&
    chmod 1777 "$guest/disk" && (cd "$guest/disk" && sh -s) || return 1
  # KiB still to be filled, rounded up; the directory entries need a few blocks of their own.
  need=$(df --output=used,avail -B 1024 "$guest/disk" |
    awk -v p="$percent" 'NR == 2 { n = ($1 + $2) * p / 100 - $1; printf "%d\n", (n > 0 ? n + 1 : 0) }')
  if [ "$files" -gt 0 ] && [ "$need" -gt 0 ]; then
    each=$(((need + files - 1) / files))
    for serial in $(seq "$files"); do
      fallocate -l "${each}K" "$guest/disk/old-$serial.tmp" || return 1
    done
  fi
  # Nothing but debugfs can set the time of the last change of an inode.
  aged=$(date -u -d "$days days ago" +%Y%m%d%H%M%S)
  for inode in $(find "$guest/disk" -mindepth 1 -xdev -printf '%i\n'); do
    for field in atime mtime ctime crtime; do
      printf 'set_inode_field <%s> %s %s\nset_inode_field <%s> %s_extra 0\n' \
        "$inode" "$field" "$aged" "$inode" "$field"
    done
  done >"$guest/ages"
  umount "$guest/disk" &&
    debugfs -w -f "$guest/ages" "$guest/disk.img" >/dev/null 2>&1 &&
    mount -o loop,noatime "$guest/disk.img" "$guest/disk"
}

case $verb in
create | start | stop | status | run | freeze | rekey | disk) "$verb" "${@:3}" ;;
restart) stop && start ;;
power-off) power_off ;;
thaw) signal_all CONT ;;
await-ssh) await_ssh "$3" ;;
cable) ip link set "$cable" "$3" ;;
used-percent) used_percent "$guest/disk" ;;
*)
  echo "$verb: no such verb" >&2
  exit 64
  ;;
esac
